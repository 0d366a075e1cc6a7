import type { NetworkId } from '../../src/core/ids.ts';
import {
  checkChanges,
  type Expectation,
  type NetworkRecord,
  type NetworkRecords,
  type RecordChange,
  type RecordName,
} from '../../src/core/network-records.ts';

type Own = Omit<RecordName, 'name'>;
type Row = NetworkRecord & { readonly network: NetworkId; readonly of: RecordName };
type Step = 'get' | 'list' | 'count' | 'owners' | 'commit' | 'sweep';

/**
 * What networks keep, in memory. `before` and `after` are called around each step, and may throw or wait: what throws in
 * `before` has not been written, in `after` it has.
 */
export class MemoryRecords implements NetworkRecords {
  rows = new Map<string, Row>();
  before: (step: Step, changes: readonly RecordChange[]) => Promise<void> | void = () => undefined;
  after: (step: Step, changes: readonly RecordChange[]) => Promise<void> | void = () => undefined;
  #seq = 0;
  #turn: Promise<unknown> = Promise.resolve();

  get(network: NetworkId, of: RecordName): Promise<NetworkRecord | undefined> {
    return this.#step('get', () => {
      const row = this.rows.get(keyOf(network, of));
      return row && recordOf(row);
    });
  }

  list(
    network: NetworkId,
    of: Own,
    { after = 0, limit }: { readonly after?: number; readonly limit: number },
  ): Promise<readonly NetworkRecord[]> {
    return this.#step('list', () =>
      this.#of(network, of)
        .filter(({ seq }) => seq > after)
        .toSorted((one, other) => one.seq - other.seq)
        .slice(0, limit)
        .map(recordOf),
    );
  }

  count(network: NetworkId, of: Own): Promise<number> {
    return this.#step('count', () => this.#of(network, of).length);
  }

  owners(
    network: NetworkId,
    collection: string,
    { after, limit }: { readonly after?: string; readonly limit: number },
  ): Promise<readonly string[]> {
    return this.#step('owners', () => {
      const rows = [...this.rows.values()].filter(
        (row) => row.network === network && row.of.collection === collection,
      );
      const owners = [...new Set(rows.map(({ of }) => of.owner))].toSorted(byBytes);
      return owners.filter((owner) => after === undefined || byBytes(owner, after) > 0).slice(0, limit);
    });
  }

  /** One after the other, as a database does. */
  commit(
    network: NetworkId,
    changes: readonly RecordChange[],
    expected: readonly Expectation[] = [],
  ): Promise<boolean> {
    const work = (): Promise<boolean> =>
      this.#step(
        'commit',
        () => {
          checkChanges(changes);
          if (!expected.every((one) => this.#holds(network, one))) return false;
          this.#write(network, changes);
          return true;
        },
        changes,
      );
    const done = this.#turn.then(work, work);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  sweep(network: NetworkId, collection: string, before: number): Promise<number> {
    return this.#step('sweep', () => {
      const old = [...this.rows].filter(
        ([, row]) => row.network === network && row.of.collection === collection && row.at < before,
      );
      for (const [key] of old) this.rows.delete(key);
      return old.length;
    });
  }

  async #step<T>(step: Step, work: () => T, changes: readonly RecordChange[] = []): Promise<T> {
    await this.before(step, changes);
    const answer = work();
    await this.after(step, changes);
    return answer;
  }

  #of(network: NetworkId, { collection, owner }: Own): readonly Row[] {
    return [...this.rows.values()].filter(
      (row) => row.network === network && row.of.collection === collection && row.of.owner === owner,
    );
  }

  #holds(network: NetworkId, { of, is }: Expectation): boolean {
    const row = this.rows.get(keyOf(network, of));
    return is === 'absent' ? row === undefined : row?.seq === is.seq && row.at === is.at;
  }

  #write(network: NetworkId, changes: readonly RecordChange[]): void {
    for (const change of changes) {
      if (change.kind === 'delete') this.rows.delete(keyOf(network, change.of));
      if (change.kind === 'delete-all')
        for (const { of } of this.#of(network, change.of)) this.rows.delete(keyOf(network, of));
    }
    for (const change of changes) {
      if (change.kind !== 'put') continue;
      const { of, value, at } = change;
      const key = keyOf(network, of);
      const seq = this.rows.get(key)?.seq ?? (this.#seq += 1);
      this.rows.set(key, { network, of, name: of.name, seq, at, value });
    }
  }
}

function recordOf({ name, seq, at, value }: Row): NetworkRecord {
  return { name, seq, at, value };
}

function byBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}

function keyOf(network: NetworkId, { collection, owner, name }: RecordName): string {
  return JSON.stringify([network, collection, owner, name]);
}
