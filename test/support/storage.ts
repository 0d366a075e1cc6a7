import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import {
  laneId,
  matrixEventId,
  matrixUserId,
  networkId,
  portalId,
  remoteChatId,
  remoteMessageId,
  remoteUserId,
  roomId,
} from '../../src/core/ids.ts';
import type { DirectIntent, DirectPortal, GroupPortal } from '../../src/core/portal.ts';
import type { KeptEvent, NewEvent, Settlement } from '../../src/core/stores.ts';
import type { Log } from '../../src/core/task.ts';
import { type StorageConfig, storageSchema } from '../../src/storage/config.ts';
import { openStorage, type Storage } from '../../src/storage/storage.ts';

export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** A kind of database that the suites run on. */
export interface Backend {
  readonly name: string;
  /** The configuration of a new, empty database. */
  config(): Promise<StorageConfig>;
  /** Removes all databases that were made. */
  clean(): Promise<void>;
}

export function sqliteBackend(): Backend {
  const directories: string[] = [];
  return {
    name: 'SQLite',
    config: async () => {
      const directory = await mkdtemp(join(tmpdir(), 'causeway-storage-'));
      directories.push(directory);
      return storageSchema.parse({ file: join(directory, 'test.db'), key: newKey() });
    },
    clean: async () => {
      for (const directory of directories) await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Databases on a PostgreSQL server whose superuser the address names. */
export function postgresBackend(url: string): Backend {
  const names: string[] = [];
  return {
    name: 'PostgreSQL',
    config: async () => {
      const name = `storage_${randomUUID().replaceAll('-', '')}`;
      await administer(url, `create database ${name}`);
      names.push(name);
      const own = new URL(url);
      own.pathname = `/${name}`;
      return storageSchema.parse({ url: own.href, key: newKey() });
    },
    clean: async () => {
      for (const name of names) await administer(url, `drop database ${name} with (force)`);
    },
  };
}

/** SQLite always; PostgreSQL too where CAUSEWAY_TEST_POSTGRES_URL names a server. */
export function backends(): readonly Backend[] {
  const url = process.env['CAUSEWAY_TEST_POSTGRES_URL'];
  return url === undefined ? [sqliteBackend()] : [sqliteBackend(), postgresBackend(url)];
}

/** Runs one statement on a PostgreSQL server. */
export async function administer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

export function newKey(): string {
  return randomBytes(32).toString('hex');
}

export function open(config: StorageConfig): Promise<Storage> {
  return openStorage(config, { log: silentLog, leaseTimes: { ttl: 600, renewal: 100 } });
}

let count = 0;
/** A number that was not there before, for names. */
export function unique(): number {
  count += 1;
  return count;
}

export const xmpp = networkId('xmpp');
export const alice = matrixUserId('@alice:example.org');
export const juliet = remoteUserId('juliet@example.net');

export function anEvent(over: Partial<NewEvent> = {}): NewEvent {
  const outerId = `$event${unique()}`;
  return { source: 'matrix', outerId, lane: laneId('lane'), payload: `payload of ${outerId}`, ...over };
}

export function aSettlement(seq: number, over: Partial<Settlement> = {}): Settlement {
  return {
    seq,
    outcome: { kind: 'sent' },
    attempts: 1,
    portal: undefined,
    report: false,
    message: undefined,
    alias: undefined,
    reactions: undefined,
    ...over,
  };
}

export function anIntent(over: Partial<DirectIntent> = {}): DirectIntent {
  const n = unique();
  return {
    kind: 'direct',
    id: portalId(`portal${n}`),
    key: { network: xmpp, chat: remoteChatId(`chat${n}@example.net`), receiver: alice },
    remote: juliet,
    room: undefined,
    ...over,
  };
}

export function aPortal(over: Partial<DirectPortal> = {}): DirectPortal {
  return { ...anIntent(), room: roomId(`!room${unique()}:example.org`), ...over };
}

export function aGroup(over: Partial<GroupPortal> = {}): GroupPortal {
  const n = unique();
  const key = { network: xmpp, chat: remoteChatId(`group${n}@example.net`), receiver: undefined };
  return { kind: 'group', id: portalId(`group${n}`), key, room: roomId(`!group${n}:example.org`), ...over };
}

export const eid = (name: string | number): ReturnType<typeof matrixEventId> => matrixEventId(`$${name}`);
export const mid = (name: string | number): ReturnType<typeof remoteMessageId> => remoteMessageId(`m${name}`);

/** Keeps one event that is new. */
export async function keepOne(storage: Storage, over: Partial<NewEvent> = {}): Promise<KeptEvent> {
  const [kept] = await storage.events.keep([anEvent(over)]);
  if (kept === undefined) throw new Error('the event was known');
  return kept;
}
