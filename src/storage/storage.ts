/** Opens all that is kept. */
import type { ErasureStore } from '../core/erasures.ts';
import type { MatrixUserId } from '../core/ids.ts';
import type {
  EventStore,
  FaceStore,
  GhostStore,
  MessageStore,
  PortalStore,
  Settlement,
  Stores,
  UserStore,
} from '../core/stores.ts';
import type { RequestLoad } from '../core/request.ts';
import type { Log } from '../core/task.ts';
import type { DatabaseWatch } from '../core/watch.ts';
import { Activity } from './activity.ts';
import { SqlBlockStore } from './blocks.ts';
import { Cipher } from './cipher.ts';
import { CoherentCache } from './coherent-cache.ts';
import type { StorageConfig } from './config.ts';
import { Database, type DatabaseSettings } from './database.ts';
import { type LeaseHolder, StorageError, StorageUnavailableError } from './errors.ts';
import { SqlErasureStore } from './erasure.ts';
import { SqlEventStore } from './events.ts';
import { SqlExpiryStore } from './expiries.ts';
import { SqlFaceStore } from './faces.ts';
import { SqlGhostStore } from './ghosts.ts';
import { GroupCommit } from './group-commit.ts';
import { SqlGroupStore } from './groups.ts';
import { SqlIdentityStore } from './identities.ts';
import { checkKeys, compareKeys } from './key-check.ts';
import { countWaiting, SqlKeyWaits } from './key-waits.ts';
import { keyWaits } from './migrations/0009-key-waits.ts';
import { requests as requestTables } from './migrations/0013-requests.ts';
import { loginLists } from './migrations/0015-login-lists.ts';
import { SqlKeptEvents } from './kept-events.ts';
import { Lease, leaseHolder, type LeaseTimes, leaseTimes } from './lease.ts';
import { countUnfollowed, SqlLoginListStore } from './login-lists.ts';
import { SqlLoginStore } from './logins.ts';
import { type MessageCache, SqlMessageStore, touchedBy } from './messages.ts';
import { migrate, prepare, schemaVersion } from './migrations.ts';
import { SqlNetworkRecords } from './network-records.ts';
import { SqlPolicyListStore } from './policy-lists.ts';
import { SqlPortalStore } from './portals.ts';
import { SqlPuppetStore } from './puppets.ts';
import { requestLoad } from './request-load.ts';
import { SqlRequestStore } from './requests.ts';
import { SqlSpaceStore } from './spaces.ts';
import { SqlTieStore } from './ties.ts';
import { SqlReachStore } from './reach.ts';
import { Retention } from './retention.ts';
import { SqlRuleStore } from './rules.ts';
import { SqlSignalStore } from './signal.ts';
import { settleAll } from './settlements.ts';
import { SqlUserStore } from './users.ts';

const messageCacheSize = 8_000;

/** What opening the storage can be given besides its configuration. */
export interface StorageOptions {
  readonly log: Log;
  readonly leaseTimes?: LeaseTimes;
  /** Is told of every call to the database. */
  readonly watch?: DatabaseWatch;
}

/** All stores on one open database, held by this process alone. Disposal waits for the writes and releases the lease. */
export class Storage implements Stores, AsyncDisposable {
  readonly events: EventStore;
  readonly messages: MessageStore;
  readonly portals: PortalStore;
  readonly groups: SqlGroupStore;
  readonly ghosts: GhostStore;
  readonly faces: FaceStore;
  readonly users: UserStore;
  readonly logins: SqlLoginStore;
  readonly keyWaits: SqlKeyWaits;
  readonly puppets: SqlPuppetStore;
  readonly spaces: SqlSpaceStore;
  readonly ties: SqlTieStore;
  readonly reach: SqlReachStore;
  readonly rules: SqlRuleStore;
  readonly kept: SqlKeptEvents;
  readonly blocks: SqlBlockStore;
  readonly policyLists: SqlPolicyListStore;
  readonly loginLists: SqlLoginListStore;
  readonly requests: SqlRequestStore;
  readonly expiries: SqlExpiryStore;
  readonly identities: SqlIdentityStore;
  readonly signal: SqlSignalStore;
  readonly networkRecords: SqlNetworkRecords;
  readonly erasures: ErasureStore;
  readonly #database: Database;
  readonly #lease: Lease;
  readonly #commit: GroupCommit;
  readonly #activity = new Activity();

