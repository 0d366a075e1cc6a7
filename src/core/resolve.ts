/** Turns an opened event, whose targets are names of one side, into one whose targets are known on both. */
import type { BridgeEvent, Party, ReactionEvent, Ref, Target, Unresolved, UnresolvedEvent } from './event.ts';
import type { PortalId } from './ids.ts';
import type { MessageStore } from './stores.ts';

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
      const replyTo = event.replyTo && (await messages.find(portal, event.replyTo));
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
    case 'redaction': {
      const target = await messages.find(portal, event.target);
      if (target !== undefined) return { kind: 'event', event: { ...event, target } };
      return resolveReactionRedaction(event.target, event, portal, messages);
    }
    case 'membership':
    case 'chat-info':
    case 'typing':
    case 'presence':
      return { kind: 'event', event };
  }
}

function isSure(ref: Ref | undefined): boolean {
  return ref !== undefined && !('perhaps' in ref && ref.perhaps);
}

/** The message goes on although what it replies to is not known: it is shown as an ordinary message. */
export function withoutReply(event: UnresolvedEvent): UnresolvedEvent {
  return event.kind === 'message' ? { ...event, replyTo: undefined, thread: undefined } : event;
}

async function resolveReaction(
  event: ReactionEvent<Unresolved>,
  portal: PortalId,
  messages: MessageStore,
): Promise<Resolution> {
  const target = await messages.find(portal, event.target);
  if (target === undefined) return { kind: 'unknown-target' };
  return { kind: 'event', event: await withSets(event, target, portal, messages) };
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
  const target = await messages.find(portal, { in: 'remote', messageId: reaction.message });
  if (target === undefined) return { kind: 'unknown-target' };
  const removal = { op: 'remove', emoji: reaction.emoji } as const;
  const change: ReactionEvent<Unresolved> = { ...event, kind: 'reaction', target: ref, reactions: removal };
  return { kind: 'event', event: await withSets(change, target, portal, messages) };
}

async function withSets(
  event: ReactionEvent<Unresolved>,
  target: Target,
  portal: PortalId,
  messages: MessageStore,
): Promise<ReactionEvent> {
  const previousEvents = await messages.reactions(portal, target.messageIds[0], event.sender);
  const previous = [...previousEvents.keys()];
  return {
    ...event,
    target,
    reactions: { emojis: applied(previous, event.reactions), previous, previousEvents },
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
