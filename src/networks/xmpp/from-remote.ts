/** From message stanzas to the core's events; each kind names the XEP that it follows (https://xmpp.org/extensions/). */
import type { Element } from '@xmpp/xml';
import type { Party, Ref, UnresolvedEvent } from '../../core/event.ts';
import { remoteMessageId, type RemoteMessageId } from '../../core/ids.ts';
import type { Arrival, OpenedArrival } from '../../core/network.ts';
import type { Ignored, ReasonCode, Unsupported } from '../../core/outcome.ts';
import { callIn } from './calls.ts';
import { isEncrypted, isKeyTransport } from './encryption-marks.ts';
import { timerOn } from './ephemeral.ts';
import { fileAddresses } from './files.ts';
import { quotedIn, withoutFallback } from './fallback.ts';
import { readMentions } from './mentions.ts';
import { namespaces } from './namespaces.ts';
import { readContent, type OpenContext } from './remote-content.ts';
import { idIn, messageIdOf, ownText, parseStanza, stanzaLimits } from './stanza.ts';

/** Reactions beyond this many, or longer than this in UTF-8 (Matrix's limit for a key), are not carried. */
const reactionLimits = { count: 64, bytes: 255 } as const;

/** What every event of an arrival has in common. */
interface Opening {
  readonly stanza: Element;
  readonly envelope: { readonly cause: string; readonly sender: Party; readonly at: number };
  readonly name: Ref | undefined;
  readonly context: OpenContext;
}

/**
 * Opens an arrival whose `raw` is a message stanza's XML. Pure and total: whatever the text is, the answer is one event
 * or one reason. The stanza's own time (XEP-0203) is `arrival.at`; its addresses are not read, the arrival's count.
 */
export function openStanza(arrival: Arrival, cause: string, context: OpenContext): OpenedArrival {
  const stanza = parseStanza(arrival.raw);
  if (stanza === 'too-large') return unsupported('too-large');
  if (stanza === 'broken' || stanza.getName() !== 'message') return ignored('broken-event');
  const sender: Party = { in: 'remote', userId: arrival.sender };
  const id = messageIdOf(stanza);
  return open({
    stanza,
    envelope: { cause, sender, at: arrival.at },
    name: id === undefined ? undefined : remote(id),
    context,
  });
}

function open(opening: Opening): OpenedArrival {
  const { stanza } = opening;
  const type: unknown = stanza.attrs['type'];
  if (type === 'error') return openError(opening);
  if (type === 'groupchat') return unsupported('not-carried');
  if (type === 'headline')
    return ignored(ownText(stanza, 'body') === undefined ? 'nothing-to-do' : 'not-carried');
  return (
    openRetraction(opening) ??
    openReactions(opening) ??
    (isEncrypted(stanza) ? unsupported('no-encryption') : undefined) ??
    openMessage(opening) ??
    openCall(opening) ??
    openTimer(opening) ??
    openReceipt(opening) ??
    openRest(stanza)
  );
}

/** RFC 6120, 8.3: an error carries the id of the stanza that could not be delivered. */
function openError({ stanza, envelope }: Opening): OpenedArrival {
  const id = idIn(stanza);
  if (id === undefined) return ignored('broken-event');
  return event({ ...envelope, kind: 'receipt', name: undefined, receipt: 'undelivered', target: remote(id) });
}

/** XEP-0184 */
function openReceipt({ stanza, envelope }: Opening): OpenedArrival | undefined {
  const received = stanza.getChild('received', namespaces.receipts);
  if (received === undefined) return undefined;
  // The first version of the extension had no id here, and named the message by the stanza's own.
  const id = idIn(received) ?? idIn(stanza);
  if (id === undefined) return ignored('broken-event');
  return event({ ...envelope, kind: 'receipt', name: undefined, receipt: 'delivered', target: remote(id) });
}

/** XEP-0424, as it is and as it was with fastening (XEP-0422). */
function openRetraction({ stanza, envelope, name }: Opening): OpenedArrival | undefined {
  const fastened = stanza
    .getChildren('apply-to', namespaces.fasten)
    .filter((fastening) => fastening.getChild('retract', namespaces.retract0) !== undefined);
  const retractions = [...stanza.getChildren('retract', namespaces.retract1), ...fastened];
  if (retractions.length === 0) return undefined;
  const id = firstId(retractions);
  if (id === undefined) return ignored('broken-event');
  return event({ ...envelope, kind: 'redaction', name, target: remote(id) });
}

