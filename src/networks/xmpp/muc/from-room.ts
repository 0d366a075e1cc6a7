/** From what was kept of a room to the core's events. */
import type { Party, Ref, UnresolvedEvent } from '../../../core/event.ts';
import { remoteMessageId, type RemoteMessageId } from '../../../core/ids.ts';
import type { Arrival, OpenedArrival } from '../../../core/network.ts';
import { openStanza } from '../from-remote.ts';
import type { OpenContext } from '../remote-content.ts';
import { parseAddress } from '../ids.ts';
import { attribute, idIn, parseStanza } from '../stanza.ts';
import { openHappening } from './happening.ts';
import { moderationIn } from './moderation.ts';
import { namespaces } from './namespaces.ts';
import { ownIdName } from './occupant-names.ts';
import { ownIdsOf, roomNameOf } from './room-message.ts';

/** Opens an arrival of a room. Pure and total. What people say is read as in direct chats, and named as in rooms. */
export function openFromRoom(arrival: Arrival, cause: string, context: OpenContext): OpenedArrival {
  const stanza = parseStanza(arrival.raw);
  if (stanza === 'too-large') return { kind: 'unsupported', reason: 'too-large' };
  if (stanza === 'broken') return { kind: 'ignored', reason: 'broken-event' };
  const sender: Party = { in: 'remote', userId: arrival.sender };
  if (stanza.is('happening', namespaces.happening))
    return openHappening(stanza, { cause, sender, at: arrival.at });
  const moderation = moderationIn(stanza, arrival.chat);
  if (moderation !== undefined) {
    // Only the room itself says so (XEP-0425, section 6).
    if (parseAddress(attribute(stanza, 'from') ?? '')?.full !== arrival.chat)
      return { kind: 'ignored', reason: 'forbidden' };
    const { target: messageId, reason } = moderation;
    const envelope = { cause, sender, at: arrival.at, name: undefined };
    return {
      kind: 'event',
      event: { ...envelope, kind: 'moderation', target: { in: 'remote', messageId }, reason },
    };
  }
  const names = namesOf(roomNameOf(stanza, arrival.chat), ownIdsOf(stanza), arrival.sender);
  stanza.attrs['type'] = 'chat';
  const opened = openStanza({ ...arrival, raw: stanza.toString() }, cause, context);
  if (opened.kind !== 'event') return opened;
  // The time of a whole room is not anybody's to set.
  if (opened.event.kind === 'receipt' || opened.event.kind === 'timer')
    return { kind: 'ignored', reason: 'nothing-to-do' };
  if (opened.event.kind === 'call') return { kind: 'unsupported', reason: 'not-carried' };
  const replaced = stanza.getChild('replace', 'urn:xmpp:message-correct:0');
  const correctedId = replaced === undefined ? undefined : idIn(replaced);
  return { kind: 'event', event: named(opened.event, names, arrival.sender, correctedId) };
}

/**
 * The names of a message: the room's, its author's own id as a name that counts for the author alone, and the bare id too,
 * since some clients refer to that; where it is taken already, it keeps what it means.
 */
function namesOf(
  room: string | undefined,
  own: readonly RemoteMessageId[],
  sender: string,
): readonly RemoteMessageId[] {
  const [first, ...others] = own;
  const scoped = own.map((id) => ownIdName(sender, id));
  const named = room === undefined ? undefined : remoteMessageId(room);
  const names = [named ?? first, ...scoped, ...(first === undefined ? [] : [first]), ...others];
  return [...new Set(names.filter((name) => name !== undefined))];
}

function named(
  event: UnresolvedEvent,
  names: readonly RemoteMessageId[],
  sender: string,
  corrected: RemoteMessageId | undefined,
): UnresolvedEvent {
  const [name, ...aliases] = names.map((messageId): Ref => ({ in: 'remote', messageId }));
  const renamed = { ...event, name, aliases };
  if (renamed.kind !== 'edit' || corrected === undefined) return renamed;
  return { ...renamed, target: { in: 'remote', messageId: ownIdName(sender, corrected) } };
}
