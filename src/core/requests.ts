/**
 * Message requests: what strangers send is held out of its lane until its receiver accepts, and ends in silence where they
 * do not. A request and what is held of it change in one transaction; what is held has its place by its `seq`.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Blocker, HeldOf } from './blocker.ts';
import { notEnabled } from './door-rules.ts';
import type { MatrixEventId, LaneId, MatrixUserId, NetworkId, RemoteChatId, RemoteUserId } from './ids.ts';
import { networkLane } from './lane-name.ts';
import type { Failed } from './outcome.ts';
import { following } from './pages.ts';
import {
  isForIdentity,
  serverIn,
  type Holding,
  type MessageRequest,
  type RequestEnd,
  type RequestKey,
  type RequestLimits,
  type RequestState,
  type RequestStore,
} from './request.ts';
import type { EventStore, KeptEvent } from './stores.ts';
import { task, type Log } from './task.ts';

export interface RequestBookDeps {
  readonly log: Log;
  readonly store: RequestStore;
  readonly events: Pick<EventStore, 'pending'>;
  /** As they are now. */
  readonly limits: () => RequestLimits;
  /** How long a request stays open, in milliseconds. */
  readonly expireAfter: () => number;
  /** The networks whose requests are off now: what was held of them goes on. */
  readonly off: () => readonly NetworkId[];
  readonly blocker: Blocker;
  /** Whether what waits for an identity to be confirmed is to wait still; where absent, nothing waits for that. */
  readonly isInDoubt?: (key: RequestKey) => Promise<boolean>;
  /** Events of these lanes are pending again in the store. */
  readonly takeUp: (lanes: readonly LaneId[]) => void;
  /** Something of requests is to be told. */
  readonly changed: () => void;
  readonly now?: () => number;
  readonly sweepEvery?: number;
}

/** What became of an answer to a request. */
export type Answered =
  | { readonly kind: 'done'; readonly request: MessageRequest }
  /** It has this state already, or has ended. */
  | { readonly kind: 'over'; readonly request: MessageRequest }
  /** The user has to confirm the person's identity (`confirm`). */
  | { readonly kind: 'in-doubt'; readonly request: MessageRequest }
  | { readonly kind: 'unknown' }
  | Failed;
/** How a user can answer a request. */
export type RequestAnswer = 'accept' | 'decline' | 'block';

const page = 100;
const expiredRule = 'request-expired';

export class RequestBook implements HeldOf, AsyncDisposable {
  readonly #deps: RequestBookDeps;
  readonly #now: () => number;
  /** Lanes of which somebody is being let in just now. */
  readonly #accepting = new Map<LaneId, Promise<unknown>>();
  /** The lanes of direct chats in which something is held. */
  readonly #waiting = new Map<LaneId, RequestKey>();
  /** Lanes in which events were taken up: what is newer stands behind, until the lane has come to one of them. */
  readonly #takenUp = new Set<LaneId>();
  readonly #stop = new AbortController();
  #sweeping: Promise<void> | undefined;

  constructor(deps: RequestBookDeps) {
    this.#deps = deps;
    this.#now = deps.now ?? Date.now;
  }

  /**
   * Takes up what was held before, and lets go of it where requests are off now: before the lanes are resumed, and when that
   * may have changed.
   */
  async start(): Promise<void> {
    const { store } = this.#deps;
    const open = following(
      page,
      0,
      (after, limit) => store.open(after, limit),
      ({ id }) => id,
    );
    for await (const request of open) {
      this.#remember(request);
      if (await this.#isFree(request)) await this.#accept(request);
    }
  }

  /** Ends requests that are too old, now and again and again. */
  begin(): void {
    const { signal } = this.#stop;
    this.#sweeping ??= task(this.#deps.log, 'requests', async () => {
      while (!signal.aborted) {
        await this.sweep().catch((error: unknown) => {
          this.#deps.log.warn({ err: error }, 'requests could not be looked through');
        });
        await sleep(this.#deps.sweepEvery ?? 60_000, undefined, { signal }).catch(() => undefined);
      }
    });
  }

