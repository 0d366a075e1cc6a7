/** The stretch of the spine that both directions share: targets, rules, the far edge's handler, what is recorded. */
import { isOver } from './calls.ts';
import { changesOf, noChanges, said, type Changes } from './changes.ts';
import type { BridgeEvent, BridgeEventKind, EventOf, UnresolvedEvent } from './event.ts';
import type { MatrixHandled } from './homeserver.ts';
import type { Handled } from './network.ts';
import { measured } from './measured.ts';
import type { Failed, Outcome } from './outcome.ts';
import type { Direction, Policy, Verdict } from './policy.ts';
import type { Portal } from './portal.ts';
import { resolve, sameParty, withoutRelations } from './resolve.ts';
import { takenBackBeside } from './said-reactions.ts';
import type { LoginStore, MessageStore } from './stores.ts';

/** An event came to its end, or this attempt failed. */
export type Crossed =
  | {
      readonly kind: 'ended';
      readonly outcome: Outcome;
      readonly changes: Changes;
      /** What kind of event it was, for the metrics. */
      readonly event?: BridgeEventKind;
      /** Its sender is not to be told. */
      readonly silent?: true;
    }
  | Failed;

export interface CrossingDeps {
  readonly messages: MessageStore;
  readonly policy: Policy;
  /** Who has linked a remote user; where absent, nobody has. */
  readonly logins?: Pick<LoginStore, 'owner'>;
  /** Resolves when the event before this one in its portal is recorded: it may be the target. */
  readonly before: Promise<void>;
  /** Waits, a bounded time, until what the other direction has under way in this portal is recorded. */
  readonly otherWay: (portal: Portal, direction: Direction) => Promise<void>;
}

/** The handler that takes an event to the far side: a network's, or the homeserver's. */
export type Deliver = (event: BridgeEvent) => Promise<Handled | MatrixHandled> | undefined;

/** Takes one opened event over. */
export async function cross(
  deps: CrossingDeps,
  opened: UnresolvedEvent,
  portal: Portal,
  direction: Direction,
  deliver: Deliver,
): Promise<Crossed> {
  const crossed = await take(deps, opened, portal, direction, deliver);
  return crossed.kind === 'ended' ? { ...crossed, event: opened.kind } : crossed;
}

async function take(
  deps: CrossingDeps,
  opened: UnresolvedEvent,
  portal: Portal,
  direction: Direction,
  deliver: Deliver,
): Promise<Crossed> {
  if (opened.kind === 'call' && isOver(opened)) return ended({ kind: 'ignored', reason: 'expired' });
  const found = await findTargets(deps, opened, portal, direction);
  if (found === undefined) return unknownTarget(direction);
  const ownElsewhere = await isOwnElsewhere(deps, found, portal);
  const event = ownElsewhere ? found : asModeration(found, portal, direction);
  if (!mayTouch(event)) {
    // A user who changes on Matrix what they wrote at their other client is told that it can be changed only there.
    return ended(
      ownElsewhere
        ? { kind: 'unsupported', reason: 'other-account' }
        : { kind: 'ignored', reason: 'forbidden' },
    );
  }
  return judgeAndDeliver(deps, event, portal, direction, deliver);
}

async function judgeAndDeliver(
  deps: CrossingDeps,
  event: BridgeEvent,
  portal: Portal,
  direction: Direction,
  deliver: Deliver,
): Promise<Crossed> {
  const verdict = deps.policy.judge(event, portal, direction);
  if (verdict.kind === 'block') return stopped(verdict, event);
  const passing = verdict.kind === 'convert' ? verdict.event : event;
  const measuring = verdict.upTo === undefined ? undefined : measured(passing, verdict.upTo);
  const beside = takenBackBeside(event, passing);
  const taken = beside && (await deliver(beside));
  if (taken?.kind === 'failed') return taken;
  const handled = await deliver(measuring?.event ?? passing);
  if (handled === undefined) return ended({ kind: 'unsupported', reason: 'no-handler' });
  // It is larger than a rule lets pass: what the rule says of what is so large decides, from the beginning.
  const larger = handled.kind === 'sent' ? undefined : measuring?.larger(event);
  if (larger !== undefined) return judgeAndDeliver(deps, larger, portal, direction, deliver);
  switch (handled.kind) {
    case 'failed':
      // Nobody waits at a telephone until a link is back.
      return event.kind === 'call' && direction === 'to-network'
        ? ended({ kind: 'failed', reason: handled.reason })
        : handled;
    case 'ignored':
    case 'unsupported':
      return ended(handled);
    case 'sent':
      return {
        kind: 'ended',
        outcome: verdict.kind === 'convert' ? { kind: 'sent', converted: verdict.by } : { kind: 'sent' },
        changes: {
          ...changesOf(passing, portal, handled),
          ...said(event, passing, portal, handled),
        },
      };
  }
}

