/** From a network to Matrix: what a kept arrival comes to. */
import { refusedAnyway } from './as-unblocked.ts';
import { noChanges } from './changes.ts';
import { by, cross } from './crossing.ts';
import type { Contact } from './door.ts';
import type { UnresolvedEvent } from './event.ts';
import type { HeldStep, OutOfLane } from './held-events.ts';
import type { MatrixUserId, NetworkId } from './ids.ts';
import type { Arrival, RunningNetwork } from './network.ts';
import { failedForNow, type Blocked, type Failed, type Outcome } from './outcome.ts';
import type { Verdict } from './policy.ts';
import { portalKey, type GroupKey, type GroupPortal, type Portal } from './portal.ts';
import type { Step } from './steps.ts';
import { strictRules } from './strict-door.ts';
import type { ToNetworkContext } from './to-network.ts';

export interface ToMatrixContext extends ToNetworkContext {
  /** Waits, a bounded time, until what was said in a group before is brought in. */
  readonly afterHistory: (portal: Portal) => Promise<void>;
  /** Whether older events of the same lane were taken up, so that this one has to stand behind them. */
  readonly overtakes: () => Promise<boolean>;
}

/** One attempt at an arrival. */
export async function takeToMatrix(
  context: ToMatrixContext,
  source: NetworkId,
  arrival: Arrival,
  cause: string,
  signal: AbortSignal,
): Promise<Step | OutOfLane> {
  const network = context.network(source);
  if (network === undefined) return { kind: 'again', failed: failedForNow('link-down'), waitsFor: source };
  const opened = network.open(arrival, cause);
  if (opened.kind !== 'event')
    return settled(source, opened, opened.kind === 'ignored' ? 'nobody' : 'message');
  const stopped = await atDoor(context, source, arrival, opened.event);
  if (stopped !== undefined) return stopped;
  if (await context.overtakes()) return { kind: 'behind' };
  const found = await portalFor(context, network, arrival, opened.event);
  if (found === undefined) return settled(source, { kind: 'ignored', reason: 'no-portal' }, 'nobody');
  if (found.kind === 'failed') return failure(source, found, undefined);
  if (found.kind === 'blocked') return settled(source, found.outcome, found.told ?? 'message');
  if (found.kind === 'done') return settled(source, { kind: 'ignored', reason: 'portal-opened' }, 'nobody');
  const { portal } = found;
  // Told to nobody there: when the bot is back it is taken up again.
  if (portal.kind === 'group' && context.absences.isOut(portal)) {
    return { ...settled(source, { kind: 'failed', reason: 'bot-removed' }, 'nobody'), portal };
  }
  const old = arrival.history !== undefined;
  if (!old && portal.kind === 'group') await context.afterHistory(portal);
  const crossed = await cross(
    { ...context, messages: context.stores.messages },
    old ? { ...opened.event, history: true } : opened.event,
    portal,
    'to-matrix',
    by(context.homeserver.handlers, portal, signal),
  );
  if (crossed.kind !== 'failed') {
    const left = portal.kind === 'group' ? outOfGroup(opened.event, crossed.outcome) : undefined;
    const problem =
      left === undefined || portal.kind !== 'group' ? undefined : await context.groups.removed(portal, left);
    if (problem?.retry.kind === 'later') return failure(source, problem, portal);
    const beside = await context.asides?.endedFromNetwork(opened.event, portal, crossed.outcome, signal);
    if (beside !== undefined) return failure(source, beside, portal);
    return {
      ...crossed,
      portal,
      network: source,
      told: crossed.silent === true ? 'nobody' : toldOf(crossed.outcome, opened.event),
    };
  }
  if (crossed.reason !== 'portal-closed') return failure(source, crossed, portal);
  if (portal.kind === 'group') return failure(source, crossed, portal);
  const problem = await context.portals.close(portal);
  return failure(source, problem ?? failedForNow('portal-closed'), portal);
}

/** What the doors make of it: undefined where it may come in. */
async function atDoor(
  context: ToMatrixContext,
  source: NetworkId,
  arrival: Arrival,
  event: UnresolvedEvent,
): Promise<Step | HeldStep | undefined> {
  await context.asides?.opened(source, arrival.receiver, event);
  const contact = await contactOf(context, source, arrival, event);
  if (contact === undefined) return undefined;
  const admission = await context.door.admit(contact);
  switch (admission.kind) {
    case 'pass':
      return undefined;
    case 'failed':
      return failure(source, admission, undefined);
    case 'held':
      return heldStep(source, arrival, event, admission.rule);
    case 'blocked': {
      const { rule, told } = admission;
      const refused = told === 'nobody' ? await refusedAnyway(context, contact, event) : undefined;
      if (refused !== undefined) return settled(source, refused, 'message');
      return settled(source, { kind: 'blocked', rule }, told === 'nobody' ? 'nobody' : 'message');
    }
  }
}

/** Who writes at another client of theirs was told on Matrix that it is not shown there; their client is told nothing. */
function toldOf(outcome: Outcome, event: UnresolvedEvent): 'message' | 'other' | 'nobody' {
  if (
    outcome.kind === 'unsupported' &&
    (outcome.reason === 'no-puppet' || outcome.reason === 'no-puppet-keys')
  )
    return 'nobody';
  return event.kind === 'message' ? 'message' : 'other';
}

