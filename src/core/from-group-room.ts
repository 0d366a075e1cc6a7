/** What users do in the room of a group that is no message: they come and go, put others out, and say who may do what. */
import { noChanges } from './changes.ts';
import { by, cross } from './crossing.ts';
import { blockedBy, ruledOut } from './entry-rules.ts';
import type { MembershipEvent, Party, Role } from './event.ts';
import type { OpenedMatrixEvent } from './homeserver.ts';
import type { MatrixUserId } from './ids.ts';
import type { RunningNetwork } from './network.ts';
import { followName } from './nick.ts';
import { failedForNow, type Failed, type Outcome } from './outcome.ts';
import { isBorrowed, type GroupPortal } from './portal.ts';
import type { Step as AnyStep } from './steps.ts';
import type { GroupPerson } from './stores.ts';
import type { ToNetworkContext } from './to-network.ts';

type Opened<K extends OpenedMatrixEvent['kind']> = Extract<OpenedMatrixEvent, { readonly kind: K }>;
/** What in a group's room is dealt with here. */
export type GroupAct =
  Opened<'joined'> | Opened<'left'> | Opened<'bot-removed'> | Opened<'powers'> | Opened<'ghost-invited'>;

/** Nothing of this is encrypted. */
type Step = Exclude<AnyStep, { readonly kind: 'locked' }>;

/** One attempt at it. */
export async function takeGroupAct(
  context: ToNetworkContext,
  portal: GroupPortal,
  act: GroupAct,
  cause: string,
  signal: AbortSignal,
): Promise<Step> {
  const belongsToPeople = isBorrowed(portal);
  if (act.kind === 'bot-removed' && !belongsToPeople) {
    const failed = await context.absences.removed(portal, act.user);
    if (failed?.retry.kind === 'later') return { kind: 'again', failed, waitsFor: 'matrix' };
    return settled(portal, { kind: 'ignored', reason: 'bot-removed' });
  }
  const network = context.network(portal.key.network);
  if (network === undefined) {
    return { kind: 'again', failed: failedForNow('link-down'), waitsFor: portal.key.network };
  }
  const at = { context, portal, network, cause, signal };
  // A room that belongs to its people: who comes enters the group when they speak, and its powers are its own.
  if (belongsToPeople && (act.kind === 'joined' || act.kind === 'powers')) {
    return settled(portal, { kind: 'ignored', reason: 'nothing-to-do' });
  }
  if (act.kind !== 'bot-removed' && context.absences.isOut(portal)) return withoutBot(at, act);
  switch (act.kind) {
    // Whoever rules a room that belongs to its people puts the bot out to be rid of it.
    case 'bot-removed':
      return step(at, await context.groups.close(network, portal), 'portal-closed');
    case 'joined':
      return joined(at, act);
    case 'left':
      return act.ghost === undefined ? left(at, act) : ghostLeft(at, act, act.ghost);
    case 'powers':
      return powers(at, act);
    case 'ghost-invited':
      return ghostInvited(at, act);
  }
}

/** Who leaves may go; nothing else can be carried, or taken back in the room. Who joins enters when they speak. */
async function withoutBot(scene: Scene, act: Exclude<GroupAct, Opened<'bot-removed'>>): Promise<Step> {
  const { portal } = scene;
  if (act.kind === 'joined') return settled(portal, { kind: 'ignored', reason: 'bot-removed' });
  if (act.kind === 'left' && act.ghost === undefined) return left(scene, act);
  return { ...settled(portal, { kind: 'failed', reason: 'bot-removed' }), told: 'other' };
}

interface Scene {
  readonly context: ToNetworkContext;
  readonly portal: GroupPortal;
  readonly network: RunningNetwork;
  readonly cause: string;
  readonly signal: AbortSignal;
}

/**
 * A user whom the group does not take is put out of the room again, so that nobody speaks there unheard. One whom the
 * bridge brought in spoke on the network, and is no news for it; a stranger who says so of themself stays a stranger.
 */
