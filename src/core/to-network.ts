/** From Matrix to a network: what a kept room event comes to. */
import type { Asides } from './asides.ts';
import type { BotAbsences } from './bot-absence.ts';
import type { CommandRunner } from './command-runner.ts';
import { by, cross, type CrossingDeps, type Deliver } from './crossing.ts';
import type { Door } from './door.ts';
import { mayNotEnter } from './entry-rules.ts';
import type { UnresolvedEvent } from './event.ts';
import { withinReach } from './fallback.ts';
import { takeLocked, takeUnopened, takeVerification, waitWithTarget } from './from-encrypted.ts';
import { adoptChat, meetBot } from './from-invitation.ts';
import { takeGroupAct, type GroupAct } from './from-group-room.ts';
import { isSettled, sayAgain } from './group-info.ts';
import type { GroupPortals } from './groups.ts';
import type { Homeserver, MatrixArrival, OpenedMatrixEvent } from './homeserver.ts';
import type { MatrixUserId, NetworkId, RoomId } from './ids.ts';
import type { RunningNetwork } from './network.ts';
import { failedForNow, type Outcome } from './outcome.ts';
import { isBorrowed, type Portal } from './portal.ts';
import type { Portals } from './portals.ts';
import { takeReplaced } from './replaced-room.ts';
import type { RequestBook } from './requests.ts';
import type { Step } from './steps.ts';
import { failed, matrixFailure, settled } from './steps.ts';
import type { EventRecord, Stores } from './stores.ts';
import type { Ties } from './ties.ts';

export interface ToNetworkContext extends CrossingDepsWithoutMessages {
  /** Whether the event had to wait for its key out of its lane. */
  readonly late: boolean;
  /** Ends an event of this user that waits for its key; false where it is not theirs, or too late. */
  readonly withdraw: (waiting: EventRecord, user: MatrixUserId) => Promise<boolean>;
  readonly stores: Stores;
  readonly homeserver: Homeserver;
  readonly portals: Portals;
  readonly groups: GroupPortals;
  readonly absences: BotAbsences;
  readonly commands: CommandRunner;
  readonly network: (id: NetworkId) => RunningNetwork | undefined;
  readonly permits: (user: MatrixUserId) => boolean;
  readonly door: Door;
  /** The same, blocks aside. */
  readonly unblocked?: Door | undefined;
  /** Rooms that people want to have bridged; absent where that cannot be. */
  readonly ties?: Pick<Ties, 'invited'>;
  readonly requests?: Pick<RequestBook, 'wrote'>;
  readonly asides?: Asides;
}
type CrossingDepsWithoutMessages = Omit<CrossingDeps, 'messages'>;
const nothing = { kind: 'ignored', reason: 'nothing-to-do' } as const;

/** One attempt at a room event. */
export async function takeToNetwork(
  context: ToNetworkContext,
  arrival: MatrixArrival,
  cause: string,
  signal: AbortSignal,
): Promise<Step> {
  const opened = await context.homeserver.open(arrival, cause, signal);
  switch (opened.kind) {
    case 'ignored':
      return settled(opened);
    case 'unsupported':
      return unsupported(context, arrival.room, opened.user, { kind: opened.kind, reason: opened.reason });
    case 'locked':
      return takeLocked(context, opened);
    case 'failed':
      return takeUnopened(context, arrival.room, opened);
    case 'verification':
      return takeVerification(context, opened);
    case 'bot-invited':
      return meetBot(context, opened);
    case 'replaced':
      return takeReplaced(context, opened);
    case 'ghost-invited':
    case 'left':
    case 'joined':
    case 'bot-removed':
    case 'powers':
      return act(context, opened, cause, signal);
    case 'echo':
      if (await isEcho(context, arrival, opened)) return settled({ kind: 'ignored', reason: 'own-echo' });
      return carry(context, arrival.room, opened.event, signal);
    case 'event': {
      const event = context.late ? { ...opened.event, late: true as const } : opened.event;
      return carry(context, arrival.room, event, signal);
    }
  }
}

/** What users do in rooms that is no message: in those of groups, and what of it matters in direct chats. */
async function act(
  context: ToNetworkContext,
  opened: GroupAct,
  cause: string,
  signal: AbortSignal,
): Promise<Step> {
  const portal = await context.portals.byRoom(opened.room);
  if (portal?.kind === 'group') return takeGroupAct(context, portal, opened, cause, signal);
  switch (opened.kind) {
    case 'ghost-invited':
      return adoptChat(context, opened);
    case 'left':
      return opened.how === 'unban' ? settled(nothing) : leave(context, opened);
    case 'joined':
    case 'bot-removed':
    case 'powers':
      return settled(nothing);
  }
}

/**
 * Whether the bridge sent this in the user's name. A copy that the user forwarded is told by its room, or by the event
 * ids that the message is known to have; while none are recorded it is the bridge's: nothing may go round in a circle.
 */