  constructor(database: Database, lease: Lease, cipher: Cipher, log: Log) {
    this.#database = database;
    this.#lease = lease;
    const commit = new GroupCommit(
      (work) =>
        database.transaction(async (sql) => {
          await lease.check(sql);
          return work(sql);
        }),
      log,
    );
    this.#commit = commit;
    const cache: MessageCache = new CoherentCache(messageCacheSize);
    const settle = coherently(
      commit.batched((sql, settlements: readonly Settlement[]) =>
        settleAll(sql, settlements, this.#activity),
      ),
      cache,
    );
    this.events = new SqlEventStore({ database, commit, cipher, settle });
    this.keyWaits = new SqlKeyWaits({ database, commit, cipher });
    this.messages = new SqlMessageStore(database, cache);
    const groups = new SqlGroupStore(database, commit, cipher);
    this.groups = groups;
    this.portals = new SqlPortalStore(database, commit, this.#activity, () => {
      cache.clear();
      groups.forget();
    });
    this.ghosts = new SqlGhostStore(database, commit);
    this.faces = new SqlFaceStore(database, commit);
    const users = new SqlUserStore(database, commit);
    this.users = users;
    this.logins = new SqlLoginStore(database, commit, cipher);
    const puppets = new SqlPuppetStore(database, commit, cipher);
    this.puppets = puppets;
    this.spaces = new SqlSpaceStore(database, commit);
    this.ties = new SqlTieStore(database, commit);
    this.reach = new SqlReachStore(database, commit);
    this.rules = new SqlRuleStore(database, commit);
    this.kept = new SqlKeptEvents(database, cipher);
    this.blocks = new SqlBlockStore(database, commit);
    this.policyLists = new SqlPolicyListStore(database, commit);
    this.loginLists = new SqlLoginListStore(database, commit);
    this.requests = new SqlRequestStore({ database, commit, cipher, changed: () => users.refresh() });
    this.expiries = new SqlExpiryStore(database, commit);
    this.identities = new SqlIdentityStore(database, commit);
    this.signal = new SqlSignalStore({ database, commit, cipher });
    this.networkRecords = new SqlNetworkRecords({ database, commit, cipher });
    const forget = (): void => {
      users.refresh();
      cache.clear();
      groups.forget();
      puppets.refresh();
      this.logins.refresh();
      this.identities.refresh();
    };
    const disown = (user: MatrixUserId): Promise<void> => this.rules.forgetAuthor(user);
    this.erasures = new SqlErasureStore({ database, commit, cipher, forget, disown });
  }

  /** Rises with every process that takes the database. */
  fence(): number {
    return this.#lease.fence;
  }

  /** Aborted when another process has taken the database: this one is to stop, it can write nothing more. */
  get lost(): AbortSignal {
    return this.#lease.lost;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#activity.stale && !this.lost.aborted) {
      await this.#commit.write((sql) => this.#activity.flush(sql)).catch(() => undefined);
    }
    await this.#commit.close();
    await this.#lease[Symbol.asyncDispose]();
    await this.#database[Symbol.asyncDispose]();
  }
}

/**
 * Opens the database, takes the lease, brings the schema up to date and checks the keys. Throws a `StorageError` that
 * says what is wrong (`LeaseHeldError` where another process is at work); nothing stays open then.
 */