async function joined(scene: Scene, { user, name, broughtInto }: Opened<'joined'>): Promise<Step> {
  const { context, network, portal, cause } = scene;
  if (broughtInto === portal.id && context.permits(user)) {
    return settled(portal, { kind: 'ignored', reason: 'own-echo' });
  }
  const before = await context.stores.groups.member(portal.id, user);
  const isNew = before?.state !== 'joined' && context.permits(user);
  const shut = isNew ? ruledOut(context.policy, portal, user, { cause, at: Date.now() }) : undefined;
  if (shut !== undefined) {
    const removed = await context.homeserver.groupRooms.remove(portal, user, 'rule');
    if (removed?.retry.kind === 'later') return step(scene, removed, 'nothing-to-do');
    return { ...settled(portal, blockedBy(shut)), told: shut.told ?? 'other' };
  }
  const problem = context.permits(user)
    ? await context.groups.entered(network, portal, user, name)
    : ({ kind: 'failed', reason: 'not-permitted', retry: { kind: 'never' }, cause: undefined } as const);
  if (problem === undefined) {
    await context.groups.firstHistory(network, portal);
    const failed =
      before?.state === 'joined' ? await followName(context, network, portal, user, name) : undefined;
    return step(scene, failed, 'nothing-to-do');
  }
  if (problem.retry.kind === 'later') return step(scene, problem, 'nothing-to-do');
  // They have left again: there is nobody to put out, and nothing to tell.
  if (problem.reason === 'portal-closed') return step(scene, undefined, 'nothing-to-do');
  const removed = await context.homeserver.groupRooms.remove(portal, user, problem.reason);
  if (removed?.retry.kind === 'later') return step(scene, removed, 'nothing-to-do');
  // A stranger is told nothing but the reason of the kick: a line would make a management room for anybody.
  if (!context.permits(user)) return settled(portal, { kind: 'ignored', reason: 'not-permitted' });
  return { ...settled(portal, { kind: 'failed', reason: problem.reason }), told: 'other' };
}

async function left(scene: Scene, { user }: Opened<'left'>): Promise<Step> {
  const { context, network, portal } = scene;
  return step(scene, await context.groups.left(network, portal, user), 'portal-closed');
}

/** A user put a ghost out, or lets it come again. Where the network does not agree, the ghost may come back. */
async function ghostLeft(
  scene: Scene,
  { by: user, how, reason, at }: Opened<'left'>,
  remote: GroupPerson['remote'],
): Promise<Step> {
  const { context, portal } = scene;
  if (how === 'leave') return settled(portal, { kind: 'ignored', reason: 'nothing-to-do' });
  const { groups } = context.stores;
  const person = await groups.person(portal.id, remote);
  const wasInvited = person?.state === 'invited';
  const now = person ?? ({ remote, state: 'out', role: 'member', likeness: '' } as const);
  if (how !== 'unban') await groups.putPerson(portal.id, { ...now, state: 'out' });
  if (wasInvited && how === 'kick') return settled(portal, { kind: 'ignored', reason: 'nothing-to-do' });
  const change = how === 'unban' ? { kind: how } : { kind: how, reason };
  const told = await tell(scene, user, { in: 'remote', userId: remote }, change, at, how);
  // Whom the people of a room keep out of it stays out.
  const stays = isBorrowed(portal);
  if (how === 'ban' && !stays && told.kind === 'ended' && told.outcome.kind !== 'sent') {
    const pardoned = await context.homeserver.groupRooms.pardon(portal, remote);
    if (pardoned?.retry.kind === 'later') return { kind: 'again', failed: pardoned, waitsFor: 'matrix' };
  }
  return told;
}

async function ghostInvited(scene: Scene, { user, remote, at }: Opened<'ghost-invited'>): Promise<Step> {
  const { context, portal } = scene;
  const { groups } = context.stores;
  const told = await tell(scene, user, { in: 'remote', userId: remote }, { kind: 'invite' }, at, 'invite');
  if (told.kind === 'again') return told;
  if (told.outcome.kind === 'sent') {
    const person = await groups.person(portal.id, remote);
    const now = person ?? ({ remote, state: 'invited', role: 'member', likeness: '' } as const);
    if (now.state !== 'in') await groups.putPerson(portal.id, { ...now, state: 'invited' });
    return told;
  }
  const declined = await context.homeserver.groupRooms.decline(portal, remote);
  return declined?.retry.kind === 'later' ? { kind: 'again', failed: declined, waitsFor: 'matrix' } : told;
}