  async sweep(): Promise<void> {
    const { store, changed } = this.#deps;
    const expireAfter = this.#deps.expireAfter();
    // What came while requests were switched off may have been held all the same.
    if (this.#deps.off().length > 0) await this.start();
    const old = await store.openedBefore(this.#now() - expireAfter, page);
    for (const request of old) await this.#finish(request, 'expired', expiredRule);
    await store.forget(this.#now() - expireAfter);
    if (old.length > 0) changed();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#sweeping;
  }

  /** An event that the doors would have held leaves its lane. Where the answer is `accepted`, its lane is read again. */
  async hold(event: KeptEvent, key: RequestKey): Promise<Holding> {
    const { store, limits, takeUp, changed } = this.#deps;
    const { seq, attempts, payload } = event;
    const held = { key, seq, attempts: attempts + 1, size: payload.length, server: serverIn(key.remote) };
    const holding = await store.hold(held, limits(), this.#now());
    if (holding.kind === 'held') this.#remember(key);
    // It was confirmed meanwhile.
    if (holding.kind === 'held' && isForIdentity(key) && (await this.#isFree(key))) await this.#accept(key);
    if (holding.kind === 'accepted') takeUp([event.lane]);
    else changed();
    return holding;
  }

  /**
   * Whether older events of the lane have been taken up that this one would overtake. Its lane is then read again; it is
   * still pending.
   */
  async overtakes({ lane, seq }: KeptEvent): Promise<boolean> {
    await this.#accepting.get(lane);
    // A room came to be there in another way: what waited is let in before this.
    const waiting = this.#waiting.get(lane);
    if (waiting !== undefined && (!isForIdentity(waiting) || (await this.#isFree(waiting))))
      await this.#accept(waiting);
    if (!this.#takenUp.has(lane)) return false;
    const [head] = await this.#deps.events.pending(lane, 0, 1);
    if (head === undefined || head.seq >= seq) {
      this.#takenUp.delete(lane);
      return false;
    }
    this.#deps.takeUp([lane]);
    return true;
  }

  /** The content of what was blocked in silence is of no use to anybody. Never throws. */
  async wipe({ seq }: KeptEvent): Promise<void> {
    await this.#deps.store.wipe(seq).catch((error: unknown) => {
      this.#deps.log.warn({ err: error, seq }, 'what was blocked is erased later');
    });
  }

  /** A user wrote to a person, or asked for a chat with them: whatever they send is welcome from now on. */
  async welcome(key: RequestKey): Promise<void> {
    await this.#accept(key);
  }

  /** The same for a direct chat, where the user has not done so before. */
  async wrote(
    network: NetworkId,
    chat: RemoteChatId,
    user: MatrixUserId,
    remote: RemoteUserId,
  ): Promise<void> {
    const key: RequestKey = { network, chat, user, remote, kind: 'direct' };
    if ((await this.#deps.store.find(key))?.state !== 'accepted') await this.#accept(key);
  }

  /** What the user's people wrote whose identities are not in doubt any more goes on. */
  async confirmed(user: MatrixUserId): Promise<void> {
    for await (const request of this.#openOf(user))
      if (isForIdentity(request) && (await this.#isFree(request))) await this.#accept(request);
  }

  list(
    user: MatrixUserId,
    states: readonly RequestState[],
    after: number,
    limit: number,
  ): Promise<readonly MessageRequest[]> {
    return this.#deps.store.ofUser(user, states, after, limit);
  }

  /** How many wait for a user's answer. */
  async waiting(user: MatrixUserId): Promise<number> {
    return (await this.#deps.store.load(user)).requests;
  }

  get(user: MatrixUserId, number: number): Promise<MessageRequest | undefined> {
    return this.#deps.store.byNumber(user, number);
  }

  /** What is held of a request, in order. */
  held({ id }: MessageRequest, limit: number): Promise<readonly KeptEvent[]> {
    return this.#deps.store.events(id, limit);
  }

  /** A user's request by its number, or by the line that tells of it. */
  which(user: MatrixUserId, which: number | MatrixEventId): Promise<MessageRequest | undefined> {
    const { store } = this.#deps;
    return typeof which === 'number' ? store.byNumber(user, which) : store.byNotice(user, which);
  }

  /** A user answers a request by its number, or by the line that tells of it. May be repeated. */
  async answer(user: MatrixUserId, which: number | MatrixEventId, how: RequestAnswer): Promise<Answered> {
    const request = await this.which(user, which);
    if (request === undefined) return { kind: 'unknown' };
    switch (how) {
      case 'accept':
        if (request.state === 'accepted' || request.state === 'blocked') return { kind: 'over', request };
        if (isForIdentity(request) && !(await this.#isFree(request))) return { kind: 'in-doubt', request };
        await this.#accept(request);
        return { kind: 'done', request: { ...request, state: 'accepted' } };
      case 'decline':
        return this.#end(request, 'declined');
      case 'block': {
        const failed = await this.#deps.blocker.block(user, request.network, request.remote);
        return failed ?? this.#end(request, 'blocked');
      }
    }
  }

  /** Forgets that a request was declined or blocked: the next message makes a new one. */
  async restore(user: MatrixUserId, number: number): Promise<Answered> {
    const request = await this.get(user, number);
    if (request === undefined) return { kind: 'unknown' };
    const restored = await this.#deps.store.restore(request.id);
    return { kind: restored ? 'done' : 'over', request };
  }

  async blocked(user: MatrixUserId | undefined, network: NetworkId, remote: RemoteUserId): Promise<void> {
    for (const request of await this.#deps.store.from(network, remote, user)) {
      await this.#finish(request, 'blocked');
    }
    this.#deps.changed();
  }

  /** Nothing is held for a user any more: they are being erased. */
  async forget(user: MatrixUserId): Promise<void> {
    for (;;) {
      const open = await this.list(user, ['open'], 0, page);
      for (const request of open) await this.#finish(request, 'declined');
      if (open.length < page) return;
    }
  }

  /** The user cannot be reached on a network any more: what waits there ends. Who asked may ask again. */
  async unreachable(user: MatrixUserId, network: NetworkId): Promise<void> {
    for await (const request of this.#openOf(user))
      if (request.network === network) await this.#finish(request, 'expired', notEnabled(network));
    this.#deps.changed();
  }

  #openOf(user: MatrixUserId): AsyncGenerator<MessageRequest> {
    return following(
      page,
      0,
      (after, limit) => this.list(user, ['open'], after, limit),
      ({ number }) => number,
    );
  }

  async #end(request: MessageRequest, state: 'declined' | 'blocked'): Promise<Answered> {
    const ended = await this.#finish(request, state);
    if (ended === undefined) return { kind: 'over', request };
    this.#deps.changed();
    return { kind: 'done', request: ended };
  }

  async #finish(
    request: MessageRequest,
    state: RequestEnd,
    rule: string = state,
  ): Promise<MessageRequest | undefined> {
    const ended = await this.#deps.store.end(request.id, state, rule, this.#now());
    this.#waiting.delete(laneOf(request));
    return ended;
  }

  /** Whether nothing is to be held of this any more. */
  async #isFree(key: RequestKey): Promise<boolean> {
    if (isForIdentity(key)) return (await this.#deps.isInDoubt?.(key)) !== true;
    return this.#deps.off().includes(key.network);
  }

  #remember(key: RequestKey): void {
    if (isDirect(key)) this.#waiting.set(laneOf(key), key);
  }

  /** What comes to the lane meanwhile waits until it is known what stands before it. */
  async #accept(key: RequestKey): Promise<void> {
    const lane = laneOf(key);
    await this.#accepting.get(lane);
    const accepting = this.#deps.store.accept(key, this.#now());
    // Where the store cannot say whether it was written, it may have been.
    const flag = (): void => void this.#takenUp.add(lane);
    const over = accepting.then((taken) => (taken.lane === undefined ? undefined : flag()), flag);
    this.#accepting.set(lane, over);
    try {
      const { fresh } = await accepting;
      if (isDirect(key)) this.#waiting.delete(lane);
      if (fresh) this.#deps.changed();
    } finally {
      await over;
      if (this.#accepting.get(lane) === over) this.#accepting.delete(lane);
      if (this.#takenUp.has(lane)) this.#deps.takeUp([lane]);
    }
  }
}

function laneOf(key: RequestKey): LaneId {
  return networkLane(key.network, key.chat, isDirect(key) ? key.user : undefined);
}

function isDirect({ kind }: RequestKey): boolean {
  return kind === 'direct' || kind === 'identity';
}