/** XEP-0444. Where a body is there in its own right, the stanza is a message: text weighs more than a reaction. */
function openReactions({ stanza, envelope, name }: Opening): OpenedArrival | undefined {
  const reactions = stanza.getChild('reactions', namespaces.reactions);
  if (reactions === undefined) return undefined;
  if (withoutFallback(stanza, ownText(stanza, 'body') ?? '', namespaces.reactions).trim() !== '')
    return undefined;
  const id = idIn(reactions);
  if (id === undefined) return ignored('broken-event');
  const emojis = new Set(
    reactions
      .getChildren('reaction')
      .map((reaction) => reaction.getText().trim().toWellFormed())
      .filter((emoji) => emoji !== '' && Buffer.byteLength(emoji) <= reactionLimits.bytes),
  );
  const set = [...emojis].slice(0, reactionLimits.count);
  return event({
    ...envelope,
    kind: 'reaction',
    name,
    target: remote(id),
    reactions: { op: 'set', emojis: set },
  });
}

/** A message, or with XEP-0308 the new content of one; XEP-0461 for what it replies to, XEP-0201 for its thread. */
function openMessage({ stanza, envelope, name, context }: Opening): OpenedArrival | undefined {
  const content = readContent(stanza, context);
  if (content === undefined) return undefined;
  if (content === 'too-many') return unsupported('too-large');
  const said = { ...envelope, name, content, mentions: readMentions(stanza, context.whoIs) };
  const replaced = stanza.getChild('replace', namespaces.correct);
  if (replaced !== undefined) {
    const id = idIn(replaced);
    // Without the name of what it corrects, the text is still there to be read.
    if (id !== undefined) return event({ ...said, kind: 'edit', target: remote(id) });
  }
  const replied = firstId(stanza.getChildren('reply', namespaces.reply));
  const replyTo = replied === undefined ? undefined : remote(replied);
  const { expires } = timerOn(stanza) ?? {};
  const quoted = replyTo && quotedIn(stanza);
  const more = { ...(quoted && { quoted }), ...(expires && { expires }) };
  return event({ ...said, kind: 'message', replyTo, thread: threadOf(stanza), ...more });
}

function openCall({ stanza, envelope }: Opening): OpenedArrival | undefined {
  const call = callIn(stanza);
  return call && event({ ...envelope, kind: 'call', name: undefined, ...call });
}

/** A time without a message is how a chat's timer is set. */
function openTimer({ stanza, envelope }: Opening): OpenedArrival | undefined {
  const timer = timerOn(stanza);
  return timer && event({ ...envelope, kind: 'timer', name: undefined, expires: timer.expires });
}

/** A thread's name is any text, and some clients write one into every message: only a message's own id means a thread. */
function threadOf(stanza: Element): Ref | undefined {
  const id = ownText(stanza, 'thread')?.trim() ?? '';
  if (id === '' || id.length > stanzaLimits.idCharacters) return undefined;
  return { in: 'remote', messageId: remoteMessageId(id), perhaps: true };
}

/** What has no counterpart: told to the sender where something is lost, passed over (states, markers, hints) where not. */
function openRest(stanza: Element): OpenedArrival {
  if (isKeyTransport(stanza)) return ignored('nothing-to-do');
  const lost =
    stanza.getChild('propose', namespaces.jingleMessage) !== undefined ||
    stanza.getChild('x', namespaces.conference) !== undefined ||
    stanza.getChild('x', namespaces.dataForm) !== undefined ||
    stanza.getChild('x', namespaces.rosterExchange) !== undefined ||
    stanza.getChild('file-sharing', namespaces.fileSharing) !== undefined ||
    stanza.getChild('sticker', namespaces.stickers) !== undefined ||
    fileAddresses(stanza).length > 0;
  return lost ? unsupported('not-carried') : ignored('nothing-to-do');
}

function firstId(elements: readonly Element[]): RemoteMessageId | undefined {
  return elements.map((element) => idIn(element)).find((id) => id !== undefined);
}

function remote(messageId: RemoteMessageId): Ref {
  return { in: 'remote', messageId };
}

function event(opened: UnresolvedEvent): OpenedArrival {
  return { kind: 'event', event: opened };
}

function ignored(reason: ReasonCode): Ignored {
  return { kind: 'ignored', reason };
}

function unsupported(reason: ReasonCode): Unsupported {
  return { kind: 'unsupported', reason };
}
