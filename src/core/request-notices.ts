/**
 * Tells users of requests in their management rooms: one line a request, edited as it grows and when it ends, at a bounded
 * rate. What comes in crowds is told of in one line for all of it. What is to be told is kept; a repeat shows once.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { MatrixEventId, MatrixUserId, NetworkId, RoomId } from './ids.ts';
import type { RunningNetwork } from './network.ts';
import type { Failed } from './outcome.ts';
import { cleanName } from './person-name.ts';
import type { MessageRequest, RequestCrowd, RequestNotice, RequestNoticeStore } from './request.ts';
import { serverIn } from './request.ts';
import type { Line } from './report.ts';
import { following } from './pages.ts';
import { Rounds } from './rounds.ts';
import type { Log } from './task.ts';

/** Lines in management rooms that can be changed afterwards. The same id shows once. */
export interface NoticeBoard {
  post(
    user: MatrixUserId,
    id: string,
    line: Line,
  ): Promise<{ readonly kind: 'posted'; readonly room: RoomId; readonly eventId: MatrixEventId } | Failed>;
  edit(room: RoomId, eventId: MatrixEventId, id: string, line: Line): Promise<undefined | Failed>;
}

/** What bounds the lines. Times in milliseconds. */
export interface NoticePace {
  /** A line is changed at most once in so long, and after that ever more seldom: so often as it is old. */
  readonly editEvery: number;
  /** The line for many is changed at least so often, where there is something new. */
  readonly crowdEvery: number;
  /** A line of its own has a request where no more than so many have one, of its server and of all. */
  readonly perServer: number;
  readonly perUser: number;
  /** Within this time they count also when they have ended. */
  readonly within: number;
  /** The line for many is written anew, where it grows, after so long. */
  readonly renewAfter: number;
}
export const usualPace: NoticePace = {
  ...{
    editEvery: 30_000,
    crowdEvery: 3_600_000,
    perServer: 5,
    perUser: 20,
    within: 3_600_000,
    renewAfter: 86_400_000,
  },
};

export interface RequestNoticesDeps {
  readonly log: Log;
  readonly store: RequestNoticeStore;
  readonly board: NoticeBoard;
  readonly network: (id: NetworkId) => Pick<RunningNetwork, 'directory'> | undefined;
  /** Whether a user may use the bridge: others are told nothing. */
  readonly permits: (user: MatrixUserId) => boolean;
  readonly line: (request: MessageRequest) => Promise<Line>;
  readonly crowdLine: (user: MatrixUserId, crowd: RequestCrowd) => Promise<Line>;
  /** A request has a line of its own now. */
  readonly posted?: () => void;
  readonly pace?: NoticePace;
  readonly now?: () => number;
}

const page = 100;
const again = 5_000;
/** How long a person's profile is waited for. */
const profileMs = 3_000;

export class RequestNotices implements AsyncDisposable {
  readonly #deps: RequestNoticesDeps;
  readonly #pace: NoticePace;
  readonly #now: () => number;
  readonly #rounds: Rounds;

  constructor(deps: RequestNoticesDeps) {
    this.#deps = deps;
    this.#pace = deps.pace ?? usualPace;
    this.#now = deps.now ?? Date.now;
    this.#rounds = new Rounds({ log: deps.log, name: 'request notices', round: () => this.tell() });
  }

  /** Something is to be told, now or from before a restart: it is told in the background. */
  poke(): void {
    this.#rounds.poke();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#rounds[Symbol.asyncDispose]();
  }

