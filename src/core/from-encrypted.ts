/** What encrypted room events come to where there is more to them than what they say. */
import { noChanges } from './changes.ts';
import type { UnresolvedEvent } from './event.ts';
import type { OpenedMatrixEvent } from './homeserver.ts';
import type { MatrixUserId, RoomId } from './ids.ts';
import { matrixLane } from './lane-name.ts';
import { failedForNow, type Outcome } from './outcome.ts';
import type { Portal } from './portal.ts';
import type { Step } from './steps.ts';
import type { ToNetworkContext } from './to-network.ts';

type Opened<K extends OpenedMatrixEvent['kind']> = Extract<OpenedMatrixEvent, { readonly kind: K }>;
type Ended = Extract<Step, { readonly kind: 'ended' }>;

/** There is no key: whoever may not speak here need not be waited for. */
export async function takeLocked(context: ToNetworkContext, locked: Opened<'locked'>): Promise<Step> {
  const place = await placeOf(context, locked.room, locked.user);
  if ('kind' in place) return place;
  const { portal } = place;
  const withheld = locked.withheld !== undefined;
  return { kind: 'locked', session: locked.sessionId, withheld, looked: true, portal, told: 'message' };
}

/** It could not be opened, now or at all. */
export async function takeUnopened(
  context: ToNetworkContext,
  room: RoomId,
  failed: Opened<'failed'>,
): Promise<Step> {
  if (failed.retry.kind === 'later') return { kind: 'again', failed, waitsFor: 'matrix' };
  const place = await placeOf(context, room, failed.user);
  if ('kind' in place) return place;
  return { ...ended({ kind: 'failed', reason: failed.reason }, place.portal), told: 'message' };
}

/** Nobody on the far side can compare emoji: the request is cancelled by whom it asks. */
export async function takeVerification(
  context: ToNetworkContext,
  asked: Opened<'verification'>,
): Promise<Step> {
  const place = await placeOf(context, asked.room, asked.user);
  if ('kind' in place) return place;
  const failed = await context.homeserver.cancelVerification(asked);
  if (failed?.retry.kind === 'later') return { kind: 'again', failed, waitsFor: 'matrix' };
  return ended({ kind: 'ignored', reason: 'verification' }, place.portal);
}

/**
 * What changes an event that waits for its key waits with it. A message that its author takes back meanwhile never goes over.
 * `undefined` where the target does not wait.
 */
export async function waitWithTarget(
  context: ToNetworkContext,
  event: UnresolvedEvent,
  portal: Portal,
): Promise<Step | undefined> {
  if (!('target' in event) || event.target.in !== 'matrix') return undefined;
  const target = await context.stores.events.find(event.target.eventId);
  const isUnderWay = target?.state === 'waiting-for-key' || target?.state === 'pending';
  if (target?.waitsFor === undefined || !isUnderWay || target.lane !== matrixLane(portal.room))
    return undefined;
  if (event.kind === 'redaction' && event.sender.in === 'matrix') {
    const withdrawn = await context.withdraw(target, event.sender.userId);
    if (withdrawn) return ended({ kind: 'ignored', reason: 'nothing-to-do' }, portal);
  }
  return { kind: 'locked', session: target.waitsFor, withheld: true, looked: false, portal, told: 'nobody' };
}

/** The portal or management room that a user may speak in, or what becomes of the event where there is none. */
async function placeOf(
  context: ToNetworkContext,
  room: RoomId,
  user: MatrixUserId | undefined,
): Promise<{ readonly portal: Portal | undefined } | Step> {
  if (user === undefined) return ended({ kind: 'ignored', reason: 'broken-event' }, undefined);
  const portal = await context.portals.byRoom(room);
  if (portal === undefined) return placeOfOwn(context, room, user);
  const stranger = portal.kind === 'direct' && portal.key.receiver !== user;
  if (stranger || (portal.kind === 'group' && !context.permits(user))) {
    return ended({ kind: 'ignored', reason: 'not-permitted' }, portal);
  }
  if (!context.permits(user)) {
    return { ...ended({ kind: 'failed', reason: 'not-permitted' }, portal), told: 'message' };
  }
  return { portal };
}

async function placeOfOwn(
  context: ToNetworkContext,
  room: RoomId,
  user: MatrixUserId,
): Promise<{ readonly portal: undefined } | Step> {
  const owner = await context.stores.users.byManagementRoom(room);
  if (owner?.userId === user) return { portal: undefined };
  const found =
    owner === undefined ? await context.portals.byUnknownRoom(room, user, context.network) : undefined;
  if (found === undefined) return ended({ kind: 'ignored', reason: 'no-portal' }, undefined);
  // It is a portal now: it can be opened by whoever is in it.
  const failed = 'retry' in found ? found : failedForNow('no-portal', undefined, 10);
  if (failed.retry.kind === 'never') return ended({ kind: 'failed', reason: failed.reason }, undefined);
  return { kind: 'again', failed, waitsFor: 'matrix' };
}

function ended(outcome: Outcome, portal: Portal | undefined): Ended {
  return { kind: 'ended', outcome, changes: noChanges, portal, network: portal?.key.network, told: 'nobody' };
}
