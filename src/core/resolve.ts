/** Turns an opened event, whose targets are names of one side, into one whose targets are known on both. */
import type { BridgeEvent, Party, ReactionEvent, Ref, Target, Unresolved, UnresolvedEvent } from './event.ts';
import type { MatrixEventId, PortalId } from './ids.ts';
import type { MessageStore } from './stores.ts';
import {
  naming,
  partNamed,
  partsTogether,
  readReactionKey,
  reactionKey,
  takenBack,
  withPart,
} from './target.ts';

/** A target that is not known is not an error: the event may have come before it, or before the bridge did. */
export type Resolution =
  { readonly kind: 'event'; readonly event: BridgeEvent } | { readonly kind: 'unknown-target' };

/** Looks up what an event refers to. A redaction of a reaction becomes the removal of that reaction. */
export async function resolve(
  event: UnresolvedEvent,
  portal: PortalId,
  messages: MessageStore,
): Promise<Resolution> {
  switch (event.kind) {
    case 'message': {
      const replyTo = event.replyTo && (await find(event.replyTo, portal, messages));
      if (event.replyTo !== undefined && replyTo === undefined) return { kind: 'unknown-target' };
      const thread = event.thread && (await messages.find(portal, event.thread));
      if (thread === undefined && isSure(event.thread)) return { kind: 'unknown-target' };
      return { kind: 'event', event: { ...event, replyTo, thread } };
    }
    case 'edit':
    case 'vote':
    case 'poll-end':
    case 'receipt': {
      const target = await messages.find(portal, event.target);
      return target ? { kind: 'event', event: { ...event, target } } : { kind: 'unknown-target' };
    }
    case 'reaction':
      return resolveReaction(event, portal, messages);
    case 'moderation': {
      const target = await messages.find(portal, event.target);
      if (target === undefined) return { kind: 'unknown-target' };
      return { kind: 'event', event: { ...event, target: takenBack(target, event.target) } };
    }
    case 'redaction': {
      const target = await messages.find(portal, event.target);
      if (target !== undefined)
        return { kind: 'event', event: { ...event, target: takenBack(target, event.target) } };
      return resolveReactionRedaction(event.target, event, portal, messages);
    }
    case 'membership':
    case 'chat-info':
    case 'call':
    case 'timer':
    case 'identity-change':
    case 'typing':
    case 'presence':
      return { kind: 'event', event };
  }
}

function isSure(ref: Ref | undefined): boolean {
  return ref !== undefined && !('perhaps' in ref && ref.perhaps);
}

/**
 * What of a message can go on although something that it refers to is not known, the fullest first: without its thread,
 * without what it replies to, without either.
 */
export function withoutRelations(
  event: Extract<UnresolvedEvent, { kind: 'message' }>,
): readonly UnresolvedEvent[] {
  const alone = { ...event, replyTo: undefined, thread: undefined };
  if (event.replyTo === undefined || event.thread === undefined) return [alone];
  return [{ ...event, thread: undefined }, { ...event, replyTo: undefined }, alone];
}

async function find(ref: Ref, portal: PortalId, messages: MessageStore): Promise<Target | undefined> {
  const target = await messages.find(portal, ref);
  return target && naming(target, ref);
}

async function resolveReaction(
  event: ReactionEvent<Unresolved>,
  portal: PortalId,
  messages: MessageStore,
): Promise<Resolution> {
  const target = await messages.find(portal, event.target);
  if (target === undefined) return { kind: 'unknown-target' };
  const at = { side: event.target.in, index: partNamed(target, event.target) } as const;
  return { kind: 'event', event: await withSets(event, target, at, portal, messages) };
}

async function resolveReactionRedaction(
  ref: Ref,
  event: Extract<UnresolvedEvent, { kind: 'redaction' }>,
  portal: PortalId,
  messages: MessageStore,
): Promise<Resolution> {
  if (ref.in !== 'matrix') return { kind: 'unknown-target' };
  const reaction = await messages.reactionByEvent(portal, ref.eventId);
  if (reaction === undefined || !sameParty(reaction.author, event.sender)) return { kind: 'unknown-target' };
  const { messageId, index } = readReactionKey(reaction.message);
  const message: Ref = { in: 'remote', messageId };
  const target = await messages.find(portal, message);
  if (target === undefined) return { kind: 'unknown-target' };
  const removal = { op: 'remove', emoji: reaction.emoji } as const;
  const change: ReactionEvent<Unresolved> = { ...event, kind: 'reaction', target: ref, reactions: removal };
  const at = { side: 'matrix', index: index ?? partNamed(target, message) } as const;
  return { kind: 'event', event: await withSets(change, target, at, portal, messages) };
}

/** Where a reaction belongs: a part of its message, counted on the side of whoever reacted. */
interface Place {
  readonly side: Ref['in'];
  readonly index: number;
}

async function withSets(
  event: ReactionEvent<Unresolved>,
  target: Target,
  { side, index }: Place,
  portal: PortalId,
  messages: MessageStore,
): Promise<ReactionEvent> {
  const key = reactionKey(target, index);
  const own = await messages.reactions(portal, key, event.sender);
  const emojis = applied([...own.keys()], event.reactions);
  const others = new Map<string, MatrixEventId>();
  for (const other of partsTogether(target, side, index)) {
    if (other === index) continue;
    const there = await messages.reactions(portal, reactionKey(target, other), event.sender);
    for (const [emoji, eventId] of there) others.set(emoji, eventId);
  }
  const previousEvents = new Map([...others, ...own]);
  return {
    ...event,
    target: withPart(target, side, index),
    reactions: {
      emojis: [...new Set([...others.keys(), ...emojis])],
      previous: [...previousEvents.keys()],
      previousEvents,
      ...(index === 0 && others.size === 0 ? {} : { own: { key, emojis, previousEvents: own } }),
    },
  };
}

function applied(
  previous: readonly string[],
  change: ReactionEvent<Unresolved>['reactions'],
): readonly string[] {
  switch (change.op) {
    case 'add':
      return [...new Set([...previous, change.emoji])];
    case 'remove':
      return previous.filter((emoji) => emoji !== change.emoji);
    case 'set':
      return [...new Set(change.emojis)];
  }
}

/** Whether two parties are the same person on the same side. */
export function sameParty(one: Party, other: Party): boolean {
  return one.in === other.in && one.userId === other.userId;
}
