import { failed, type SignalFailed } from './outcome.ts';
import type { Change, KeptRecord, Own, RecordKind, RecordName, SignalStore } from './store.ts';

/** One's own identity, as it is kept. */
export interface KeptIdentity {
  readonly generation: string;
  readonly value: string;
}

/** Reads what is kept and what was written to it; nothing of that is kept until the work has ended. */
export interface Draft {
  readonly identity: KeptIdentity;
  readonly now: number;
  get(kind: RecordKind, peer: string, name: string): Promise<string | undefined>;
  list(kind: RecordKind, peer: string, limit: number): Promise<readonly Omit<KeptRecord, 'at'>[]>;
  names(kind: RecordKind, peer: string, limit: number): Promise<readonly string[]>;
  put(kind: RecordKind, peer: string, name: string, value: string): void;
  delete(kind: RecordKind, peer: string, name: string): void;
}

/**
 * Runs the work and keeps all that it wrote in one transaction, before its result is answered. A result that is `failed`
 * keeps nothing, nor does work that throws. Two works that write the same records have to be kept in turn by the caller.
 */
export async function within<T extends { readonly kind: string }>(
  store: SignalStore,
  own: Own,
  now: number,
  work: (draft: Draft) => Promise<T | SignalFailed>,
): Promise<T | SignalFailed> {
  const [kept] = await store.list(own, { kind: 'identity', peer: '' }, 1);
  if (kept === undefined) return failed('no-identity');
  const identity = { generation: kept.name, value: kept.value };
  const changes = new Map<string, Change>();
  const result = await work(draftOf({ store, own, now, identity }, changes));
  if (result.kind === 'failed' || changes.size === 0) return result;
  const written = await store.commit(own, identity.generation, [...changes.values()]);
  return written ? result : failed('no-identity');
}

interface Base {
  readonly store: SignalStore;
  readonly own: Own;
  readonly now: number;
  readonly identity: KeptIdentity;
}

function draftOf({ store, own, now, identity }: Base, changes: Map<string, Change>): Draft {
  // What the work writes nobody else does meanwhile, so each record is read once.
  const read = new Map<string, string | undefined>();
  const change = (of: RecordName): Change | undefined => changes.get(keyOf(of));
  const added = (kind: RecordKind, peer: string): readonly Omit<KeptRecord, 'at'>[] =>
    [...changes.values()].flatMap((one) =>
      one.kind === 'put' && one.of.kind === kind && one.of.peer === peer
        ? [{ name: one.of.name, value: one.value }]
        : [],
    );
  return {
    identity,
    now,
    get: async (kind, peer, name) => {
      const of = { kind, peer, name };
      const mine = change(of);
      if (mine !== undefined) return mine.kind === 'put' ? mine.value : undefined;
      const key = keyOf(of);
      if (read.has(key)) return read.get(key);
      const value = (await store.get(own, of))?.value;
      read.set(key, value);
      return value;
    },
    list: async (kind, peer, limit) => {
      const kept = await store.list(own, { kind, peer }, limit + changes.size);
      const left = kept.filter(({ name }) => change({ kind, peer, name }) === undefined);
      return [...left, ...added(kind, peer)].slice(0, limit);
    },
    names: async (kind, peer, limit) => {
      const kept = await store.names(own, { kind, peer }, limit + changes.size);
      const left = kept.filter((name) => change({ kind, peer, name }) === undefined);
      return [...left, ...added(kind, peer).map(({ name }) => name)].slice(0, limit);
    },
    put: (kind, peer, name, value) => {
      const of = { kind, peer, name };
      changes.set(keyOf(of), { kind: 'put', of, value, at: now });
    },
    delete: (kind, peer, name) => {
      const of = { kind, peer, name };
      changes.set(keyOf(of), { kind: 'delete', of });
    },
  };
}

function keyOf({ kind, peer, name }: RecordName): string {
  return JSON.stringify([kind, peer, name]);
}
