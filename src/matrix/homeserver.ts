import { setTimeout as sleep } from 'node:timers/promises';
import type { Router } from 'express';
import type { RoomActs, Homeserver, MatrixArrival, OpenedMatrixEvent } from '../core/homeserver.ts';
import type { AliasDirectory } from '../core/group-aliases.ts';
import type { MatrixUserId } from '../core/ids.ts';
import type { Health, Reachable } from '../core/network.ts';
import type { Failed } from '../core/outcome.ts';
import type { DirectPortal, Portal } from '../core/portal.ts';
import type { Ignores } from '../core/puppet.ts';
import type { RequestRoomsSide } from '../core/request-room.ts';
import type { SpaceRooms } from '../core/spaces.ts';
import { Tasks } from '../core/tasks.ts';
import type { TieRooms } from '../core/tie.ts';
import { appserviceRouter, type TransactionEvent } from './appservice.ts';
import type { MatrixClient } from './client.ts';
import type { CryptoSide } from './crypto/crypto-side.ts';
import type { EventSender } from './event-sender.ts';
import type { GhostIds } from './ghost-id.ts';
import type { Ghosts } from './ghosts.ts';
import type { HomeserverOptions } from './homeserver-options.ts';
import { homeserverQueries } from './homeserver-queries.ts';
import { LinkMonitor } from './link-monitor.ts';
import type { ManagementRooms } from './management.ts';
import type { VerificationAsked } from './crypto/verifications.ts';
import { makeMatrixParts, type MatrixParts } from './matrix-parts.ts';
import { MissedEvents } from './missed-events.ts';
import { path } from './path.ts';
import type { PeopleSide } from './people-side.ts';
import type { PuppetSide } from './puppet-side.ts';
import { pingResult, ReachMonitor } from './reach-monitor.ts';
import { Reconciler } from './reconciler.ts';
import { nothingSaid } from './request.ts';
import { RoomTelling } from './room-telling.ts';
import type { RunningHomeserver } from './running-homeserver.ts';
import type { SignalSide } from './signal-side.ts';
import { TransactionNumbers } from './transaction-numbers.ts';

export type { RunningHomeserver } from './running-homeserver.ts';

/** How long events wait for what their room missed before them. */
const IN_STEP_MS = 10_000;
/** Events that were kept this long before a gap was noticed were surely kept before it; longer where the bridge was down. */
const GAP_MARGIN_MS = 60_000;
const START_MARGIN_MS = 600_000;

/** Puts the Matrix side together. Nothing is sent before `begin`. */
export function makeHomeserver(options: HomeserverOptions): RunningHomeserver {
  return new MatrixSide(options);
}

class MatrixSide implements RunningHomeserver {
  readonly router: Router;
  readonly reconciler: Reconciler;
  readonly #options: HomeserverOptions;
  readonly #parts: MatrixParts;
  readonly #telling: RoomTelling;
  readonly #monitor: LinkMonitor;
  readonly #reach: ReachMonitor;
  readonly #watch: Pick<HomeserverOptions, 'watch'>;
  #reached = false;
  readonly #numbers: TransactionNumbers;
  readonly #tasks: Tasks;
  readonly #stop = new AbortController();
  readonly entering: Homeserver['entering'] = (room, work) => this.reconciler.entering(room, work);