/** The handlers of an edge, a network's or the homeserver's, with what each of them answers. */
export type Handlers<Answer> = {
  readonly [K in BridgeEventKind]?: (
    event: EventOf<K>,
    portal: Portal,
    signal: AbortSignal,
  ) => Promise<Answer>;
};

/** Delivers by the handler that an edge has for an event; answers `undefined` where it has none. */
export function by<Answer>(
  handlers: Handlers<Answer>,
  portal: Portal,
  signal: AbortSignal,
): (event: BridgeEvent) => Promise<Answer> | undefined {
  return (event) => {
    switch (event.kind) {
      case 'message':
        return handlers.message?.(event, portal, signal);
      case 'edit':
        return handlers.edit?.(event, portal, signal);
      case 'reaction':
        return handlers.reaction?.(event, portal, signal);
      case 'redaction':
        return handlers.redaction?.(event, portal, signal);
      case 'moderation':
        return handlers.moderation?.(event, portal, signal);
      case 'vote':
        return handlers.vote?.(event, portal, signal);
      case 'poll-end':
        return handlers['poll-end']?.(event, portal, signal);
      case 'receipt':
        return handlers.receipt?.(event, portal, signal);
      case 'membership':
        return handlers.membership?.(event, portal, signal);
      case 'chat-info':
        return handlers['chat-info']?.(event, portal, signal);
      case 'call':
        return handlers.call?.(event, portal, signal);
      case 'timer':
        return handlers.timer?.(event, portal, signal);
      case 'identity-change':
        return handlers['identity-change']?.(event, portal, signal);
      case 'typing':
        return handlers.typing?.(event, portal, signal);
      case 'presence':
        return handlers.presence?.(event, portal, signal);
    }
  };
}

function ended(outcome: Outcome): Crossed {
  return { kind: 'ended', outcome, changes: noChanges };
}

/** A rule stopped it. Nobody sends receipts and the like by hand: of those nobody is told. */
function stopped(verdict: Extract<Verdict, { kind: 'block' }>, { kind }: BridgeEvent): Crossed {
  const { rule, feature, told } = verdict;
  const outcome = { kind: 'blocked', rule, ...(feature && { feature }) } as const;
  const isSignal = kind === 'receipt' || kind === 'typing' || kind === 'presence';
  const silent = told === 'nobody' || isSignal;
  return { kind: 'ended', outcome, changes: noChanges, ...(silent && { silent }) };
}

/** A person on Matrix is told that what they changed is not known; on a network there is nothing to tell. */
function unknownTarget(direction: Direction): Crossed {
  return direction === 'to-network'
    ? ended({ kind: 'failed', reason: 'unknown-target' })
    : ended({ kind: 'ignored', reason: 'unknown-target' });
}

async function findTargets(
  deps: CrossingDeps,
  opened: UnresolvedEvent,
  portal: Portal,
  direction: Direction,
): Promise<BridgeEvent | undefined> {
  const standsAlone =
    opened.kind === 'message' && opened.replyTo === undefined && opened.thread === undefined;
  if (!standsAlone) await deps.before;
  const first = await resolve(opened, portal.id, deps.messages);
  if (first.kind === 'event') return first.event;
  await deps.otherWay(portal, direction);
  const second = await resolve(opened, portal.id, deps.messages);
  if (second.kind === 'event') return second.event;
  for (const alone of standingAlone(opened, direction)) {
    const last = await resolve(alone, portal.id, deps.messages);
    if (last.kind === 'event') return last.event;
  }
  return undefined;
}

/** What of an event still makes sense without its target: a reply as a message, and a remote correction (XEP-0308, 3). */
export function standingAlone(event: UnresolvedEvent, direction: Direction): readonly UnresolvedEvent[] {
  if (event.kind === 'message') return withoutRelations(event);
  if (event.kind === 'edit' && direction === 'to-matrix') {
    return [{ ...event, kind: 'message', replyTo: undefined, thread: undefined }];
  }
  return [];
}

/** Only its author edits or retracts a message across the bridge. */
function mayTouch(event: BridgeEvent): boolean {
  return (
    (event.kind !== 'edit' && event.kind !== 'redaction' && event.kind !== 'poll-end') ||
    sameParty(event.target.author, event.sender)
  );
}

/** Whether a user's event is about what they wrote at another client of theirs. */
async function isOwnElsewhere(deps: CrossingDeps, event: BridgeEvent, portal: Portal): Promise<boolean> {
  const author = 'target' in event ? event.target.author : undefined;
  if (mayTouch(event) || author?.in !== 'remote' || event.sender.in !== 'matrix') return false;
  return (await deps.logins?.owner(portal.key.network, author.userId)) === event.sender.userId;
}

/** Who redacts in the room of a group what another wrote has the power for it there; the network is asked whether in it too. */
function asModeration(event: BridgeEvent, portal: Portal, direction: Direction): BridgeEvent {
  if (event.kind !== 'redaction' || direction !== 'to-network' || portal.kind !== 'group') return event;
  if (sameParty(event.target.author, event.sender)) return event;
  return { ...event, kind: 'moderation', reason: event.reason };
}