/** Who reaches whom by it; undefined for what a user did at another client of theirs, which is their own. */
async function contactOf(
  { stores, requests }: ToMatrixContext,
  network: NetworkId,
  { chat, sender, receiver }: Arrival,
  event: UnresolvedEvent,
): Promise<Contact | undefined> {
  // In a direct chat another sender is the user's own account, or else somebody who is to be asked for.
  const isOwn =
    event.sender.in === 'matrix' ||
    (event.sender.userId !== sender &&
      receiver !== undefined &&
      (await stores.logins.owner(network, event.sender.userId)) === receiver);
  if (isOwn && event.kind === 'message' && receiver !== undefined)
    await requests?.wrote(network, chat, receiver, sender);
  if (isOwn) return undefined;
  const invited = invitedUser(event);
  return {
    ...{ network, chat, direction: 'to-matrix', user: invited ?? receiver },
    kind: receiver === undefined ? 'group' : 'direct',
    remote: event.sender.userId,
    ...{ what: invited === undefined ? event.kind : 'invitation', event },
    ...(isUnvouched(event) && { unvouched: true }),
    ...(actsOnOthers(event) && { actsOnOthers: true }),
    first: (await stores.portals.byKey(portalKey(network, chat, receiver)))?.room === undefined,
  };
}

/** What is to wait until its receiver agrees; what has no receiver of its own cannot. */
function heldStep(
  network: NetworkId,
  { chat, sender: remote, receiver }: Arrival,
  event: UnresolvedEvent,
  rule: string,
): Step | HeldStep {
  const user = invitedUser(event) ?? receiver;
  if (user === undefined) return settled(network, { kind: 'blocked', rule }, 'nobody');
  const isDirect = receiver !== undefined;
  const kind =
    rule === strictRules.identity
      ? isDirect
        ? 'identity'
        : 'identity-group'
      : isDirect
        ? 'direct'
        : 'group';
  return { kind: 'held', key: { network, user, remote, chat, kind } };
}

type Found =
  | { readonly kind: 'portal'; readonly portal: Portal }
  /** All that there was to do is done. */
  | { readonly kind: 'done' }
  | { readonly kind: 'blocked'; readonly outcome: Blocked; readonly told: 'nobody' | undefined }
  | Failed
  | undefined;

/** Only a message opens a new chat; what refers to an older one has nothing to refer to. */
async function portalFor(
  context: ToMatrixContext,
  network: RunningNetwork,
  arrival: Arrival,
  event: UnresolvedEvent,
): Promise<Found> {
  const { chat, receiver } = arrival;
  if (receiver === undefined)
    return groupFor(context, network, { network: network.id, chat, receiver }, event);
  const key = { network: network.id, chat, receiver };
  const known = await context.stores.portals.byKey(key);
  if (known?.room !== undefined) return { kind: 'portal', portal: known };
  if (event.kind !== 'message') return undefined;
  return context.portals.open(network, key, { userId: arrival.sender, chat: arrival.chat, name: undefined });
}

/** A group has its room since a user joined or was invited; the invitation is what a user is told of. */
async function groupFor(
  context: ToMatrixContext,
  network: RunningNetwork,
  key: GroupKey,
  event: UnresolvedEvent,
): Promise<Found> {
  const user = invitedUser(event);
  if (user !== undefined) {
    if (event.sender.in === 'matrix') return { kind: 'done' };
    const verdict = judged(context, key, event);
    if (verdict.kind === 'block') {
      const { rule, feature, told } = verdict;
      return { kind: 'blocked', outcome: { kind: 'blocked', rule, ...(feature && { feature }) }, told };
    }
    const invited = await context.groups.invited(network, key.chat, user);
    return invited.kind === 'failed' ? invited : { kind: 'done' };
  }
  const known = await context.stores.portals.byKey(key);
  if (known?.kind === 'group' && known.room !== undefined) return { kind: 'portal', portal: known };
  const portal: GroupPortal | Failed | undefined =
    known === undefined ? undefined : await context.groups.awaited(network, key);
  if (portal === undefined || portal.kind === 'failed') return portal;
  return { kind: 'portal', portal };
}

/** An invitation opens a portal, or lets a user into one: the rules are asked before that. */
function judged({ policy }: ToMatrixContext, key: GroupKey, event: UnresolvedEvent): Verdict {
  if (event.kind !== 'membership') return { kind: 'pass' };
  return policy.judge(event, { kind: 'group', key }, 'to-matrix');
}

/** The Matrix user whom somebody invites into a group. */
function invitedUser(event: UnresolvedEvent): MatrixUserId | undefined {
  if (event.kind !== 'membership' || event.change.kind !== 'invite') return undefined;
  return event.member.in === 'matrix' ? event.member.userId : undefined;
}

/** Whether nobody vouches for who invites. */
function isUnvouched(event: UnresolvedEvent): boolean {
  return event.kind === 'membership' && event.change.kind === 'invite' && event.change.unvouched === true;
}

function actsOnOthers(event: UnresolvedEvent): boolean {
  return event.kind === 'membership' && event.member.userId !== event.sender.userId;
}

/** The Matrix user whom the network has put out of a group. */
function outOfGroup(event: UnresolvedEvent, outcome: Outcome): MatrixUserId | undefined {
  if (event.kind !== 'membership' || event.member.in !== 'matrix' || outcome.kind !== 'sent')
    return undefined;
  const { kind } = event.change;
  return kind === 'leave' || kind === 'kick' || kind === 'ban' ? event.member.userId : undefined;
}

function failure(network: NetworkId, problem: Failed, portal: Portal | undefined): Step {
  if (problem.retry.kind === 'later') return { kind: 'again', failed: problem, waitsFor: 'matrix' };
  return { ...settled(network, { kind: 'failed', reason: problem.reason }, 'message'), portal };
}

function settled(
  network: NetworkId,
  outcome: Outcome,
  told: 'message' | 'other' | 'nobody',
): Extract<Step, { kind: 'ended' }> {
  return { kind: 'ended', outcome, changes: noChanges, portal: undefined, network, told };
}