export async function openStorage(config: StorageConfig, options: StorageOptions): Promise<Storage> {
  const { log } = options;
  const cipher = new Cipher([config.key, ...config.oldKeys]);
  await using stack = new AsyncDisposableStack();
  const database = stack.use(new Database(settingsOf(config), options.watch));
  await explained(config, () => prepare(database));
  const lease = stack.use(await Lease.acquire(database, log, options.leaseTimes ?? leaseTimes));
  const fenced: Parameters<typeof migrate>[1] = (sql) => lease.check(sql);
  await migrate(database, fenced);
  await checkKeys(database, cipher, fenced);
  const storage = new Storage(database, lease, cipher, log);
  await storage.puppets.reseal();
  await storage.groups.reseal();
  await storage.signal.reseal();
  await storage.networkRecords.reseal();
  stack.move();
  return storage;
}

/** Starts to erase and forget as configured. To be disposed of before the storage. */
export function startRetention(storage: Storage, config: StorageConfig, log: Log): Retention {
  return new Retention(storage.events, config, log);
}

/** What can be seen of a database without owning it. */
export interface DatabaseReport {
  readonly dialect: 'sqlite' | 'postgres';
  readonly schema: number;
  readonly holder: LeaseHolder | undefined;
  /** How many encrypted events wait for their keys. */
  readonly waitingForKey: number;
  /** How many linked accounts of each network have lists of blocked people that could be followed and are not. */
  readonly unfollowed: readonly { readonly network: string; readonly count: number }[];
  /** What waits of strangers. */
  readonly requests: RequestLoad;
}

/** Looks at the database without taking it, for a check of the installation. Throws a `StorageError` that says why not. */
export async function inspectStorage(config: StorageConfig): Promise<DatabaseReport> {
  await using database = new Database(settingsOf(config));
  await explained(config, () => prepare(database));
  const schema = await schemaVersion(database);
  if (schema > 0) await compareKeys(database, new Cipher([config.key, ...config.oldKeys]));
  const waitingForKey = schema < keyWaits.version ? 0 : await countWaiting(database);
  const unfollowed = schema < loginLists.version ? [] : await countUnfollowed(database);
  const requests =
    schema < requestTables.version
      ? { requests: 0, events: 0, size: 0 }
      : await requestLoad(database, undefined);
  return {
    dialect: database.dialect,
    schema,
    holder: await leaseHolder(database),
    ...{ waitingForKey, unfollowed, requests },
  };
}

function settingsOf(config: StorageConfig): DatabaseSettings {
  return config.url === undefined
    ? { kind: 'sqlite', file: config.file, synchronous: config.synchronous }
    : { kind: 'postgres', url: config.url, pool: config.pool };
}

/** Adds to a failed first contact which database it was; never the password. */
async function explained(config: StorageConfig, contact: () => Promise<void>): Promise<void> {
  try {
    await contact();
  } catch (error) {
    if (!(error instanceof StorageError) || (error.code !== 'failed' && error.code !== 'unavailable'))
      throw error;
    const { driverCode } = error;
    const message = `the database ${placeOf(config)} cannot be used (${driverCode ?? error.message})`;
    const busy = config.url !== undefined || driverCode?.startsWith('SQLITE_BUSY') === true;
    throw error.code === 'unavailable' && busy
      ? new StorageUnavailableError(message, driverCode)
      : new StorageError('cannot-open', message, driverCode);
  }
}

function placeOf(config: StorageConfig): string {
  if (config.url === undefined) return config.file;
  const { hostname, port, pathname } = new URL(config.url);
  return `${pathname.slice(1)} at ${hostname}:${port === '' ? '5432' : port}`;
}

/** Settles, and drops what the settlement may have changed from the cache, whether it succeeded or not. */
function coherently(
  settle: (settlement: Settlement) => Promise<undefined>,
  cache: MessageCache,
): (settlement: Settlement) => Promise<void> {
  return async (settlement) => {
    try {
      await settle(settlement);
    } finally {
      cache.drop(touchedBy(settlement));
    }
  };
}
