import type { PresenceEvent, ReceiptEvent, TypingEvent } from '../core/event.ts';
import type { MatrixHandled, MatrixHandlers, Reporter } from '../core/homeserver.ts';
import type { MatrixUserId } from '../core/ids.ts';
import type { Portal } from '../core/portal.ts';
import type { Ghosts } from './ghosts.ts';
import type { GhostPresence } from './presence.ts';
import type { ReadReceipts } from './read-receipts.ts';
import type { Masquerade } from './request.ts';
import type { Typing } from './typing.ts';

export interface SignalParts {
  readonly ghosts: Pick<Ghosts, 'userId'>;
  readonly as: (user: MatrixUserId) => Masquerade;
  readonly typing: Pick<Typing, 'begin' | 'end' | 'spoke'>;
  readonly receipts: Pick<ReadReceipts, 'read'>;
  readonly presence: Pick<GhostPresence, 'set'>;
  readonly reporter: Pick<Reporter, 'status'>;
}

const carried: MatrixHandled = { kind: 'sent', eventIds: [], reactionEvents: new Map() };
const nothing: MatrixHandled = { kind: 'ignored', reason: 'nothing-to-do' };

/** The handlers of messages with those of signals; a ghost whose message arrives types no more. */
export function withSignals(handlers: MatrixHandlers, parts: SignalParts): MatrixHandlers {
  const { message, receipt } = handlers;
  return {
    ...handlers,
    ...(message === undefined
      ? {}
      : {
          message: async (event, portal, signal) => {
            const handled = await message(event, portal, signal);
            const ghost = ghostOf(parts, event, portal);
            if (handled.kind === 'sent' && ghost !== undefined) await parts.typing.spoke(portal.room, ghost);
            return handled;
          },
        }),
    receipt: async (event, portal, signal) =>
      event.receipt === 'read'
        ? read(parts, event, portal)
        : ((await receipt?.(event, portal, signal)) ?? nothing),
    typing: (event, portal) => type(parts, event, portal),
    presence: async (event, portal) => bePresent(parts, event, portal),
  };
}

async function type(parts: SignalParts, event: TypingEvent, portal: Portal): Promise<MatrixHandled> {
  const ghost = ghostOf(parts, event, portal);
  if (ghost === undefined) return nothing;
  const failed = event.typing
    ? await parts.typing.begin(portal.room, ghost)
    : await parts.typing.end(portal.room, ghost);
  return failed ?? carried;
}

/** In a chat of two, what was read has arrived too, although nobody may have said so. */
async function read(parts: SignalParts, event: ReceiptEvent, portal: Portal): Promise<MatrixHandled> {
  const ghost = ghostOf(parts, event, portal);
  const eventId = event.target.eventIds.at(-1);
  if (ghost === undefined || eventId === undefined || event.sender.in !== 'remote') return nothing;
  const failed = await parts.receipts.read(portal.room, eventId, parts.as(ghost));
  if (failed !== undefined) return failed;
  if (portal.kind === 'direct' && event.target.author.in === 'matrix') {
    const status = { kind: 'delivered', to: event.sender.userId } as const;
    await parts.reporter.status(portal, event.target.eventIds[0], status);
  }
  return carried;
}

function bePresent(parts: SignalParts, event: PresenceEvent, portal: Portal): MatrixHandled {
  const ghost = ghostOf(parts, event, portal);
  // A ghost has one presence for all: who is in groups alone has none.
  if (ghost === undefined || portal.kind !== 'direct') return nothing;
  const { presence, status } = event;
  return parts.presence.set(ghost, { presence, status }) ? carried : nothing;
}

function ghostOf(
  { ghosts }: SignalParts,
  { sender }: Pick<TypingEvent, 'sender'>,
  portal: Portal,
): MatrixUserId | undefined {
  return sender.in === 'remote' ? ghosts.userId(portal.key.network, sender.userId) : undefined;
}

/** As whom a portal's room is looked at: the ghost of a direct chat, where the bot is not; the bot in a group. */
export function lookerIn(
  portal: Portal,
  { ghosts, as }: Pick<SignalParts, 'ghosts' | 'as'>,
  bot: Masquerade,
): Masquerade | undefined {
  if (portal.kind === 'group') return bot;
  const ghost = ghosts.userId(portal.key.network, portal.remote);
  return ghost === undefined ? undefined : as(ghost);
}
