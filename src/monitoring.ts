import type { Router } from 'express';
import type { Meter } from './core/meter.ts';
import type { Health, RunningNetwork } from './core/network.ts';
import type { Spine } from './core/spine.ts';
import type { Log } from './core/task.ts';
import type { DatabaseWatch, EncryptionWatch, HomeserverWatch } from './core/watch.ts';
import type { EngineLoad } from './crypto/megolm/engine.ts';
import {
  assessBacklog,
  assessClock,
  assessDatabase,
  assessEncryption,
  assessHomeserver,
  assessLink,
  assessMedia,
  assessReached,
  assessToken,
  type Thresholds,
} from './http/assess.ts';
import { HealthBoard, type Judged } from './http/board.ts';
import { DatabaseVitals } from './http/database-vitals.ts';
import { EncryptionVitals } from './http/encryption-vitals.ts';
import { healthRouter } from './http/health.ts';
import { HomeserverVitals } from './http/homeserver-vitals.ts';
import type { RequestsSeen } from './http/request-gauges.ts';
import { LinkVitals } from './http/link-vitals.ts';
import { createMetrics, type Metrics } from './http/metrics.ts';
import type { Storage } from './storage/storage.ts';

/** What is watched of encryption. */
export interface EncryptionWatched {
  readonly load: () => EngineLoad;
  readonly watcher: { readonly up: boolean; readonly changedAt: number };
}

/** What is watched of a bridge that runs. */
export interface Watched {
  readonly storage: Pick<
    Storage,
    'events' | 'keyWaits' | 'portals' | 'ghosts' | 'users' | 'requests' | 'lost'
  >;
  /** How much may wait of strangers. */
  readonly requestLimits: RequestsSeen['limits'];
  readonly homeserverHealth: () => Health;
  readonly networks: ReadonlyMap<string, Pick<RunningNetwork, 'id' | 'health'>>;
  readonly load: Spine['load'];
  /** Absent where nothing is encrypted. */
  readonly encryption?: EncryptionWatched | undefined;
}

export interface MonitoringOptions {
  readonly version: string;
  readonly thresholds: Thresholds;
  readonly log: Log;
  readonly now?: () => number;
}

/** Health and metrics: the edges and the spine tell it what they do, and it tells who asks. */
export class Monitoring implements Disposable {
  readonly meter: Meter;
  readonly homeserver: HomeserverWatch;
  readonly database: DatabaseWatch;
  readonly encryption: EncryptionWatch;
  readonly metrics: Metrics = createMetrics();
  readonly #options: MonitoringOptions;
  readonly #now: () => number;
  readonly #homeserver: HomeserverVitals;
  readonly #database: DatabaseVitals;
  readonly #encryption: EncryptionVitals;
  readonly #links: LinkVitals;
  readonly #board: HealthBoard;
  #lastEnded: number;
  #watched: Watched | undefined;