  constructor(options: HomeserverOptions) {
    this.#options = options;
    this.#tasks = new Tasks(options.log);
    this.#watch = options.watch === undefined ? {} : { watch: options.watch };
    this.#parts = makeMatrixParts(options, {
      onRoom: (room) => this.reconciler.fresh(room),
      onFollowed: (portal) => this.#background('a new room', () => this.#followed(portal)),
    });
    this.#telling = new RoomTelling(this.#parts.groups.info, () => this.health().kind === 'up');
    this.reconciler = this.#makeReconciler();
    this.#numbers = this.#makeNumbers();
    this.#monitor = this.#makeMonitor();
    this.#reach = this.#makeReach();
    this.router = this.#makeRouter();
  }

  get client(): MatrixClient {
    return this.#parts.client;
  }

  get bot(): MatrixUserId {
    return this.#parts.bot;
  }

  get ghostIds(): GhostIds {
    return this.#parts.ghostIds;
  }

  get ghosts(): Ghosts {
    return this.#parts.ghosts;
  }

  get management(): ManagementRooms {
    return this.#parts.management;
  }

  get handlers(): Homeserver['handlers'] {
    return this.#parts.handlers;
  }

  get acts(): RoomActs {
    return this.#parts.acts;
  }

  get rooms(): Homeserver['rooms'] {
    return this.#parts.rooms;
  }

  get groupRooms(): Homeserver['groupRooms'] {
    return this.#parts.groups.rooms;
  }

  get reporter(): Homeserver['reporter'] {
    return this.#parts.reporter;
  }

  get spaces(): SpaceRooms {
    return this.#parts.spaces;
  }

  get requestRooms(): RequestRoomsSide {
    return this.#parts.requestRooms;
  }

  get directory(): AliasDirectory {
    return this.#parts.directory;
  }

  get ties(): TieRooms {
    return this.#parts.groups.ties;
  }

  get people(): PeopleSide {
    return this.#parts.people;
  }

  get signals(): SignalSide {
    return this.#parts.signals;
  }

  get sender(): EventSender {
    return this.#parts.sender;
  }

  get crypto(): CryptoSide {
    return this.#parts.crypto;
  }

  get puppets(): PuppetSide {
    return this.#parts.puppets;
  }

  open(arrival: MatrixArrival, cause: string): Promise<OpenedMatrixEvent> {
    return this.#parts.opener.open(arrival, cause);
  }

  glance(arrival: MatrixArrival): OpenedMatrixEvent {
    return this.#parts.opener.glance(arrival);
  }

  cancelVerification(asked: VerificationAsked): Promise<undefined | Failed> {
    return this.#parts.verifications.cancel(asked);
  }

  health = (): Health => this.client.state.health;

  get ignores(): Ignores {
    return this.puppets.ignores;
  }

  begin(): void {
    this.client.state.onChange(this.#options.linkChanged);
    this.#monitor.start();
    this.tellRooms();
    this.#reach.start();
    this.crypto.begin();
  }

  tellRooms(): void {
    this.#background('tell rooms of the bridge', () => this.#telling.tell(this.#stop.signal));
  }

  async ping(): Promise<undefined | Failed> {
    const answer = await this.client.request({
      method: 'POST',
      path: path`/_matrix/client/v1/appservice/${this.#options.config.appservice.id}/ping`,
      body: {},
      attempts: 1,
    });
    const failed = answer.kind === 'failed' ? answer : undefined;
    const problem =
      answer.kind === 'failed' || 'duration_ms' in answer.body
        ? failed
        : nothingSaid('how long the ping took');
    const result = pingResult(problem);
    this.#reached = result === 'ok' || result === 'no-such-request';
    this.#watch.watch?.pinged(result);
    return problem;
  }

  reachable(user: MatrixUserId): Promise<Exclude<Reachable, 'not-permitted'>> {
    return this.people.profiles.reachable(user);
  }

  hasJoined(portal: DirectPortal): Promise<boolean | Failed> {
    return this.#parts.rooms.hasUser(portal);
  }

  displayName(user: MatrixUserId): Promise<string | undefined> {
    return this.people.profiles.displayName(user);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.signals.stop();
    await this.#monitor[Symbol.asyncDispose]();
    await this.#reach[Symbol.asyncDispose]();
    await this.reconciler[Symbol.asyncDispose]();
    await this.crypto[Symbol.asyncDispose]();
    await this.client[Symbol.asyncDispose]();
    await this.#tasks.done();
  }

  /** What the bridge's own users did is known already: only what others did is kept. */
  async #keep(events: readonly TransactionEvent[]): Promise<void> {
    const arrivals = events.filter((event) => !this.#parts.isOwn(event.sender)).map((event) => event.arrival);
    if (arrivals.length > 0) await this.#options.keep(arrivals);
  }

  async #transaction(events: readonly TransactionEvent[], id: string): Promise<void> {
    this.#numbers.take(id);
    this.people.follow(events.map((event) => event.arrival.raw));
    await this.reconciler.ensure(
      events.map((event) => event.arrival.room),
      IN_STEP_MS,
    );
    try {
      await this.#keep(events);
    } catch (error) {
      this.#numbers.failed();
      // What it told of rooms comes again, in whatever order.
      this.crypto.book.forgetAll();
      throw error;
    }
  }

  #gap(since: number): void {
    this.#numbers.failed();
    this.crypto.book.forgetAll();
    this.reconciler.gap(since);
    this.#background('ping the homeserver', () => this.#wake());
  }

  /** The ping fails where the homeserver cannot reach the bridge yet: it is tried a few times. */
  async #wake(): Promise<void> {
    const { signal } = this.#stop;
    for (const pause of [0, 1_000, 3_000, 10_000]) {
      await sleep(pause, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      const problem = (await this.management.ensureBot()) ?? (await this.ping());
      if (problem === undefined) return;
      const fields = { reason: problem.reason, err: problem.cause };
      this.#options.log.warn(fields, 'the homeserver could not ping the bridge');
    }
  }

  async #followed(portal: Portal): Promise<void> {
    this.reconciler.entered(portal.room);
    await this.reconciler.ensure([portal.room], IN_STEP_MS);
    await this.#parts.groups.info.refresh(portal, true);
  }

  #background(name: string, work: () => Promise<unknown>): void {
    void this.#tasks.run(name, work);
  }

  #makeReconciler(): Reconciler {
    const { config, stores, log } = this.#options;
    const missed = new MissedEvents(
      this.client,
      this.#parts.accounts,
      this.ghostIds,
      stores,
      this.management.as,
      {
        maxPages: config.reconcile.maxPages,
        maxAgeMs: config.reconcile.maxAgeHours * 3_600_000,
        log,
        isOwn: (user) => this.#parts.isOwn(user),
        keep: (events) => this.#keep(events),
        shutOut: (portal) => this.#options.shutOut(portal),
        ...(this.#options.requestRooms && { requestRooms: this.#options.requestRooms }),
      },
    );
    return new Reconciler(missed, { concurrency: config.reconcile.concurrency, log });
  }

  #makeNumbers(): TransactionNumbers {
    const { signal } = this.#stop;
    return new TransactionNumbers({
      fellBack: () => this.#gap(Date.now() - GAP_MARGIN_MS),
      skipped: (since) => {
        this.#options.log.info({}, 'a transaction is missing');
        this.crypto.book.forgetAll();
        this.reconciler.gap(since - GAP_MARGIN_MS);
      },
      now: Date.now,
      later: (ms, then) =>
        this.#background('missing transaction', () =>
          sleep(ms, undefined, { signal }).then(then, () => undefined),
        ),
    });
  }

  #makeMonitor(): LinkMonitor {
    const { url, probeIntervalMs: intervalMs, requestTimeoutMs: timeoutMs } = this.#options.config.homeserver;
    let margin = START_MARGIN_MS;
    return new LinkMonitor(
      this.client.state,
      { url, intervalMs, timeoutMs, log: this.#options.log, ...this.#watch },
      (since) => {
        this.#gap(since - margin);
        margin = GAP_MARGIN_MS;
      },
    );
  }

  #makeReach(): ReachMonitor {
    return new ReachMonitor({
      ...{ ping: () => this.ping(), isReached: () => this.#reached },
      isUp: () => this.health().kind === 'up',
      intervalMs: this.#options.config.homeserver.pingIntervalMs,
      log: this.#options.log,
    });
  }

  #makeRouter(): Router {
    const { config, log } = this.#options;
    const { hsToken, maxTransactionBytes } = config.appservice;
    return appserviceRouter({
      ...{ hsToken, maxTransactionBytes, log, ...this.#watch },
      ...homeserverQueries(this.#options, this.#parts),
      onEvents: (events) => events.forEach((event) => this.crypto.book.take(event)),
      onTransaction: (events, id) => this.#transaction(events, id),
      onEphemeral: (ephemeral) => this.signals.take(ephemeral),
    });
  }
}
