import type { MatrixUserId, NetworkId, RemoteUserId } from '../core/ids.ts';
import { failedForGood, failedForNow, type Failed } from '../core/outcome.ts';
import { cleanName } from '../core/person-name.ts';
import type { GhostRecord, GhostStore } from '../core/stores.ts';
import type { TokenBucket } from '../core/token-bucket.ts';
import type { Accounts } from './accounts.ts';
import { cleanLine } from './clean-text.ts';
import type { GhostIds } from './ghost-id.ts';

/** A ghost that can speak. */
export interface Ghost {
  readonly kind: 'ghost';
  readonly userId: MatrixUserId;
}

/** What is known of the person: `undefined` where nothing is, which changes nothing. */
export interface GhostProfile {
  readonly name: string | undefined;
}

export interface GhostOptions {
  /** What ghosts are called, with `{name}`, `{id}` and `{network}`. */
  readonly displayName: string;
  readonly deviceName: string;
  /** Called before a ghost that the homeserver has lost is made again. */
  readonly onLost?: (userId: MatrixUserId) => Promise<void>;
}

const MAX_CACHED = 20_000;
/** Homeservers take 256 characters; lists of members show far fewer. */
const MAX_NAME = 128;
const userFallback = '?';

/** Makes the accounts that stand for remote users, and keeps their names in step. */
export class Ghosts {
  readonly #ids: GhostIds;
  readonly #accounts: Accounts;
  readonly #store: GhostStore;
  readonly #rate: TokenBucket;
  readonly #options: GhostOptions;
  /** Ghosts that are known to exist, by the name that they have; the last used last. */
  readonly #known = new Map<MatrixUserId, string | undefined>();
  readonly #making = new Map<MatrixUserId, Promise<Ghost | Failed>>();

  constructor(
    ids: GhostIds,
    accounts: Accounts,
    store: GhostStore,
    rate: TokenBucket,
    options: GhostOptions,
  ) {
    this.#ids = ids;
    this.#accounts = accounts;
    this.#store = store;
    this.#rate = rate;
    this.#options = options;
  }

  /** The ghost of a remote user, made or renamed where need be; without a request where all is known to be as it should. */
  async ensure(network: NetworkId, remote: RemoteUserId, profile?: GhostProfile): Promise<Ghost | Failed> {
    const userId = this.#ids.userId({ network, remote });
    if (userId === undefined)
      return failedForGood('too-long', new Error('the ghost of this id would exceed 255 bytes'));
    const name = this.#nameOf(network, remote, profile);
    if (this.#known.has(userId)) {
      const current = this.#known.get(userId);
      this.#remember(userId, current);
      if (profile?.name === undefined || current === name) return { kind: 'ghost', userId };
    }
    const before = this.#making.get(userId) ?? Promise.resolve();
    const making = before
      .catch(() => undefined)
      .then(() => this.#make(userId, network, remote, name, profile));
    this.#making.set(userId, making);
    try {
      return await making;
    } finally {
      if (this.#making.get(userId) === making) this.#making.delete(userId);
    }
  }

  /** The ghost of a Matrix user ID that is known to be one. */
  userId(network: NetworkId, remote: RemoteUserId): MatrixUserId | undefined {
    return this.#ids.userId({ network, remote });
  }

  /** Makes the account again although it is recorded: for a homeserver that has lost it. */
  async remake(network: NetworkId, remote: RemoteUserId): Promise<Ghost | Failed> {
    const userId = this.#ids.userId({ network, remote });
    if (userId === undefined) return failedForGood('too-long');
    this.#known.delete(userId);
    await this.#options.onLost?.(userId);
    const made = await this.#accounts.make(userId, this.#options.deviceName);
    if (made !== undefined) return made;
    const record = await this.#store.get(userId);
    const name = record?.name ?? this.#nameOf(network, remote, undefined);
    return (
      (await this.#named({ userId, network, remote, name: undefined }, name)) ?? { kind: 'ghost', userId }
    );
  }

  async #make(
    userId: MatrixUserId,
    network: NetworkId,
    remote: RemoteUserId,
    name: string,
    profile: GhostProfile | undefined,
  ): Promise<Ghost | Failed> {
    let record = await this.#store.get(userId);
    if (record === undefined) {
      const wait = this.#rate.take();
      if (wait > 0) return failedForNow('rate-limited', undefined, wait);
      const made = await this.#accounts.make(userId, this.#options.deviceName);
      if (made !== undefined) return made;
      record = { userId, network, remote, name: undefined };
      await this.#store.put(record);
    }
    if (record.name === undefined || (profile?.name !== undefined && record.name !== name)) {
      const failed = await this.#named(record, name);
      if (failed !== undefined) return failed;
    } else this.#remember(userId, record.name);
    return { kind: 'ghost', userId };
  }

  async #named(record: GhostRecord, name: string): Promise<undefined | Failed> {
    const renamed = await this.#accounts.rename(record.userId, name);
    if (renamed !== undefined) return renamed;
    await this.#store.put({ ...record, name });
    this.#remember(record.userId, name);
    return undefined;
  }

  #nameOf(network: NetworkId, remote: RemoteUserId, profile: GhostProfile | undefined): string {
    const said = cleanName(profile?.name ?? '');
    const values: Readonly<Record<string, string>> = {
      name: said === '' ? remote : said,
      id: remote,
      network,
    };
    const text = this.#options.displayName.replaceAll(
      /\{(name|id|network)\}/g,
      (_, key: string) => values[key] ?? '',
    );
    const shown = cleanLine(text, MAX_NAME);
    return shown === '' ? cleanLine(remote, MAX_NAME) || userFallback : shown;
  }

  #remember(userId: MatrixUserId, name: string | undefined): void {
    this.#known.delete(userId);
    this.#known.set(userId, name);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_CACHED && oldest !== undefined) this.#known.delete(oldest);
  }
}
