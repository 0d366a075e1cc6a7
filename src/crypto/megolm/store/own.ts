/**
 * What the bridge keeps in the same file for itself. Each write is on the disk when its promise resolves, and shares its
 * commit with the engine's.
 */
import { createHash } from 'node:crypto';
import type { Context } from './context.ts';
import { EngineStoreError } from './errors.ts';

/** Whether the key was free, or what it has. */
export type FirstResult = { readonly kind: 'stored' } | { readonly kind: 'present'; readonly value: string };

export interface OwnTables {
  /** A small value; undefined where there is none. Reads see what was committed. */
  get(key: string): string | undefined;
  put(key: string, value: string): Promise<void>;
  remove(key: string): Promise<void>;
  /**
   * Keeps the value unless the key has one, and answers which: what replays are told by, with (device, room, session,
   * index) as key and the event's id as value. Of the key only a hash is kept. `at` is milliseconds since the epoch.
   */
  putIfAbsent(key: string, value: string, at: number): Promise<FirstResult>;
  /** Forgets what was kept by `putIfAbsent` before the time; answers how many those were. */
  prune(before: number): Promise<number>;
}

export function ownTables(context: Context): OwnTables {
  const { disk, commits } = context;
  const get = disk.prepare<{ value: string }>('select value from own where key = ?');
  const put = disk.prepare(
    'insert into own (key, value) values (?, ?) on conflict (key) do update set value = excluded.value',
  );
  const remove = disk.prepare('delete from own where key = ?');
  const first = disk.prepare<{ value: string }>('select value from firsts where key = ?');
  const putFirst = disk.prepare('insert into firsts (key, value, at) values (?, ?, ?)');
  const prune = disk.prepare('delete from firsts where at < ?');
  const write = async <T>(work: () => T): Promise<T> => {
    if (context.closed) throw new EngineStoreError('closed', `the crypto store ${disk.file} is closed`);
    return commits.write(work);
  };
  return {
    get: (key) => get.get(key)?.value,
    put: (key, value) => write(() => void put.run(key, value)),
    remove: (key) => write(() => void remove.run(key)),
    putIfAbsent: (key, value, at) =>
      write((): FirstResult => {
        const hash = createHash('sha256').update(key).digest();
        const before = first.get(hash);
        if (before !== undefined) return { kind: 'present', value: before.value };
        putFirst.run(hash, value, at);
        return { kind: 'stored' };
      }),
    prune: (before) => write(() => prune.run(before).changes),
  };
}