  /** Tells what is to be told; answers in how many milliseconds something is left to be, if anything. */
  async tell(): Promise<number | undefined> {
    const waits: number[] = [];
    const { store } = this.#deps;
    const untold = following(
      page,
      0,
      (after, limit) => store.untold(after, limit),
      ({ id }) => id,
    );
    for await (const request of untold) {
      if (this.#rounds.stop.aborted) return undefined;
      const wait = await this.#tellOf(request);
      if (wait !== undefined) waits.push(wait);
    }
    for (const user of await store.untoldCrowds()) {
      const wait = await this.#tellOfCrowd(user);
      if (wait !== undefined) waits.push(wait);
    }
    return waits.length === 0 ? undefined : Math.max(50, Math.min(...waits));
  }

  /** Undefined where it is told; else when it can be. */
  async #tellOf(request: MessageRequest): Promise<number | undefined> {
    const { store, permits } = this.#deps;
    const { notice, state, grouped } = request;
    if (!permits(request.user)) return done(store.told(request, notice));
    if (notice !== undefined) return this.#change(request, notice);
    if (grouped) return done(store.group(request));
    if (state !== 'open') return done(store.told(request, undefined));
    if (!(await this.#mayHaveItsOwn(request))) return done(store.group(request));
    return this.#post(request);
  }

  async #mayHaveItsOwn({ user, network, remote }: MessageRequest): Promise<boolean> {
    const { perServer, perUser, within } = this.#pace;
    const since = this.#now() - within;
    const { ofServer, ofAll } = await this.#deps.store.lines(user, network, serverIn(remote), since);
    return ofServer < perServer && ofAll < perUser;
  }

  async #post(request: MessageRequest): Promise<number | undefined> {
    const { board, store, line } = this.#deps;
    const shown = { ...request, ...(await this.#profile(request)) };
    const said = await line(shown);
    const posted = await board.post(request.user, `request/${request.id}/${request.since}`, said);
    if (posted.kind === 'failed') return this.#failed(posted, () => store.told(shown, undefined));
    const at = this.#now();
    const { room, eventId } = posted;
    await store.told(shown, { room, eventId, at, editedAt: at });
    this.#deps.posted?.();
    return undefined;
  }

  async #change(request: MessageRequest, notice: RequestNotice): Promise<number | undefined> {
    const { board, store, line } = this.#deps;
    const due = nextEdit(notice.at, notice.editedAt, this.#pace.editEvery) - this.#now();
    if (request.state === 'open' && due > 0) return due;
    const said = await line(request);
    const { id, since, state, held, dropped } = request;
    const name = `request/${id}/${since}/${state}/${held}/${dropped}`;
    const failed = await board.edit(notice.room, notice.eventId, name, said);
    const told = (): Promise<void> => store.told(request, { ...notice, editedAt: this.#now() });
    if (failed !== undefined) return this.#failed(failed, told);
    await told();
    return undefined;
  }

  async #tellOfCrowd(user: MatrixUserId): Promise<number | undefined> {
    const { board, store, crowdLine, permits } = this.#deps;
    const crowd = await store.crowd(user);
    const { count, notice } = crowd;
    if (!permits(user) || (count === 0 && notice === undefined))
      return done(store.toldCrowd(user, count, notice));
    const now = this.#now();
    const { editEvery, crowdEvery } = this.#pace;
    const next = notice === undefined ? now : nextEdit(notice.at, notice.editedAt, editEvery);
    const due = Math.min(next, (notice?.editedAt ?? now) + crowdEvery) - now;
    if (due > 0) return due;
    const line = await crowdLine(user, crowd);
    const isKnown = notice !== undefined && (count === 0 || now - notice.at < this.#pace.renewAfter);
    if (isKnown) {
      const name = `requests/${notice.eventId}/${count}/${notice.editedAt}`;
      const failed = await board.edit(notice.room, notice.eventId, name, line);
      const told = (): Promise<void> => store.toldCrowd(user, count, { ...notice, editedAt: now });
      if (failed !== undefined) return this.#failed(failed, told);
      return done(told());
    }
    const posted = await board.post(user, `requests/${user}/${notice?.eventId ?? 'first'}`, line);
    if (posted.kind === 'failed') return this.#failed(posted, () => store.toldCrowd(user, count, notice));
    const { room, eventId } = posted;
    await store.toldCrowd(user, count, { room, eventId, at: now, editedAt: now });
    return undefined;
  }

  /** What another try does not mend is not tried again. */
  async #failed(failed: Failed, giveUp: () => Promise<void>): Promise<number | undefined> {
    this.#deps.log.info({ err: failed.cause, reason: failed.reason }, 'a request was not told of');
    if (failed.retry.kind === 'later') return failed.retry.afterMs ?? again;
    await giveUp();
    return undefined;
  }

  async #profile({ network, remote }: MessageRequest): Promise<Pick<MessageRequest, 'name' | 'verified'>> {
    const directory = this.#deps.network(network)?.directory;
    const late = sleep(profileMs, undefined, { ref: false, signal: this.#rounds.stop }).catch(
      () => undefined,
    );
    const profile =
      directory === undefined ? undefined : await Promise.race([directory.profile(remote), late]);
    if (profile === undefined || 'kind' in profile) return { name: undefined, verified: false };
    const name = shownName(profile.name ?? '');
    return { name: name === '' || name === remote ? undefined : name, verified: profile.verified === true };
  }
}

/** When a line may be changed again: each time after as long as it has been there, so that what grows for weeks is no flood. */
export function nextEdit(at: number, editedAt: number, editEvery: number): number {
  return editedAt + Math.max(editEvery, editedAt - at);
}

/** A stranger's name, unless it holds what clients would make a link of. */
function shownName(name: string): string {
  const clean = cleanName(name);
  return /:\/\/|www\.|[\p{L}\p{N}-]\.[\p{L}]{2,}|[@#!$][^\s:]+:/u.test(clean) ? '' : clean;
}

async function done(told: Promise<void>): Promise<undefined> {
  await told;
}
