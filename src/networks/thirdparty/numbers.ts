/** Phone numbers of providers' users who are found by one: at hand from the start, and shown to nobody. */
import type { RemoteUserId } from '../../core/ids.ts';
import type { NetworkRecords, RecordName } from '../../core/network-records.ts';
import type { Account } from './host.ts';
import { id as network, userOf } from './ids.ts';

const collection = 'number';
const page = 500;

export class Numbers {
  readonly #records: NetworkRecords;
  readonly #now: () => number;
  readonly #known = new Map<string, string>();

  constructor(records: NetworkRecords, now: () => number) {
    this.#records = records;
    this.#now = now;
  }

  async load(): Promise<void> {
    for (let after = 0; ;) {
      const some = await this.#records.list(network, { collection, owner: '' }, { after, limit: page });
      for (const { name, value } of some) this.#known.set(name, value);
      const last = some.at(-1);
      if (last === undefined || some.length < page) return;
      after = last.seq;
    }
  }

  of(user: RemoteUserId): string | undefined {
    return this.#known.get(user);
  }

  async enlisted({ login, identifierType, identifier }: Account): Promise<void> {
    if (identifierType !== 'phone') return;
    const user = userOf(login);
    const put = { kind: 'put', of: nameOf(user), value: identifier, at: this.#now() } as const;
    await this.#records.commit(network, [put]);
    this.#known.set(user, identifier);
  }

  async gone({ login }: Account): Promise<void> {
    const user = userOf(login);
    if (!this.#known.has(user)) return;
    await this.#records.commit(network, [{ kind: 'delete', of: nameOf(user) }]);
    this.#known.delete(user);
  }
}

function nameOf(user: RemoteUserId): RecordName {
  return { collection, owner: '', name: user };
}
