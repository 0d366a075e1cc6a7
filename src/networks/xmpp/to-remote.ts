/** From the core's events to message stanzas; each kind names the XEP that it follows (https://xmpp.org/extensions/). */
import xml, { type Element } from '@xmpp/xml';
import type {
  Content,
  EditEvent,
  MessageEvent,
  ReactionEvent,
  RedactionEvent,
  Target,
} from '../../core/event.ts';
import type { RemoteMessageId } from '../../core/ids.ts';
import { fileElements } from './files.ts';
import { namespaces } from './namespaces.ts';
import { scrubbed } from './stanza.ts';
import { actionElements, textElements } from './text-elements.ts';

/** The addresses of a stanza, and the name that it and those sent with it derive theirs from: the same at every attempt. */
export interface StanzaContext {
  /** The sender's address at the component. */
  readonly from: string;
  readonly to: string;
  readonly id: string;
}

/** What rendering content needs besides: where the file was uploaded, for media. */
export interface ContentContext extends StanzaContext {
  readonly url: string | undefined;
}

/** The ids of a message's stanzas: its own, then `-2` and so on (a caption follows its file). */
export function stanzaId(id: string, index: number): string {
  return index === 0 ? id : `${id}-${index + 1}`;
}

/**
 * A message as one stanza, or a file and its caption as two: clients show a file well only where the body is its address
 * and nothing else. Each asks for a receipt (XEP-0184) and carries its id as origin-id too (XEP-0359).
 */
export function renderMessage(event: MessageEvent, context: ContentContext): readonly Element[] {
  const reply = event.replyTo === undefined ? [] : [replyElement(event.replyTo, context)];
  return contentParts(event.content, context).map((part, index) =>
    contentStanza(context, index, [...part, ...(index === 0 ? reply : [])]),
  );
}

/**
 * The new content of a message (XEP-0308), part by part: what a part replaces it names; a part that is gone is
 * retracted. Where the file itself did not change, leave `url` undefined: then only its caption is written.
 */
export function renderEdit(
  event: EditEvent,
  context: ContentContext,
  texts: RetractionTexts,
): readonly Element[] {
  const before = partsOf(event.target);
  const unchanged = event.content.kind === 'media' && context.url === undefined;
  const parts = contentParts(event.content, context);
  const written = parts.map((part, index) => {
    const replaced = before[index];
    const replace =
      replaced === undefined ? [] : [xml('replace', { xmlns: namespaces.correct, id: replaced })];
    return contentStanza(context, index, [...part, ...replace]);
  });
  const gone = before
    .slice(parts.length)
    .map((id, index) => retraction(context, parts.length + index, id, texts));
  return [...(unchanged ? written.slice(1) : written), ...gone];
}

/** The person's full set of reactions (XEP-0444); an empty one takes all away. */
export function renderReaction(event: ReactionEvent, context: StanzaContext): Element {
  const emojis = [...new Set(event.reactions.emojis)].map((emoji) => xml('reaction', {}, emoji));
  return stanza(context, 0, [
    xml('reactions', { xmlns: namespaces.reactions, id: event.target.messageIds[0] }, ...emojis),
    store(),
  ]);
}

/** What clients that do not know retractions show in the place of one; the caller's catalogue has it. */
export interface RetractionTexts {
  readonly retracted: string;
}

/** Takes a message back (XEP-0424): one stanza for each that the message went over as. */
export function renderRedaction(
  event: RedactionEvent,
  context: StanzaContext,
  texts: RetractionTexts,
): readonly Element[] {
  return partsOf(event.target).map((id, index) => retraction(context, index, id, texts));
}

/** Says that a message with this id has arrived (XEP-0184). */
export function renderReceived(received: RemoteMessageId, context: StanzaContext): Element {
  return stanza(context, 0, [xml('received', { xmlns: namespaces.receipts, id: received })]);
}

/**
 * The stanzas that a message went over as. Of the names that a target has, those of later corrections are not among
 * them: a correction is never itself corrected or retracted.
 */
function partsOf(target: Target): readonly [RemoteMessageId, ...RemoteMessageId[]] {
  const [first, ...others] = target.messageIds;
  return [first, ...others.filter((id, index) => id === stanzaId(first, index + 1))];
}

function contentParts(content: Content, context: ContentContext): readonly (readonly Element[])[] {
  if (content.kind === 'text') {
    const elements = content.style === 'emote' ? actionElements(content.text) : textElements(content.text);
    return [elements];
  }
  const url = context.url ?? '';
  const file = [xml('body', {}, url), ...fileElements(content.media, url)];
  return content.caption === undefined ? [file] : [file, textElements(content.caption)];
}

function contentStanza(context: StanzaContext, index: number, content: readonly Element[]): Element {
  const id = stanzaId(context.id, index);
  return stanza(context, index, [
    ...content,
    xml('origin-id', { xmlns: namespaces.stanzaId, id }),
    xml('request', { xmlns: namespaces.receipts }),
  ]);
}

/** XEP-0461: in a one-to-one chat the author is named by a bare address. */
function replyElement(target: Target, { from }: StanzaContext): Element {
  const to = target.author.in === 'remote' ? target.author.userId : bare(from);
  return xml('reply', { xmlns: namespaces.reply, to, id: target.messageIds[0] });
}

/** Both versions of XEP-0424 in one: clients look for the payload that they know, and none knows both. */
function retraction(
  context: StanzaContext,
  index: number,
  id: RemoteMessageId,
  texts: RetractionTexts,
): Element {
  return stanza(context, index, [
    xml('retract', { xmlns: namespaces.retract1, id }),
    xml('apply-to', { xmlns: namespaces.fasten, id }, xml('retract', { xmlns: namespaces.retract0 })),
    xml('fallback', { xmlns: namespaces.fallback, for: namespaces.retract1 }),
    xml('fallback', { xmlns: namespaces.fallback, for: namespaces.retract0 }),
    xml('body', {}, texts.retracted),
    store(),
  ]);
}

/** XEP-0334: kept in archives although it may have no body. */
function store(): Element {
  return xml('store', { xmlns: namespaces.hints });
}

function stanza({ from, to, id }: StanzaContext, index: number, children: readonly Element[]): Element {
  return scrubbed(xml('message', { type: 'chat', from, to, id: stanzaId(id, index) }, ...children));
}

function bare(address: string): string {
  return address.split('/', 1)[0] ?? address;
}