async function isEcho(
  { portals, stores }: ToNetworkContext,
  { room, eventId }: MatrixArrival,
  echo: Extract<OpenedMatrixEvent, { kind: 'echo' }>,
): Promise<boolean> {
  const portal = await portals.byRoom(room);
  if (portal?.id !== echo.portal) return false;
  if (echo.message === undefined) return true;
  const known = await stores.messages.find(portal.id, { in: 'remote', messageId: echo.message });
  return known === undefined || known.eventIds.includes(eventId);
}

async function carry(
  context: ToNetworkContext,
  room: RoomId,
  event: UnresolvedEvent,
  signal: AbortSignal,
): Promise<Step> {
  const portal = await context.portals.byRoom(room);
  if (portal === undefined) return converse(context, room, event, signal);
  const step = await carryIn(context, portal, event, signal);
  if (step.kind !== 'ended') return step;
  const failed = await context.asides?.endedFromMatrix(event, portal, step.outcome, signal);
  return failed === undefined ? step : { kind: 'again', failed, waitsFor: 'matrix' };
}

async function carryIn(
  context: ToNetworkContext,
  portal: Portal,
  event: UnresolvedEvent,
  signal: AbortSignal,
): Promise<Step> {
  const { sender } = event;
  const stranger = portal.kind === 'direct' && sender.userId !== portal.key.receiver;
  if (sender.in !== 'matrix' || stranger)
    return { ...settled({ kind: 'ignored', reason: 'not-permitted' }), portal };
  if (portal.kind === 'direct' && (event.kind === 'chat-info' || event.kind === 'membership'))
    return { ...settled(nothing), portal };
  if (!context.permits(sender.userId)) {
    if (portal.kind === 'group') return { ...settled({ kind: 'ignored', reason: 'not-permitted' }), portal };
    return { ...settled({ kind: 'failed', reason: 'not-permitted' }), portal, told: 'message' };
  }
  if (portal.kind === 'group' && context.absences.isOut(portal)) {
    return { ...settled({ kind: 'failed', reason: 'bot-removed' }), portal, told: 'message' };
  }
  const { network: id } = portal.key;
  const network = context.network(id);
  if (network === undefined) return { kind: 'again', failed: failedForNow('link-down'), waitsFor: id };
  const shut = await shutOut(context, portal, event);
  if (shut !== undefined) return shut;
  const renamed = portal.kind === 'group' && event.kind === 'chat-info' ? { portal, event } : undefined;
  const keepsName = isBorrowed(portal);
  const isOver = renamed === undefined ? false : await isSettled(context, network, renamed);
  if (typeof isOver !== 'boolean') return { kind: 'again', failed: isOver, waitsFor: 'matrix' };
  if (isOver) return { ...settled(nothing), portal };
  const entered =
    portal.kind === 'group' ? await context.groups.entered(network, portal, sender.userId) : undefined;
  if (entered?.retry.kind === 'later') return { kind: 'again', failed: entered, waitsFor: id };
  if (entered !== undefined) return { ...settled(failed(entered)), portal, told: 'message' };
  const crossed = await cross(
    { ...context, messages: context.stores.messages, logins: context.stores.logins },
    (await context.asides?.timed(event, portal, network.capabilities)) ?? event,
    portal,
    'to-network',
    within(network, by(network.handlers, portal, signal)),
  );
  if (crossed.kind === 'failed' && crossed.retry.kind === 'later') {
    return { kind: 'again', failed: crossed, waitsFor: id };
  }
  if (renamed !== undefined && !keepsName && (crossed.kind === 'failed' || crossed.outcome.kind !== 'sent')) {
    const { handlers } = context.homeserver;
    const problem = await sayAgain(network, handlers, renamed.portal, renamed.event, signal);
    if (problem !== undefined) return { kind: 'again', failed: problem, waitsFor: 'matrix' };
  }
  if (crossed.kind === 'failed') return { ...settled(failed(crossed)), portal, told: 'message' };
  if (crossed.outcome.kind === 'failed' && crossed.outcome.reason === 'unknown-target') {
    const waits = await waitWithTarget(context, event, portal);
    if (waits !== undefined) return waits;
  }
  return {
    ...crossed,
    portal,
    network: id,
    told: toldOf(crossed, event),
  };
}

function toldOf(
  { silent }: { readonly silent?: true },
  { kind }: UnresolvedEvent,
): 'message' | 'other' | 'nobody' {
  if (silent === true) return 'nobody';
  return kind === 'message' || kind === 'edit' ? 'message' : 'other';
}

