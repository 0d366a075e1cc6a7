import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Blocker } from '../../src/core/blocker.ts';
import { requestDoor } from '../../src/core/request-door.ts';
import type { RequestLimits } from '../../src/core/request.ts';
import { RequestBook, type RequestBookDeps } from '../../src/core/requests.ts';
import type { Reachable } from '../../src/core/network.ts';
import { storageSchema, type StorageConfig } from '../../src/storage/config.ts';
import type { Storage } from '../../src/storage/storage.ts';
import type { RigOptions } from './spine-rig-options.ts';
import { net, SpineRig } from './spine-rig.ts';
import { open } from './storage.ts';

export interface RequestRigOptions extends RigOptions {
  readonly requestLimits?: Partial<RequestLimits>;
  readonly blocker?: Blocker;
  readonly isOn?: boolean | (() => boolean);
  readonly isInDoubt?: RequestBookDeps['isInDoubt'];
  readonly receivers?: (user: string) => Reachable;
}

const usual: RequestLimits = { perRequest: 20, perUser: 100, perServer: 100, overall: 100, size: 1_000_000 };
export const expireAfter = 60_000;

/** A spine that holds first contacts, on a real database that outlives it. */
export class RequestRig implements AsyncDisposable {
  readonly #dir: string;
  readonly #config: StorageConfig;
  readonly #options: RequestRigOptions;
  #storage: Storage;
  #rig!: SpineRig;
  #book!: RequestBook;
  now = Date.now();
  /** All that reached Matrix, over all runs. */
  readonly delivered: string[] = [];

  private constructor(dir: string, config: StorageConfig, storage: Storage, options: RequestRigOptions) {
    this.#dir = dir;
    this.#config = config;
    this.#storage = storage;
    this.#options = options;
  }

  static async start(options: RequestRigOptions = {}): Promise<RequestRig> {
    const dir = await mkdtemp(join(tmpdir(), 'causeway-requests-'));
    const config = storageSchema.parse({
      file: join(dir, 'test.db'),
      key: '00'.repeat(32),
      synchronous: 'normal',
    });
    const rig = new RequestRig(dir, config, await open(config), options);
    await rig.#run();
    return rig;
  }

  get rig(): SpineRig {
    return this.#rig;
  }

  get book(): RequestBook {
    return this.#book;
  }

  get storage(): Storage {
    return this.#storage;
  }

  /** What has come to Matrix since the start of this run, as texts. */
  texts(): readonly string[] {
    return textsOf(this.#rig);
  }

  /** How much of the disk the database takes, with its log. */
  async diskBytes(): Promise<number> {
    const files = await readdir(this.#dir);
    const sizes = await Promise.all(files.map((file) => stat(join(this.#dir, file))));
    return sizes.reduce((sum, { size }) => sum + size, 0);
  }

  /** How many rows there are of events, and of requests. */
  async rows(): Promise<{ readonly events: number; readonly requests: number }> {
    await this.#end();
    const database = new Database(join(this.#dir, 'test.db'), { readonly: true });
    const count = (table: string): number =>
      database.prepare<[], { n: number }>(`select count(*) as n from ${table}`).get()?.n ?? 0;
    const found = { events: count('events'), requests: count('requests') };
    database.close();
    this.#storage = await open(this.#config);
    await this.#run();
    return found;
  }

  async restart(): Promise<void> {
    await this.#end();
    this.#storage = await open(this.#config);
    await this.#run();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
    await rm(this.#dir, { recursive: true, force: true });
  }

  async #end(): Promise<void> {
    await this.#book[Symbol.asyncDispose]();
    await this.#rig.stop();
    this.delivered.push(...textsOf(this.#rig));
    await this.#storage[Symbol.asyncDispose]();
  }

  async #run(): Promise<void> {
    const storage = this.#storage;
    const {
      requestLimits,
      blocker = { block: async () => undefined },
      isOn: on = true,
      receivers = () => 'yes',
    } = this.#options;
    const isOn = typeof on === 'boolean' ? () => on : on;
    this.#book = new RequestBook({
      ...{ log: { debug: quiet, info: quiet, warn: quiet, error: quiet }, blocker },
      expireAfter: () => expireAfter,
      ...{ store: storage.requests, events: storage.events, limits: () => ({ ...usual, ...requestLimits }) },
      off: () => (isOn() ? [] : [net]),
      takeUp: (lanes) => this.#rig.spine.takeUp(lanes),
      changed: quiet,
      ...(this.#options.isInDoubt === undefined ? {} : { isInDoubt: this.#options.isInDoubt }),
      now: () => this.now,
    });
    const door = requestDoor({
      ...{ store: storage.requests, portals: storage.portals, logins: storage.logins },
      network: () => this.#rig.network,
      isOn: () => isOn(),
      reachable: async (user) => receivers(user),
    });
    this.#rig = new SpineRig({
      ...this.#options,
      stores: storage,
      doors: [...(this.#options.doors ?? []), door],
      requests: this.#book,
    });
    await this.#book.start();
    await this.#rig.spine.start();
  }
}

function quiet(): void {
  // Nobody listens.
}

function textsOf(rig: SpineRig): readonly string[] {
  return rig.atMatrix.flatMap((event) =>
    event.kind === 'message' && event.content.kind === 'text' ? [event.content.text.plain] : [event.kind],
  );
}
