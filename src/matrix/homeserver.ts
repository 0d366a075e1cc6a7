import { setTimeout as sleep } from 'node:timers/promises';
import type { Router } from 'express';
import type { Homeserver, MatrixArrival, OpenedMatrixEvent } from '../core/homeserver.ts';
import { matrixUserId, parseMatrixUserId, type MatrixUserId, type RoomId } from '../core/ids.ts';
import type { Health, Reachable, RemoteProfile } from '../core/network.ts';
import type { Failed } from '../core/outcome.ts';
import type { Portal } from '../core/portal.ts';
import type { MatrixSignal } from '../core/signals.ts';
import type { Stores } from '../core/stores.ts';
import { task, type Log } from '../core/task.ts';
import { TokenBucket } from '../core/token-bucket.ts';
import { Accounts } from './accounts.ts';
import { appserviceRouter, type TransactionEvent } from './appservice.ts';
import { MatrixClient } from './client.ts';
import type { MatrixConfig } from './config.ts';
import { EventSender } from './event-sender.ts';
import { GhostIds, type GhostKey } from './ghost-id.ts';
import { Voices } from './ghost-voice.ts';
import { Ghosts } from './ghosts.ts';
import { makeGroupSide, type GroupOptions, type GroupSide } from './group-side.ts';
import { matrixHandlers } from './handlers.ts';
import { LinkMonitor } from './link-monitor.ts';
import { ManagementRooms } from './management.ts';
import { MediaRepository } from './media.ts';
import { Membership } from './membership.ts';
import { MissedEvents } from './missed-events.ts';
import { parseEvent, senderOf } from './parse-event.ts';
import { path } from './path.ts';
import { PeopleSide } from './people-side.ts';
import { nothingSaid } from './request.ts';
import { Reconciler } from './reconciler.ts';
import { MatrixReporter } from './reporter.ts';
import { DirectRooms } from './rooms.ts';
import { SignalSide } from './signal-side.ts';
import { TransactionNumbers } from './transaction-numbers.ts';
import type { VoiceRecoder } from './uploads.ts';

export interface HomeserverOptions {
  readonly config: MatrixConfig;
  readonly stores: Stores;
  readonly log: Log;
  readonly groups: GroupOptions;
  /** Keeps events in their order; resolves once they are durable. Called again for the same event after a crash or gap. */
  readonly keep: (arrivals: readonly MatrixArrival[]) => Promise<void>;
  /** Somebody asks for a ghost that may not exist: the profile of the person, where there can be such a person. */
  readonly ghostWanted: (key: GhostKey) => Promise<RemoteProfile | undefined>;
  /** Takes what users signal (typing, reading, presence); must not throw. */
  readonly signal: (signal: MatrixSignal) => void;
  /** How many requests for the presence of ghosts the homeserver gets in a second. */
  readonly presencePerSecond: number;
  /** A user has another name or picture than before. */
  readonly profileChanged: (user: MatrixUserId) => void;
  /** Called at each change of the link: waiting events are tried again at once when it is back. */
  readonly linkChanged: (health: Health) => void;
  /** Makes voice messages playable on Matrix; they go as they came where it is absent. */
  readonly recodeVoice?: VoiceRecoder;
}

