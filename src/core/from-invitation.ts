/** From Matrix to a network: what an invitation of the bot or of a ghost comes to. */
import type { OpenedMatrixEvent } from './homeserver.ts';
import { failedForNow, type Outcome } from './outcome.ts';
import { isBorrowed, type GroupPortal } from './portal.ts';
import { takeInvitationAfter } from './replaced-room.ts';
import type { Step } from './steps.ts';
import { matrixFailure, settled } from './steps.ts';
import type { ToNetworkContext } from './to-network.ts';

/** A user invited the bot: back into a room that it was put out of, to bridge a room, or to a management room. */
export async function meetBot(
  context: ToNetworkContext,
  { user, room, direct, predecessor }: Extract<OpenedMatrixEvent, { kind: 'bot-invited' }>,
): Promise<Step> {
  const { reporter } = context.homeserver;
  const followed = await takeInvitationAfter(context, room, predecessor);
  if (followed !== undefined) return followed;
  if (context.permits(user)) {
    const portal = await context.portals.byRoom(room);
    if (portal?.kind === 'group' && !isBorrowed(portal)) return comeBack(context, portal);
    const wanted = (await context.ties?.invited(room, direct)) ?? false;
    if (typeof wanted !== 'boolean') return matrixFailure(wanted);
    if (wanted) return settled({ kind: 'ignored', reason: 'command-done' });
    const failed = await context.homeserver.entering(room, () => reporter.accept(user, room, direct));
    return failed ? matrixFailure(failed) : settled({ kind: 'ignored', reason: 'command-done' });
  }
  const failed = await reporter.decline(room);
  return failed?.retry.kind === 'later'
    ? matrixFailure(failed)
    : settled({ kind: 'ignored', reason: 'not-permitted' });
}

/** The bot was put out of a group's room, and is to come back. */
async function comeBack(context: ToNetworkContext, portal: GroupPortal): Promise<Step> {
  const failed = await context.absences.invited(portal);
  if (failed?.retry.kind === 'later') return matrixFailure(failed);
  const outcome: Outcome = {
    kind: 'ignored',
    reason: failed === undefined ? 'portal-opened' : failed.reason,
  };
  return { ...settled(outcome), portal };
}

/** A user invited a ghost to a room that may be a direct chat. */
export async function adoptChat(
  context: ToNetworkContext,
  invited: Extract<OpenedMatrixEvent, { kind: 'ghost-invited' }>,
): Promise<Step> {
  const network = context.network(invited.network);
  if (network === undefined)
    return { kind: 'again', failed: failedForNow('link-down'), waitsFor: invited.network };
  const followed = await takeInvitationAfter(context, invited.room, invited.predecessor);
  if (followed !== undefined) return followed;
  const chat = network.directory.chatWith(invited.remote);
  const profile = { userId: invited.remote, chat, name: undefined };
  const admission = await context.door.admit({
    ...{ network: invited.network, chat, kind: 'direct', direction: 'to-network', user: invited.user },
    ...{ remote: invited.remote, what: 'invitation', first: true },
  });
  if (admission.kind === 'failed') return matrixFailure(admission);
  if (admission.kind !== 'pass') {
    const failed = await context.homeserver.rooms.decline(invited.network, invited.remote, invited.room);
    if (failed?.retry.kind === 'later') return matrixFailure(failed);
    const told = admission.kind === 'blocked' && admission.told === 'nobody' ? 'nobody' : 'other';
    return { ...settled({ kind: 'blocked', rule: admission.rule }), network: invited.network, told };
  }
  const key = { network: invited.network, chat, receiver: invited.user };
  const opened = await context.homeserver.entering(invited.room, () =>
    context.portals.adopt(network, key, profile, invited.room),
  );
  if (opened.kind !== 'failed') await context.requests?.wrote(network.id, chat, invited.user, invited.remote);
  switch (opened.kind) {
    case 'portal':
      return { ...settled({ kind: 'ignored', reason: 'portal-opened' }), portal: opened.portal };
    case 'duplicate':
      return {
        ...settled({ kind: 'failed', reason: 'duplicate-chat' }),
        portal: opened.portal,
        told: 'other',
      };
    case 'failed':
      // A stranger is told nothing: a line would make a management room for whoever invites a ghost.
      return opened.reason === 'not-permitted'
        ? settled({ kind: 'ignored', reason: 'not-permitted' })
        : matrixFailure(opened);
  }
}