/** Where the user may not reach whom the chat is with; undefined where they may. */
async function shutOut(
  context: ToNetworkContext,
  portal: Portal,
  event: UnresolvedEvent,
): Promise<Step | undefined> {
  const { sender, kind: what } = event;
  const { network, chat } = portal.key;
  const admission = await context.door.admit({
    ...{ network, chat, kind: portal.kind, direction: 'to-network', what, first: false },
    user: sender.in === 'matrix' ? sender.userId : undefined,
    remote: portal.kind === 'direct' ? portal.remote : undefined,
  });
  switch (admission.kind) {
    case 'pass': {
      const stopped = await mayNotEnter(context, portal, event);
      return stopped && { ...settled(stopped.outcome), portal, network, told: stopped.told ?? 'message' };
    }
    case 'failed':
      return { kind: 'again', failed: admission, waitsFor: 'matrix' };
    // Only what comes in can wait for anybody's consent.
    case 'held':
      return { ...settled({ kind: 'blocked', rule: admission.rule }), portal, network, told: 'message' };
    case 'blocked': {
      const told = admission.told === 'nobody' ? 'nobody' : 'message';
      return { ...settled({ kind: 'blocked', rule: admission.rule }), portal, network, told };
    }
  }
}

/** Gives the network what it has a form for. */
function within({ capabilities }: RunningNetwork, deliver: Deliver): Deliver {
  return (event) => {
    const reachable = withinReach(event, capabilities);
    return reachable.kind === 'unsupported' ? Promise.resolve(reachable) : deliver(reachable);
  };
}

/** A text in a management room is a command; any other room is nothing of ours, unless it is about to be. */
async function converse(
  context: ToNetworkContext,
  room: RoomId,
  event: UnresolvedEvent,
  signal: AbortSignal,
): Promise<Step> {
  const user = await context.stores.users.byManagementRoom(room);
  if (user === undefined) return carryInNew(context, room, event, signal);
  if (event.kind === 'reaction') return answerLine(context, user.userId, room, event);
  const isText =
    event.kind === 'message' && event.content.kind === 'text' && event.content.style !== 'notice';
  if (!isText || event.sender.userId !== user.userId) {
    return settled({ kind: 'ignored', reason: 'no-portal' });
  }
  // What it would do now its sender may have meant for another moment.
  if (event.late === true) return { ...settled({ kind: 'failed', reason: 'no-key' }), told: 'other' };
  const { cause, at } = event;
  const problem = await context.commands.run({
    user: user.userId,
    text: event.content.text.plain,
    cause,
    at,
    room,
    eventId: event.name?.in === 'matrix' ? event.name.eventId : undefined,
  });
  return problem ? matrixFailure(problem) : settled({ kind: 'ignored', reason: 'command-done' });
}

/** A reaction to a line of the bridge's may be an answer to it. */
async function answerLine(
  { commands }: ToNetworkContext,
  user: MatrixUserId,
  room: RoomId,
  { sender, target, reactions, cause }: Extract<UnresolvedEvent, { readonly kind: 'reaction' }>,
): Promise<Step> {
  const isAnswer = sender.userId === user && target.in === 'matrix' && reactions.op === 'add';
  if (!isAnswer || commands.react === undefined) return settled({ kind: 'ignored', reason: 'no-portal' });
  const problem = await commands.react({ user, room, line: target.eventId, emoji: reactions.emoji, cause });
  return problem ? matrixFailure(problem) : settled({ kind: 'ignored', reason: 'command-done' });
}

async function carryInNew(
  context: ToNetworkContext,
  room: RoomId,
  event: UnresolvedEvent,
  signal: AbortSignal,
): Promise<Step> {
  if (event.sender.in !== 'matrix') return settled({ kind: 'ignored', reason: 'no-portal' });
  const found = await context.portals.byUnknownRoom(room, event.sender.userId, context.network);
  if (found === undefined) return settled({ kind: 'ignored', reason: 'no-portal' });
  return 'retry' in found ? matrixFailure(found) : carryIn(context, found, event, signal);
}

async function leave(
  context: ToNetworkContext,
  left: Extract<OpenedMatrixEvent, { kind: 'left' }>,
): Promise<Step> {
  const portal = await context.portals.byRoom(left.room);
  if (portal?.kind !== 'direct' || (left.user !== portal.key.receiver && left.ghost !== portal.remote)) {
    return settled(nothing);
  }
  const problem = await context.portals.close(portal);
  return problem ? matrixFailure(problem) : settled({ kind: 'ignored', reason: 'portal-closed' });
}

async function unsupported(
  context: ToNetworkContext,
  room: RoomId,
  author: MatrixUserId | undefined,
  outcome: Outcome,
): Promise<Step> {
  const portal = await context.portals.byRoom(room);
  if (portal?.kind === 'group' && (author === undefined || !context.permits(author))) {
    return { ...settled({ kind: 'ignored', reason: 'not-permitted' }), portal };
  }
  if (portal !== undefined) return { ...settled(outcome), portal, told: 'message' };
  const user = await context.stores.users.byManagementRoom(room);
  if (user === undefined) return settled({ kind: 'ignored', reason: 'no-portal' });
  return { ...settled(outcome), told: 'other' };
}
