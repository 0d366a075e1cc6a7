import type { Expiry } from '../core/event.ts';
import type { RoomActs } from '../core/homeserver.ts';
import type { MatrixEventId } from '../core/ids.ts';
import type { Failed } from '../core/outcome.ts';
import { isBorrowed, type Portal } from '../core/portal.ts';
import { timerFields, timerIn, timerType } from './disappearing.ts';
import type { EventSender } from './event-sender.ts';
import { sameTimer } from '../core/timers.ts';
import { declining } from './parse-call.ts';
import type { Masquerade } from './request.ts';
import type { RoomStates } from './room-state.ts';

export interface RoomActsParts {
  readonly sender: Pick<EventSender, 'send' | 'redact'>;
  readonly states: Pick<RoomStates, 'get' | 'put'>;
  /** Who of the bridge's own is in a portal's room: the ghost of a direct chat, the bot in a group. */
  readonly as: (portal: Portal) => Masquerade | undefined;
}

/** What the bridge does of itself in the rooms of portals. */
export class MatrixRoomActs implements RoomActs {
  readonly #parts: RoomActsParts;

  constructor(parts: RoomActsParts) {
    this.#parts = parts;
  }

  async declineCall(
    portal: Portal,
    call: string,
    cause: string,
    signal: AbortSignal,
  ): Promise<undefined | Failed> {
    const as = this.#parts.as(portal);
    const answer = declining(call);
    if (as === undefined || answer === undefined) return undefined;
    const sent = await this.#parts.sender.send({
      ...{ room: portal.room, as, ...answer, cause, part: 'decline', signal },
    });
    return sent.kind === 'failed' ? sent : undefined;
  }

  async vanish(portal: Portal, eventId: MatrixEventId, cause: string): Promise<undefined | Failed> {
    const as = this.#parts.as(portal);
    if (as === undefined) return undefined;
    const part = `redact ${eventId}`;
    const done = await this.#parts.sender.redact({ room: portal.room, as, target: eventId, cause, part });
    return done.kind === 'failed' && done.reason !== 'unknown-target' ? done : undefined;
  }

  async showTimer(portal: Portal, expires: Expiry | undefined): Promise<undefined | Failed> {
    const { states, as: writer } = this.#parts;
    const as = writer(portal);
    // What such a room says is its people's.
    if (as === undefined || isBorrowed(portal)) return undefined;
    const there = await states.get(portal.room, timerType, '', as);
    if (there.kind === 'failed') return there.retry.kind === 'later' ? there : undefined;
    if (sameTimer(timerIn(there.content ?? {}), expires)) return undefined;
    const content = timerFields(expires);
    const failed = await states.put(portal.room, { type: timerType, key: '', content }, as);
    return failed?.retry.kind === 'later' ? failed : undefined;
  }
}
