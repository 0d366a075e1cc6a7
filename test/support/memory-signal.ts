import type {
  Change,
  KeptRecord,
  Own,
  RecordKind,
  RecordName,
  SignalStore,
} from '../../src/crypto/signal/store.ts';

type Row = KeptRecord & { readonly own: string; readonly of: RecordName };
type Step = 'get' | 'list' | 'commit';

/** Keys and sessions in memory. `before` and `after` are called around each step, and may throw or wait. */
export class MemorySignalStore implements SignalStore {
  rows = new Map<string, Row>();
  before: (step: Step) => Promise<void> | void = () => undefined;
  after: (step: Step) => Promise<void> | void = () => undefined;

  async get(own: Own, of: RecordName): Promise<KeptRecord | undefined> {
    await this.before('get');
    const row = this.rows.get(keyOf(own, of));
    await this.after('get');
    return row;
  }

  async list(
    own: Own,
    { kind, peer }: Omit<RecordName, 'name'>,
    limit: number,
  ): Promise<readonly KeptRecord[]> {
    await this.before('list');
    const rows = [...this.rows.values()]
      .filter((row) => row.own === ownKey(own) && row.of.kind === kind && row.of.peer === peer)
      .toSorted((one, other) => one.at - other.at || (one.name < other.name ? -1 : 1));
    await this.after('list');
    return rows.slice(0, limit);
  }

  async names(own: Own, of: Omit<RecordName, 'name'>, limit: number): Promise<readonly string[]> {
    return (await this.list(own, of, limit)).map(({ name }) => name);
  }

  async commit(own: Own, generation: string | undefined, changes: readonly Change[]): Promise<boolean> {
    await this.before('commit');
    const identity = [...this.rows.values()].find(
      (row) => row.own === ownKey(own) && row.of.kind === 'identity',
    );
    if (identity?.name !== generation) return false;
    for (const change of changes) {
      const { of } = change;
      if (change.kind === 'delete') this.rows.delete(keyOf(own, of));
      else {
        const { value, at } = change;
        this.rows.set(keyOf(own, of), { own: ownKey(own), of, name: of.name, value, at });
      }
    }
    await this.after('commit');
    return true;
  }

  async forget(own: Own): Promise<void> {
    for (const [key, row] of this.rows) if (row.own === ownKey(own)) this.rows.delete(key);
  }

  async sweep(kinds: readonly RecordKind[], before: number): Promise<number> {
    const old = [...this.rows].filter(([, row]) => kinds.includes(row.of.kind) && row.at < before);
    for (const [key] of old) this.rows.delete(key);
    return old.length;
  }
}

function ownKey({ network, user }: Own): string {
  return JSON.stringify([network, user]);
}

function keyOf(own: Own, { kind, peer, name }: RecordName): string {
  return JSON.stringify([own.network, own.user, kind, peer, name]);
}