  constructor(options: MonitoringOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#homeserver = new HomeserverVitals(this.#now);
    this.#database = new DatabaseVitals(this.#now);
    this.#encryption = new EncryptionVitals(this.#now);
    this.#links = new LinkVitals(this.#now, options.thresholds.flapWindow);
    this.#lastEnded = this.#now();
    this.#board = new HealthBoard(() => this.#judged(), options.log, this.#now);
    const { meter, homeserver, database, encryption } = this.metrics;
    this.meter = {
      ...meter,
      ended: (...ending) => {
        this.#lastEnded = this.#now();
        meter.ended(...ending);
      },
    };
    this.homeserver = bothOf(homeserver, this.#homeserver);
    this.encryption = {
      begin: (operation) => {
        const [counted, seen] = [encryption.begin(operation), this.#encryption.begin()];
        return (result) => {
          counted(result);
          seen(result);
        };
      },
    };
    this.database = {
      begin: (operation) => {
        const [counted, seen] = [database.begin(operation), this.#database.begin(operation)];
        return (result) => {
          counted(result);
          seen(result);
        };
      },
    };
  }

  /** To be told of every change of a link; the homeserver's is called `matrix`. */
  linkChanged(network: string, health: Health): void {
    this.metrics.linkChanged(network, health);
    this.#links.changed(network, health);
  }

  /** There is a bridge to be watched. To be called once. */
  watch(watched: Watched): void {
    this.#watched = watched;
    const { storage, homeserverHealth, networks, load, encryption, requestLimits: limits } = watched;
    this.metrics.gauge({
      backlogs: () => storage.events.backlogs(),
      waitingForKey: () => storage.keyWaits.count(),
      requests: { load: () => storage.requests.load(), limits },
      links: () => [
        { network: 'matrix', health: homeserverHealth() },
        ...Array.from(networks.values(), ({ id, health }) => ({ network: id, health: health() })),
      ],
      counts: async () => ({
        portals: await storage.portals.count(),
        ghosts: await storage.ghosts.count(),
        users: await storage.users.count(),
      }),
      load,
      parts: () => this.#board.parts,
      homeserver: this.#homeserver,
      encryption: encryption && (() => ({ ...encryption.load(), watches: encryption.watcher.up })),
      databaseWaits: () => this.#database.waiting,
      version: this.#options.version,
      now: this.#now,
    });
  }

  /** `/live`, `/ready` and, where it is wanted, `/metrics`. */
  routers(metrics: boolean): readonly Router[] {
    const health = healthRouter({
      parts: () => this.#board.look(),
      alive: () => ({
        sinceTurn: this.#now() - this.#board.turnedAt,
        databaseWaits: this.#database.waiting,
      }),
    });
    return metrics ? [health, this.metrics.router] : [health];
  }

  [Symbol.dispose](): void {
    this.#board[Symbol.dispose]();
  }

  #judged(): readonly Judged[] {
    if (this.#watched === undefined) return [];
    const { storage, homeserverHealth, networks } = this.#watched;
    const { thresholds } = this.#options;
    const now = this.#now;
    const seen = this.#homeserver;
    const database = this.#database;
    return [
      {
        name: 'database',
        assess: () => {
          const { lastWrite, lastFailure, speed, waiting } = database;
          const lost = storage.lost.aborted;
          return assessDatabase({ lost, lastWrite, lastFailure, speed, waiting }, thresholds, now());
        },
      },
      {
        name: 'homeserver',
        assess: () => {
          const { lastFailure, speed } = seen;
          return assessHomeserver({ health: homeserverHealth(), lastFailure, speed }, thresholds);
        },
      },
      { name: 'as-token', assess: () => assessToken(seen.token) },
      { name: 'reached', assess: () => assessReached(seen) },
      { name: 'clock', assess: () => assessClock(seen.clockOffset, thresholds) },
      { name: 'media', assess: () => assessMedia([seen.uploads, seen.downloads], now()) },
      ...this.#encryptionPart(),
      ...Array.from(networks.values(), ({ id, health }) => ({
        name: id,
        assess: () => assessLink(health(), this.#links.breaks(id), thresholds, now()),
      })),
      {
        name: 'backlog',
        assess: async () => {
          const { oldest } = await storage.events.backlog();
          return assessBacklog({ oldest, lastEnded: this.#lastEnded }, thresholds, now());
        },
      },
    ];
  }

  #encryptionPart(): readonly Judged[] {
    const watcher = this.#watched?.encryption?.watcher;
    if (watcher === undefined) return [];
    const { lastWell, lastFailure, waiting } = this.#encryption;
    const unwatched = watcher.up ? undefined : watcher.changedAt;
    const seen = { lastWell, lastFailure, waiting, unwatched };
    return [{ name: 'encryption', assess: () => assessEncryption(seen, this.#now()) }];
  }
}

function bothOf(one: HomeserverWatch, other: HomeserverWatch): HomeserverWatch {
  return {
    requested: (seen) => {
      one.requested(seen);
      other.requested(seen);
    },
    called: (call) => {
      one.called(call);
      other.called(call);
    },
    pinged: (result) => {
      one.pinged(result);
      other.pinged(result);
    },
  };
}
