/**
 * Reactions that rules have made messages of. The message stands for the reaction: it is kept as the event of its emoji, so
 * that it is taken back with it. Pure.
 */
import type { BridgeEvent, EventOf } from './event.ts';
import type { MatrixEventId } from './ids.ts';
import type { Portal } from './portal.ts';
import type { Settlement } from './stores.ts';

type Reaction = EventOf<'reaction'>;

/** What of a reaction is taken back beside the message that goes in the place of what was added. */
export function takenBackBeside(event: BridgeEvent, passing: BridgeEvent): Reaction | undefined {
  if (event.kind !== 'reaction' || passing.kind !== 'message') return undefined;
  const { emojis, previous } = event.reactions;
  const left = previous.filter((emoji) => emojis.includes(emoji));
  if (left.length === previous.length) return undefined;
  return { ...event, reactions: { ...event.reactions, emojis: left } };
}

/**
 * What is kept of a reaction that became a message on Matrix. A network's messages are found by the reaction's own name,
 * which is that of the message there, and need nothing more.
 */
export function keptAs(
  event: BridgeEvent,
  passing: BridgeEvent,
  portal: Portal,
  message: MatrixEventId | undefined,
): Settlement['reactions'] {
  if (event.kind !== 'reaction' || passing.kind !== 'message' || message === undefined) return undefined;
  const { target, reactions } = event;
  const { key, emojis, previousEvents } = reactions.own ?? { ...reactions, key: target.messageIds[0] };
  const kept = emojis.map((emoji): [string, MatrixEventId] => [emoji, previousEvents.get(emoji) ?? message]);
  return { portal: portal.id, message: key, author: event.sender, emojis: new Map(kept) };
}
