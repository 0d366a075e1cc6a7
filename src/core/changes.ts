/** What is remembered of an event once it is on the far side: names, reactions, and when it is to go. */
import type { BridgeEvent, EditEvent, EventOf, Expiry, Ref, Target } from './event.ts';
import type { Delivered } from './homeserver.ts';
import type { MatrixEventId, RemoteMessageId } from './ids.ts';
import type { Sent } from './network.ts';
import type { Portal } from './portal.ts';
import { keptAs } from './said-reactions.ts';
import type { Settlement } from './stores.ts';

/** What is written together with an event's outcome. */
export type Changes = Pick<Settlement, 'message' | 'alias' | 'reactions' | 'expiry'>;
export const noChanges: Changes = { message: undefined, alias: undefined, reactions: undefined };

/** What is written of an event that went over. */
export function changesOf(event: BridgeEvent, portal: Portal, sent: Sent | Delivered): Changes {
  switch (event.kind) {
    case 'message': {
      const target = newTarget(event, sent);
      const changes = { ...noChanges, message: target && { portal: portal.id, target } };
      return event.expires === undefined
        ? changes
        : { ...changes, ...expiring(event, event.expires, portal) };
    }
    case 'edit':
      return {
        ...noChanges,
        alias: { portal: portal.id, of: firstName(event), names: namesOf(event, sent) },
      };
    case 'reaction':
      return { ...noChanges, reactions: reactionsOf(event, portal, sent) };
    case 'redaction':
    case 'moderation':
    case 'vote':
    case 'poll-end':
    case 'receipt':
    case 'membership':
    case 'chat-info':
    case 'call':
    case 'timer':
    case 'identity-change':
    case 'typing':
    case 'presence':
      return noChanges;
  }
}

/** In a direct chat what somebody wrote to the user is theirs until they have seen it, where that is what it says. */
function expiring(
  { sender }: BridgeEvent,
  { afterMs, from }: Expiry,
  { kind }: Portal,
): Pick<Changes, 'expiry'> {
  const untilRead = from === 'reading' && sender.in === 'remote' && kind === 'direct';
  return { expiry: { afterMs, untilRead } };
}

/** Of a reaction that became a message on Matrix. */
export function said(
  event: BridgeEvent,
  passing: BridgeEvent,
  portal: Portal,
  sent: Sent | Delivered,
): Pick<Changes, 'reactions'> | undefined {
  const reactions = keptAs(event, passing, portal, 'eventIds' in sent ? sent.eventIds[0] : undefined);
  return reactions && { reactions };
}

/** The reactions to the named part alone: those to its neighbours are kept by themselves. */
function reactionsOf(
  event: EventOf<'reaction'>,
  portal: Portal,
  sent: Sent | Delivered,
): NonNullable<Changes['reactions']> {
  const { target, reactions } = event;
  const { key, emojis, previousEvents } = reactions.own ?? { ...reactions, key: target.messageIds[0] };
  const kept = new Map<string, MatrixEventId>();
  for (const emoji of emojis) {
    const eventId =
      previousEvents.get(emoji) ??
      newReaction(event, sent, emoji) ??
      // Two parts that are one event on Matrix share its reaction.
      reactions.previousEvents.get(emoji);
    if (eventId !== undefined) kept.set(emoji, eventId);
  }
  return { portal: portal.id, message: key, author: event.sender, emojis: kept };
}

function newReaction(event: BridgeEvent, sent: Sent | Delivered, emoji: string): MatrixEventId | undefined {
  if ('reactionEvents' in sent) return sent.reactionEvents.get(emoji);
  return event.name?.in === 'matrix' ? event.name.eventId : undefined;
}

function newTarget(event: BridgeEvent, sent: Sent | Delivered): Target | undefined {
  const names = namesOf(event, sent);
  const [eventId, ...eventIds] = names.flatMap((name): MatrixEventId[] =>
    name.in === 'matrix' ? [name.eventId] : [],
  );
  const [messageId, ...messageIds] = names.flatMap((name): RemoteMessageId[] =>
    name.in === 'remote' ? [name.messageId] : [],
  );
  if (eventId === undefined || messageId === undefined) return undefined;
  return { eventIds: [eventId, ...eventIds], messageIds: [messageId, ...messageIds], author: event.sender };
}

function namesOf(event: BridgeEvent, sent: Sent | Delivered): readonly Ref[] {
  const there: Ref[] =
    'eventIds' in sent
      ? sent.eventIds.map((eventId) => ({ in: 'matrix', eventId }))
      : sent.messageIds.map((messageId) => ({ in: 'remote', messageId }));
  if (event.name === undefined) return there;
  const parts = event.kind === 'message' ? (event.parts ?? []) : [];
  return [event.name, ...(event.aliases ?? []), ...parts, ...there];
}

function firstName(event: EditEvent): Ref {
  return { in: 'remote', messageId: event.target.messageIds[0] };
}