/** Each change is carried for itself; one that the network does not take is taken back in the room. */
async function powers(scene: Scene, { user, changes, at }: Opened<'powers'>): Promise<Step> {
  const { context, portal } = scene;
  let last: Extract<Step, { kind: 'ended' }> = settled(portal, { kind: 'ignored', reason: 'nothing-to-do' });
  for (const { member, role } of changes) {
    const before = await roleNow(scene, member);
    if (before === role) continue;
    const told = await tell(scene, user, member, { kind: 'role', role }, at, `role ${member.userId}`);
    if (told.kind === 'again') return told;
    if (told.outcome.kind === 'sent') {
      await noteRole(scene, member, role);
      if (last.outcome.kind === 'ignored') last = told;
      continue;
    }
    const restored = await context.homeserver.groupRooms.setRole(portal, member, before);
    if (restored?.retry.kind === 'later') return { kind: 'again', failed: restored, waitsFor: 'matrix' };
    last = told;
  }
  return last;
}

async function roleNow({ context, portal }: Scene, member: Party): Promise<Role> {
  const { groups } = context.stores;
  const known =
    member.in === 'matrix'
      ? await groups.member(portal.id, member.userId)
      : await groups.person(portal.id, member.userId);
  return known?.role ?? 'member';
}

async function noteRole({ context, portal }: Scene, member: Party, role: Role): Promise<void> {
  const { groups } = context.stores;
  if (member.in === 'matrix') {
    const known = await groups.member(portal.id, member.userId);
    if (known !== undefined) await groups.putMember(portal.id, { ...known, role });
    return;
  }
  const known = await groups.person(portal.id, member.userId);
  const person = known ?? ({ remote: member.userId, state: 'absent', likeness: '' } as const);
  await groups.putPerson(portal.id, { ...person, role });
}

/** Hands a change of who is in the group to the network, as an event of the user who made it. */
async function tell(
  scene: Scene,
  user: MatrixUserId,
  member: Party,
  change: MembershipEvent['change'],
  at: number,
  part: string,
): Promise<Step> {
  const { context, network, portal, signal } = scene;
  if (!context.permits(user)) return settled(portal, { kind: 'ignored', reason: 'not-permitted' });
  const entered = await context.groups.entered(network, portal, user);
  if (entered !== undefined) return afterFailure(scene, entered);
  const event: MembershipEvent = {
    kind: 'membership',
    cause: `${scene.cause}/${part}`,
    sender: { in: 'matrix', userId: user },
    name: undefined,
    at,
    member,
    change,
  };
  const crossed = await cross(
    { ...context, messages: context.stores.messages },
    event,
    portal,
    'to-network',
    by(network.handlers, portal, signal),
  );
  if (crossed.kind === 'failed') return afterFailure(scene, crossed);
  return { ...settled(portal, crossed.outcome), told: 'other' };
}

function afterFailure({ portal }: Scene, failed: Failed): Step {
  if (failed.retry.kind === 'later') return { kind: 'again', failed, waitsFor: portal.key.network };
  return { ...settled(portal, { kind: 'failed', reason: failed.reason }), told: 'other' };
}

function step(scene: Scene, failed: Failed | undefined, done: 'nothing-to-do' | 'portal-closed'): Step {
  if (failed !== undefined) return afterFailure(scene, failed);
  return settled(scene.portal, { kind: 'ignored', reason: done });
}

function settled(portal: GroupPortal, outcome: Outcome): Extract<Step, { kind: 'ended' }> {
  const network = portal.key.network;
  return { kind: 'ended', outcome, changes: noChanges, portal, network, told: 'nobody' };
}
