/** Messages that have several names: which part of one is meant, on both sides. Pure. */
import type { Content, Ref, Target } from './event.ts';
import { remoteMessageId, type MatrixEventId, type RemoteMessageId } from './ids.ts';

/** Networks name messages by text without control characters, so nothing of theirs looks like a key with a part. */
const separator = '\u001F';

type Side = Ref['in'];

/** Which part of a message a name means: 0 for the first, and for a name that is only an alias (that of an edit). */
export function partNamed(target: Target, ref: Ref): number {
  const at =
    ref.in === 'matrix' ? target.eventIds.indexOf(ref.eventId) : target.messageIds.indexOf(ref.messageId);
  return Math.max(at, 0);
}

/** The target with the part that a name of one side means marked for the other side. */
export function naming(target: Target, ref: Ref): Target {
  return withPart(target, ref.in, partNamed(target, ref));
}

/** The target with a part, counted on `side`, marked for the other side. */
export function withPart(target: Target, side: Side, index: number): Target {
  const part = acrossFrom(target, side, index);
  return part === 0 ? target : { ...target, part };
}

/** The Matrix event of the part that is meant. */
export function eventMeant(target: Target): MatrixEventId {
  return target.eventIds[target.part ?? 0] ?? target.eventIds[0];
}

/** The network's message of the part that is meant. */
export function messageMeant(target: Target): RemoteMessageId {
  return target.messageIds[target.part ?? 0] ?? target.messageIds[0];
}

/**
 * What a retraction takes back: the whole message by the name of the whole; one part by the name of that part, where it
 * stands alone on the other side too.
 */
export function takenBack(target: Target, ref: Ref): Target {
  const index = partNamed(target, ref);
  if (index === 0 || partsTogether(target, ref.in, index).length > 1) return target;
  const part = withPart(target, ref.in, index);
  const near =
    ref.in === 'matrix' ? { eventIds: [ref.eventId] as const } : { messageIds: [ref.messageId] as const };
  return { eventIds: [eventMeant(part)], messageIds: [messageMeant(part)], author: target.author, ...near };
}

/** How many of a message's names its content needs; those beyond were of more text, which an edit makes obsolete. */
export function namesNeeded(content: Content): number {
  return content.kind === 'gallery' ? content.items.length : 1;
}

/** All parts, counted on `side`, that have the same name on the other side as this one, itself included. */
export function partsTogether(target: Target, side: Side, index: number): readonly number[] {
  const across = acrossFrom(target, side, index);
  return [...names(target, side).keys()].filter((one) => acrossFrom(target, side, one) === across);
}

/** The name under which reactions to a part, counted on `side`, are kept: a remote id, with the part where it has none. */
export function reactionKey(target: Target, index: number): RemoteMessageId {
  return target.messageIds[index] ?? remoteMessageId(`${target.messageIds[0]}${separator}${String(index)}`);
}

/** Reads a key of `reactionKey`; `index` is undefined where the key is a remote id. */
export function readReactionKey(key: RemoteMessageId): {
  readonly messageId: RemoteMessageId;
  readonly index: number | undefined;
} {
  const at = key.lastIndexOf(separator);
  if (at <= 0) return { messageId: key, index: undefined };
  return { messageId: remoteMessageId(key.slice(0, at)), index: Number(key.slice(at + 1)) };
}

function acrossFrom(target: Target, side: Side, index: number): number {
  return Math.min(index, names(target, side === 'matrix' ? 'remote' : 'matrix').length - 1);
}

function names(target: Target, side: Side): readonly string[] {
  return side === 'matrix' ? target.eventIds : target.messageIds;
}