/** The Matrix side as it runs. Disposal ends its connections and waits for what is under way. */
export interface RunningHomeserver extends Homeserver, AsyncDisposable {
  /** The routes that the homeserver calls; to be listening before `begin`. */
  readonly router: Router;
  readonly client: MatrixClient;
  readonly bot: MatrixUserId;
  readonly ghostIds: GhostIds;
  readonly ghosts: Ghosts;
  readonly management: ManagementRooms;
  readonly reconciler: Reconciler;
  readonly health: () => Health;
  /** Starts to watch the link; when the homeserver is there, the bot is made, the server pinged, the rooms brought in step. */
  begin(): void;
  /** Asks the homeserver to call the bridge (`/ping`), which also ends its back-off. */
  ping(): Promise<undefined | Failed>;
  /** Whether a Matrix user exists; permissions are not looked at here. */
  reachable(user: MatrixUserId): Promise<Exclude<Reachable, 'not-permitted'>>;
  displayName(user: MatrixUserId): Promise<string | undefined>;
  /** What people are called and look like. */
  readonly people: PeopleSide;
  readonly signals: Pick<SignalSide, 'upTo'>;
}

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
  readonly client: MatrixClient;
  readonly bot: MatrixUserId;
  readonly ghostIds: GhostIds;
  readonly ghosts: Ghosts;
  readonly management: ManagementRooms;
  readonly reconciler: Reconciler;
  readonly handlers: Homeserver['handlers'];
  readonly rooms: Homeserver['rooms'];
  readonly groupRooms: Homeserver['groupRooms'];
  readonly reporter: Homeserver['reporter'];
  readonly people: PeopleSide;
  readonly signals: SignalSide;
  readonly #options: HomeserverOptions;
  readonly #media: MediaRepository;
  readonly #groups: GroupSide;
  readonly #monitor: LinkMonitor;
  readonly #numbers: TransactionNumbers;
  readonly #sender: MatrixUserId;
  readonly #tasks = new Set<Promise<void>>();
  readonly #stop = new AbortController();

  constructor(options: HomeserverOptions) {
    const { config, stores, log, recodeVoice } = options;
    const { homeserver, appservice } = config;
    this.#options = options;
    this.bot = matrixUserId(`@${appservice.botLocalpart}:${homeserver.domain}`);
    this.#sender = matrixUserId(`@${appservice.senderLocalpart}:${homeserver.domain}`);
    this.ghostIds = new GhostIds(appservice.ghostPrefix, homeserver.domain);
    this.client = new MatrixClient({ ...homeserver, asToken: appservice.asToken, log });
    const accounts = new Accounts(this.client, appservice.deviceId);
    const membership = new Membership(this.client);
    const sender = new EventSender(this.client);
    const rooms = {
      ...config.rooms,
      version: config.rooms.version,
      onRoom: (room: RoomId) => this.reconciler.fresh(room),
    };
    const deviceName = appservice.botDisplayName;
    this.ghosts = new Ghosts(
      this.ghostIds,
      accounts,
      stores.ghosts,
      new TokenBucket(config.ghosts.perSecond, config.ghosts.burst),
      {
        displayName: config.ghosts.displayName,
        deviceName,
        onLost: (ghost) => stores.faces.forget(ghost),
      },
    );
    this.management = new ManagementRooms(accounts, membership, stores.users, {
      ...rooms,
      userId: this.bot,
      displayName: appservice.botDisplayName,
      deviceName,
    });
    this.#media = new MediaRepository(this.client, config.maxMediaBytes, this.management.as);
    this.people = this.#makePeople(accounts);
    this.#groups = makeGroupSide({
      ...{ client: this.client, stores, ghosts: this.ghosts, accounts, membership, bot: this.bot, rooms },
      ...{ management: this.management, media: this.#media, options: options.groups },
      bounds: { perRoom: config.rooms.ghostsPerRoom, perMinute: config.rooms.ghostsPerMinute },
    });
    const { info, succession } = this.#groups;
    this.groupRooms = this.#groups.rooms;
    const onFollowed = (portal: Portal): void => this.#background('a new room', () => this.#followed(portal));
    this.rooms = new DirectRooms(this.ghosts, accounts, membership, {
      ...{ ...rooms, info, succession, onFollowed },
    });
    this.reporter = new MatrixReporter(sender, this.ghosts, accounts, this.management, config.messageStatus);
    const voices = new Voices(this.client, sender, this.ghosts, accounts, membership, this.#groups.ghosts);
    this.signals = this.#makeSignals(accounts);
    this.handlers = this.#makeHandlers(voices, recodeVoice);
    this.reconciler = this.#makeReconciler(accounts);
    this.#numbers = this.#makeNumbers();
    this.#monitor = this.#makeMonitor();
    this.router = this.#makeRouter();
  }

  open(arrival: MatrixArrival, cause: string): OpenedMatrixEvent {
    const opened = parseEvent(arrival.raw, cause, {
      bot: this.bot,
      ghost: (userId) => this.ghostIds.key(userId),
      media: (source) => this.#media.described(source),
    });
    const author = opened.kind === 'unsupported' ? senderOf(arrival.raw) : undefined;
    return author === undefined || opened.kind !== 'unsupported' ? opened : { ...opened, user: author };
  }

  health = (): Health => this.client.state.health;

  begin(): void {
    this.client.state.onChange(this.#options.linkChanged);
    this.#monitor.start();
    this.#background('tell rooms of the bridge', () => this.#tellRooms());
  }

  async ping(): Promise<undefined | Failed> {
    const answer = await this.client.request({
      method: 'POST',
      path: path`/_matrix/client/v1/appservice/${this.#options.config.appservice.id}/ping`,
      body: {},
      attempts: 1,
    });
    if (answer.kind === 'failed') return answer;
    return 'duration_ms' in answer.body ? undefined : nothingSaid('how long the ping took');
  }

  reachable(user: MatrixUserId): Promise<Exclude<Reachable, 'not-permitted'>> {
    return this.people.profiles.reachable(user);
  }

  displayName(user: MatrixUserId): Promise<string | undefined> {
    return this.people.profiles.displayName(user);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.signals.stop();
    await this.#monitor[Symbol.asyncDispose]();
    await this.reconciler[Symbol.asyncDispose]();
    await this.client[Symbol.asyncDispose]();
    await Promise.all(this.#tasks);
  }

  #isOwn(userId: string): boolean {
    if (userId === this.bot || userId === this.#sender) return true;
    const parsed = parseMatrixUserId(userId);
    return parsed !== undefined && this.ghostIds.key(parsed) !== undefined;
  }

  /** What the bridge's own users did is known already: only what others did is kept. */
  async #keep(events: readonly TransactionEvent[]): Promise<void> {
    const arrivals = events.filter((event) => !this.#isOwn(event.sender)).map((event) => event.arrival);
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
      throw error;
    }
  }

  #makeHandlers(voices: Voices, recodeVoice: VoiceRecoder | undefined): Homeserver['handlers'] {
    const messages = matrixHandlers({
      ...{ voices, media: this.#media, reporter: this.reporter },
      ghostId: (network, remote) => this.ghostIds.userId({ network, remote }),
      ...(recodeVoice === undefined ? {} : { recodeVoice }),
    });
    return this.signals.handlers({ ...messages, ...this.#groups.handlers }, this.reporter);
  }

  #makeSignals(accounts: Accounts): SignalSide {
    const { signal, presencePerSecond, log } = this.#options;
    return new SignalSide({
      ...{
        client: this.client,
        ghosts: this.ghosts,
        bot: this.management.as,
        log,
        signal,
        presencePerSecond,
      },
      as: (user) => accounts.as(user),
      isOwn: (user) => this.#isOwn(user),
    });
  }

  #makePeople(accounts: Accounts): PeopleSide {
    const { config, stores, profileChanged: changed } = this.#options;
    return new PeopleSide({
      ...{
        client: this.client,
        media: this.#media,
        ghosts: this.ghosts,
        bot: this.management.as,
        stores,
        changed,
      },
      as: (user) => accounts.as(user),
      isOwn: (user) => this.#isOwn(user),
      limits: { maxBytes: config.ghosts.maxAvatarBytes, maxPixels: config.ghosts.maxAvatarPixels },
    });
  }

  async #userWanted(userId: MatrixUserId): Promise<boolean> {
    if (userId === this.bot) return (await this.management.ensureBot()) === undefined;
    const key = this.ghostIds.key(userId);
    const profile = key === undefined ? undefined : await this.#options.ghostWanted(key);
    if (key === undefined || profile === undefined) return false;
    return (await this.ghosts.ensure(key.network, key.remote, profile)).kind === 'ghost';
  }

  #gap(since: number): void {
    this.#numbers.failed();
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

  /** When the homeserver is there; what cannot be told now is told at the next start. */
  async #tellRooms(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted && this.health().kind !== 'up') {
      await sleep(1_000, undefined, { signal }).catch(() => undefined);
    }
    await this.#groups.info.sweep(signal);
  }

  async #followed(portal: Portal): Promise<void> {
    this.reconciler.entered(portal.room);
    await this.reconciler.ensure([portal.room], IN_STEP_MS);
    await this.#groups.info.refresh(portal, true);
  }

  #background(name: string, work: () => Promise<unknown>): void {
    const running = task(this.#options.log, name, work).finally(() => this.#tasks.delete(running));
    this.#tasks.add(running);
  }

  #makeReconciler(accounts: Accounts): Reconciler {
    const { config, stores, log } = this.#options;
    const missed = new MissedEvents(this.client, accounts, this.ghostIds, stores, this.management.as, {
      maxPages: config.reconcile.maxPages,
      maxAgeMs: config.reconcile.maxAgeHours * 3_600_000,
      log,
      isOwn: (user) => this.#isOwn(user),
      keep: (events) => this.#keep(events),
    });
    return new Reconciler(missed, { concurrency: config.reconcile.concurrency, log });
  }

  #makeNumbers(): TransactionNumbers {
    const { signal } = this.#stop;
    return new TransactionNumbers({
      fellBack: () => this.#gap(Date.now() - GAP_MARGIN_MS),
      skipped: (since) => {
        this.#options.log.info({}, 'a transaction is missing');
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
      { url, intervalMs, timeoutMs, log: this.#options.log },
      (since) => {
        this.#gap(since - margin);
        margin = GAP_MARGIN_MS;
      },
    );
  }

  #makeRouter(): Router {
    const { hsToken, maxTransactionBytes } = this.#options.config.appservice;
    return appserviceRouter({
      hsToken,
      maxTransactionBytes,
      isOwn: (sender) => this.#isOwn(sender),
      onTransaction: (events, id) => this.#transaction(events, id),
      onEphemeral: (ephemeral) => this.signals.take(ephemeral),
      onUserQuery: (userId) => this.#userWanted(userId),
      onPing: () => this.#options.log.debug({}, 'pinged by the homeserver'),
      log: this.#options.log,
    });
  }
}
