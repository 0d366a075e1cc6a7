/** From the core's events to message stanzas; each kind names the XEP that it follows (https://xmpp.org/extensions/). */
import xml, { type Element } from '@xmpp/xml';
import type {
  EditEvent,
  MessageEvent,
  ReactionEvent,
  RedactionEvent,
  Target,
  TimerEvent,
} from '../../core/event.ts';
import type { RemoteMessageId } from '../../core/ids.ts';
import { messageMeant } from '../../core/target.ts';
import { contentParts, type ContentSources } from './content-parts.ts';
import { ephemeralElement } from './ephemeral.ts';
import { namespaces } from './namespaces.ts';
import { scrubbed } from './stanza.ts';

/** The type and addresses of a stanza, and the name that it and those sent with it derive theirs from: the same at every attempt. */
export interface StanzaContext {
  readonly type: 'chat' | 'groupchat';
  /** The sender's address at the component. */
  readonly from: string;
  readonly to: string;
  readonly id: string;
}

/** What rendering content needs besides. */
export interface ContentContext extends StanzaContext, ContentSources {}

/** The ids of a message's stanzas: its own, then `-2` and so on (a caption follows its file). */
export function stanzaId(id: string, index: number): string {
  return index === 0 ? id : `${id}-${index + 1}`;
}

/**
 * A message as one stanza for each of its parts. In a chat of two each asks for a receipt (XEP-0184); each carries its id
 * as origin-id too (XEP-0359), and the thread (XEP-0201) under the id of the message that began it.
 */
export function renderMessage(event: MessageEvent, context: ContentContext): readonly Element[] {
  // Few clients show threads: for the others it is a chain of replies to the message that began it.
  const answered = event.replyTo ?? event.thread;
  const reply = answered === undefined ? [] : [replyElement(answered, context)];
  const thread = event.thread === undefined ? [] : [xml('thread', {}, event.thread.messageIds[0])];
  const time = event.expires === undefined ? [] : [ephemeralElement(event.expires)];
  return contentParts(event.content, event.mentions, context).flatMap((part, index) =>
    part === undefined
      ? []
      : [contentStanza(context, index, [...part, ...thread, ...(index === 0 ? reply : []), ...time])],
  );
}

/**
 * The new content of a message (XEP-0308), part by part: what a part replaces it names; a part that is gone is
 * retracted. Files that did not change are left out of `files`: then only what is said of them is written.
 */
export function renderEdit(
  event: EditEvent,
  context: ContentContext,
  texts: RetractionTexts,
): readonly Element[] {
  const before = partsOf(event.target);
  const parts = contentParts(event.content, event.mentions, context);
  const written = parts.flatMap((part, index) => {
    if (part === undefined) return [];
    const replaced = before[index];
    const replace =
      replaced === undefined ? [] : [xml('replace', { xmlns: namespaces.correct, id: replaced })];
    return [contentStanza(context, index, [...part, ...replace])];
  });
  const gone = before
    .slice(parts.length)
    .map((id, index) => retraction(context, parts.length + index, id, texts));
  return [...written, ...gone];
}

/** The person's full set of reactions (XEP-0444) to the stanza that is meant; an empty one takes all away. */
export function renderReaction(event: ReactionEvent, context: StanzaContext): Element {
  const emojis = [...new Set(event.reactions.emojis)].map((emoji) => xml('reaction', {}, emoji));
  return stanza(context, 0, [
    xml('reactions', { xmlns: namespaces.reactions, id: messageMeant(event.target) }, ...emojis),
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

/** Sets how long messages stay from now on (XEP-0466, 4.4). */
export function renderTimer({ expires }: TimerEvent, context: StanzaContext): Element {
  return stanza(context, 0, [ephemeralElement(expires), store()]);
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

function contentStanza(context: StanzaContext, index: number, content: readonly Element[]): Element {
  const id = stanzaId(context.id, index);
  return stanza(context, index, [
    ...content,
    xml('origin-id', { xmlns: namespaces.stanzaId, id }),
    // XEP-0184, 5.3: not in rooms.
    ...(context.type === 'chat' ? [xml('request', { xmlns: namespaces.receipts })] : []),
  ]);
}

/** XEP-0461 */
function replyElement(target: Target, { addressOf }: ContentContext): Element {
  return xml('reply', { xmlns: namespaces.reply, to: addressOf(target.author), id: messageMeant(target) });
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

function stanza({ type, from, to, id }: StanzaContext, index: number, children: readonly Element[]): Element {
  return scrubbed(xml('message', { type, from, to, id: stanzaId(id, index) }, ...children));
}
