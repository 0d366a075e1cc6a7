/** Message status: `com.beeper.message_send_status`, as bridges send it and clients show it. */
import type { MessageStatus, Reporter } from '../core/homeserver.ts';
import type { MatrixEventId, MatrixUserId, RoomId } from '../core/ids.ts';
import type { Failed, Outcome, ReasonCode } from '../core/outcome.ts';
import type { StatusLevel } from '../core/report.ts';
import type { Portal } from '../core/portal.ts';
import type { Accounts } from './accounts.ts';
import type { EventSender } from './event-sender.ts';
import type { Ghosts } from './ghosts.ts';
import type { ManagementRooms } from './management.ts';
import type { Masquerade } from './request.ts';

type NoticeText = Parameters<Reporter['notice']>[2];

/** Tells people on the Matrix side how it went: statuses as the portal's ghost, lines as the bot. */
export class MatrixReporter implements Reporter {
  readonly #sender: EventSender;
  readonly #ghosts: Ghosts;
  readonly #accounts: Accounts;
  readonly #management: ManagementRooms;
  readonly #policy: { readonly messageStatus: StatusLevel };

  constructor(
    sender: EventSender,
    ghosts: Ghosts,
    accounts: Accounts,
    management: ManagementRooms,
    policy: { readonly messageStatus: StatusLevel },
  ) {
    this.#sender = sender;
    this.#ghosts = ghosts;
    this.#accounts = accounts;
    this.#management = management;
    this.#policy = policy;
  }

  async accept(user: MatrixUserId, room: RoomId): Promise<undefined | Failed> {
    const accepted = await this.#management.accept(user, room);
    return accepted.kind === 'failed' ? accepted : undefined;
  }

  decline(room: RoomId): Promise<undefined | Failed> {
    return this.#management.decline(room);
  }

  async status(portal: Portal, eventId: MatrixEventId, status: MessageStatus): Promise<undefined | Failed> {
    const said = this.#said(portal, status);
    const { messageStatus: level } = this.#policy;
    if (said === undefined || level === 'none') return undefined;
    if (level === 'delivery' && status.kind === 'outcome' && status.outcome.kind === 'sent') return undefined;
    if (level === 'failures' && !said.status.startsWith('FAIL')) return undefined;
    const as = await this.#speaker(portal);
    if ('kind' in as) return as;
    const sent = await this.#sender.send({
      room: portal.room,
      as,
      type: 'com.beeper.message_send_status',
      content: {
        network: portal.key.network,
        'm.relates_to': { rel_type: 'm.reference', event_id: eventId },
        ...said,
      },
      cause: eventId,
      part: `status ${attemptOf(status)} ${JSON.stringify(said)}`,
    });
    return sent.kind === 'failed' ? sent : undefined;
  }

  /** Who tells in a portal: the ghost of a direct chat, where the bot is not; the bot in a group. */
  async #speaker(portal: Portal): Promise<Masquerade | Failed> {
    if (portal.kind === 'group') return this.#management.as;
    const ghost = await this.#ghosts.ensure(portal.key.network, portal.remote);
    return ghost.kind === 'failed' ? ghost : this.#accounts.as(ghost.userId);
  }

  async notice(user: MatrixUserId, id: string, text: NoticeText): Promise<undefined | Failed> {
    const room = await this.#management.room(user);
    if (room.kind === 'failed') return room;
    const failed = await this.#line(room.room, id, text);
    if (failed?.reason !== 'forbidden') return failed;
    await this.#management.forget(user, room.room);
    const another = await this.#management.room(user);
    return another.kind === 'failed' ? another : this.#line(another.room, id, text);
  }

  async #line(room: RoomId, id: string, text: NoticeText): Promise<undefined | Failed> {
    const formatted =
      text.html === undefined ? {} : { format: 'org.matrix.custom.html', formatted_body: text.html };
    const sent = await this.#sender.send({
      room,
      as: this.#management.as,
      type: 'm.room.message',
      content: { msgtype: 'm.notice', body: text.plain, ...formatted, 'm.mentions': {} },
      cause: id,
      part: 'notice',
    });
    return sent.kind === 'failed' ? sent : undefined;
  }

  #said(portal: Portal, status: MessageStatus): Said | undefined {
    switch (status.kind) {
      case 'outcome':
        return ended(status.outcome);
      case 'retrying':
        return { status: 'PENDING', reason: 'm.foreign_network_error', error: status.reason };
      case 'waiting-for-key':
        return { status: 'PENDING', reason: 'com.beeper.undecryptable_event', error: 'no-key' };
      case 'undelivered':
        return { status: 'FAIL_RETRIABLE', reason: 'm.foreign_network_error', error: 'user-unavailable' };
      case 'delivered': {
        const ghost = this.#ghosts.userId(portal.key.network, status.to);
        return ghost === undefined ? undefined : { status: 'SUCCESS', delivered_to_users: [ghost] };
      }
    }
  }
}

/** What tells the statuses of one try of an event from those of the next. */
function attemptOf(status: MessageStatus): number {
  switch (status.kind) {
    case 'outcome':
      return status.endedAt;
    case 'retrying':
    case 'waiting-for-key':
      return status.since;
    case 'delivered':
    case 'undelivered':
      return 0;
  }
}

/** What clients are told. An empty `delivered_to_users` says that a delivery may be told later. */
interface Said {
  readonly status: 'SUCCESS' | 'PENDING' | 'FAIL_RETRIABLE' | 'FAIL_PERMANENT';
  readonly reason?: string;
  readonly error?: ReasonCode;
  readonly delivered_to_users?: readonly MatrixUserId[];
}

/** Reasons that say nothing against the message itself: sending it once more may help. */
const passing: ReadonlySet<ReasonCode> = new Set<ReasonCode>([
  'expired',
  'internal',
  'link-down',
  'media-unavailable',
  'no-key',
  'rate-limited',
  'timeout',
  'unreachable',
  'user-unavailable',
]);

function ended(outcome: Outcome): Said | undefined {
  switch (outcome.kind) {
    case 'sent':
      return { status: 'SUCCESS', delivered_to_users: [] };
    case 'ignored':
      return undefined;
    case 'blocked':
      return { status: 'FAIL_PERMANENT', reason: 'm.no_permission', error: 'rule' };
    case 'unsupported':
      return { status: 'FAIL_PERMANENT', reason: 'com.beeper.unsupported_event', error: outcome.reason };
    case 'failed': {
      const status = passing.has(outcome.reason) ? 'FAIL_RETRIABLE' : 'FAIL_PERMANENT';
      return { status, reason: code(outcome.reason), error: outcome.reason };
    }
  }
}

function code(reason: ReasonCode): string {
  switch (reason) {
    case 'forbidden':
    case 'not-permitted':
      return 'm.no_permission';
    case 'expired':
      return 'm.event_too_old';
    case 'link-down':
    case 'rate-limited':
    case 'timeout':
    case 'unreachable':
    case 'user-unavailable':
    case 'network-refused':
      return 'm.foreign_network_error';
    case 'no-encryption':
      return 'com.beeper.undecryptable_event';
    default:
      return 'm.event_not_handled';
  }
}
