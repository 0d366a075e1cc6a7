import type { ModerationEvent } from '../core/event.ts';
import type { MatrixHandled } from '../core/homeserver.ts';
import type { Failed } from '../core/outcome.ts';
import type { Portal } from '../core/portal.ts';
import type { GroupStore } from '../core/stores.ts';
import type { Accounts } from './accounts.ts';
import { cleanText } from './clean-text.ts';
import type { EventSender, SentEvent } from './event-sender.ts';
import { isRefused } from './ghost-voice.ts';
import type { Ghosts } from './ghosts.ts';
import type { Masquerade } from './request.ts';

export interface ModerationParts {
  readonly sender: Pick<EventSender, 'redact'>;
  readonly ghosts: Pick<Ghosts, 'userId'>;
  readonly accounts: Pick<Accounts, 'as'>;
  readonly store: Pick<GroupStore, 'person'>;
  readonly bot: () => Masquerade;
}

const longestReason = 300;

/**
 * Redacts what a moderator took back on the network: as their ghost where it is in the room and has the power for it,
 * else as the bot. A moderator who never spoke is not brought in for that.
 */
export async function moderate(
  parts: ModerationParts,
  event: ModerationEvent,
  portal: Portal,
  signal: AbortSignal,
): Promise<MatrixHandled> {
  if (portal.kind !== 'group') return { kind: 'ignored', reason: 'nothing-to-do' };
  const reason = cleanText(event.reason ?? '', longestReason);
  const content = reason === '' ? {} : { reason };
  const redact = async (as: Masquerade, target: ModerationEvent['target']['eventIds'][number]) =>
    parts.sender.redact({
      ...{ room: portal.room, as, cause: event.cause, signal },
      ...{ target, part: `redact ${target}`, content },
    });
  let ghost = await ghostThere(parts, event, portal.id, portal.key.network);
  for (const target of event.target.eventIds) {
    let done: SentEvent | Failed | undefined = ghost && (await redact(ghost, target));
    if (done === undefined || isRefused(done)) {
      ghost = undefined;
      done = await redact(parts.bot(), target);
    }
    if (done.kind === 'failed' && done.reason !== 'unknown-target') return done;
  }
  return { kind: 'sent', eventIds: [], reactionEvents: new Map() };
}

async function ghostThere(
  { ghosts, accounts, store }: ModerationParts,
  { sender }: ModerationEvent,
  portal: Portal['id'],
  network: Portal['key']['network'],
): Promise<Masquerade | undefined> {
  if (sender.in !== 'remote') return undefined;
  const person = await store.person(portal, sender.userId);
  const ghost = person?.state === 'in' ? ghosts.userId(network, sender.userId) : undefined;
  return ghost === undefined ? undefined : accounts.as(ghost);
}
