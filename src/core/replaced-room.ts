/** A room that was upgraded: its portal goes on in the room that took its place. */
import { noChanges } from './changes.ts';
import type { OpenedMatrixEvent } from './homeserver.ts';
import type { RoomId } from './ids.ts';
import { failedForNow, type Outcome } from './outcome.ts';
import type { Portal } from './portal.ts';
import type { Step } from './steps.ts';
import type { ToNetworkContext } from './to-network.ts';

type Replaced = Extract<OpenedMatrixEvent, { readonly kind: 'replaced' }>;

/** Clients close the old room first and then invite its members into the new one: so long the invitation may take. */
const invitationTakes = 10_000;
const lookAgainAfter = 1_000;

/** One attempt at a tombstone. What cannot be followed is told to the one who set it. */
export async function takeReplaced(context: ToNetworkContext, replaced: Replaced): Promise<Step> {
  const portal = await context.portals.byRoom(replaced.room);
  if (portal === undefined) return settled({ kind: 'ignored', reason: 'nothing-to-do' }, undefined);
  const followed = await context.portals.follow(portal, replaced.replacement);
  if (followed === undefined) return settled({ kind: 'ignored', reason: 'nothing-to-do' }, portal);
  if (followed.retry.kind === 'later') return { kind: 'again', failed: followed, waitsFor: 'matrix' };
  if (Date.now() - replaced.at < invitationTakes) {
    const again = failedForNow('no-replacement', followed.cause, lookAgainAfter);
    return { kind: 'again', failed: again, waitsFor: 'time' };
  }
  const told = context.permits(replaced.user) ? 'other' : 'nobody';
  return { ...settled({ kind: 'failed', reason: 'no-replacement' }, portal), told };
}

/** Whether an invitation is to a room that takes the place of a portal's; then that portal moves there. */
export async function takeInvitationAfter(
  context: ToNetworkContext,
  room: RoomId,
  predecessor: RoomId | undefined,
): Promise<Step | undefined> {
  const portal = predecessor === undefined ? undefined : await context.portals.byRoom(predecessor);
  if (portal === undefined) return undefined;
  const followed = await context.portals.follow(portal, room);
  if (followed === undefined) return settled({ kind: 'ignored', reason: 'portal-opened' }, portal);
  return followed.retry.kind === 'later'
    ? { kind: 'again', failed: followed, waitsFor: 'matrix' }
    : undefined;
}

function settled(outcome: Outcome, portal: Portal | undefined): Extract<Step, { kind: 'ended' }> {
  const network = portal?.key.network;
  return { kind: 'ended', outcome, changes: noChanges, portal, network, told: 'nobody' };
}
