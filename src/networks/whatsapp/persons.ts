/** What is kept of people: the name that they go by, and the address of those whose id does not say it. */
import * as z from 'zod';
import { BoundedMap } from '../../core/bounded-map.ts';
import type { NetworkId, RemoteUserId } from '../../core/ids.ts';
import type { NetworkRecords, RecordName } from '../../core/network-records.ts';
import { Turns } from '../../core/turns.ts';
import { formatAddress, parseAddress, type Address } from '../../interop/node/address.ts';
import { addressIn, personAt, type Person } from './ids.ts';

const kept = z.object({ address: z.string(), name: z.string().optional() });

/** A person whom the bridge has met. */
export interface KnownPerson {
  readonly address: Address;
  readonly name: string | undefined;
}

export interface PersonsDeps {
  readonly id: NetworkId;
  readonly records: NetworkRecords;
  readonly key: Uint8Array;
  /** Somebody goes by another name. */
  readonly renamed: (person: RemoteUserId) => void;
  readonly now: () => number;
}

const mostCached = 20_000;
const longestName = 200;

/** The address book of all users: people are the same to each of them. */
export class Persons {
  readonly #deps: PersonsDeps;
  readonly #known = new BoundedMap<RemoteUserId, KnownPerson>(mostCached);
  readonly #turns = new Turns();

  constructor(deps: PersonsDeps) {
    this.#deps = deps;
  }

  /** Who is at an address; nobody is remembered by it. */
  at(address: Address): Person | undefined {
    return personAt(address, this.#deps.key);
  }

  /** The address of a person; `undefined` for a hidden one who was never met. */
  async addressOf(person: RemoteUserId): Promise<Address | undefined> {
    return addressIn(person) ?? (await this.find(person))?.address;
  }

  async find(person: RemoteUserId): Promise<KnownPerson | undefined> {
    const cached = this.#known.get(person);
    if (cached !== undefined) return cached;
    const record = await this.#deps.records.get(this.#deps.id, nameOf(person));
    const read = record === undefined ? undefined : kept.parse(JSON.parse(record.value));
    const address = read === undefined ? undefined : parseAddress(read.address);
    if (address === undefined) return undefined;
    const known = { address, name: read?.name };
    this.#known.set(person, known);
    return known;
  }

  /** Somebody was met, under a name or none: durable when it resolves. A name that is gone is no news. */
  async met(person: Person, name: string | undefined): Promise<void> {
    const said = name?.slice(0, longestName).toWellFormed().trim();
    const called = said === '' ? undefined : said;
    const cached = this.#known.get(person.id);
    if (cached !== undefined && (called === undefined || cached.name === called)) return;
    await this.#turns.alone(person.id, async () => {
      const known = await this.find(person.id);
      if (known !== undefined && (called === undefined || known.name === called)) return;
      const address = formatAddress(person.address);
      const value = JSON.stringify({ address, ...(called === undefined ? {} : { name: called }) });
      await this.#deps.records.commit(this.#deps.id, [
        { kind: 'put', of: nameOf(person.id), value, at: this.#deps.now() },
      ]);
      this.#known.set(person.id, { address: person.address, name: called });
      if (called !== undefined) this.#deps.renamed(person.id);
    });
  }
}

/** The id is opaque, or WhatsApp's own number for the person: no phone number stands in the clear. */
function nameOf(person: RemoteUserId): RecordName {
  return { collection: 'person', owner: '', name: person };
}
