/** Who has written to whom, whom providers' users have blocked, and whether they want to be reached. */
import { BoundedMap } from '../../core/bounded-map.ts';
import type { NetworkRecords, RecordChange, RecordName } from '../../core/network-records.ts';
import { remoteUserId, type RemoteUserId } from '../../core/ids.ts';
import { saidFilesOf } from '../../interop/message/said-files.ts';
import type { Reachability } from '../../interop/stanza/interop-asking.ts';
import * as z from 'zod';
import { id as network, pairOf } from './ids.ts';

const mostRemembered = 20_000;
const page = 500;

/** How many homeserver users somebody may have blocked; an answer to them lists all. */
export const mostBlocked = 1024;

const reachability = z.object({ enabled: z.boolean(), integrators: z.array(z.number()) });
const reachedByAll: Reachability = { enabled: true, integrators: [] };

/** All of it is durable when it resolves; doing it again changes nothing. */
export class Acquaintance {
  readonly #records: NetworkRecords;
  readonly #now: () => number;
  readonly #met = new BoundedMap<string, true>(mostRemembered);

  constructor(records: NetworkRecords, now: () => number) {
    this.#records = records;
    this.#now = now;
  }

  /** One of the two writes to the other. */
  async meet(person: RemoteUserId, resident: string): Promise<void> {
    const key = `${person} ${resident}`;
    if (this.#met.has(key)) return;
    const [one, other] = contact(person, resident);
    if ((await this.#records.get(network, one)) === undefined) await this.#put([one, other]);
    this.#met.set(key, true);
  }

  /** The residents whom a provider's user has to do with. */
  residentsOf(person: RemoteUserId): Promise<readonly string[]> {
    return this.#names('contact', person);
  }

  async block(person: RemoteUserId, resident: string, isBlocked: boolean): Promise<'done' | 'too-many'> {
    const of = { collection: 'blocked', owner: person, name: resident };
    if (!isBlocked) {
      await this.#records.commit(network, [
        { kind: 'delete', of },
        { kind: 'delete', of: reversed(of) },
      ]);
      return 'done';
    }
    const count = await this.#records.count(network, { collection: 'blocked', owner: person });
    if (count >= mostBlocked && !(await this.hasBlocked(person, resident))) return 'too-many';
    await this.#put([of, reversed(of)]);
    return 'done';
  }

  async hasBlocked(person: RemoteUserId, resident: string): Promise<boolean> {
    const kept = await this.#records.get(network, { collection: 'blocked', owner: person, name: resident });
    return kept !== undefined;
  }

  blockedBy(person: RemoteUserId): Promise<readonly string[]> {
    return this.#names('blocked', person);
  }

  async reachability(person: RemoteUserId): Promise<Reachability> {
    const kept = await this.#records.get(network, reach(person));
    const parsed = reachability.safeParse(kept && JSON.parse(kept.value));
    return parsed.success ? parsed.data : reachedByAll;
  }

  async setReachability(person: RemoteUserId, set: Reachability): Promise<void> {
    const value = JSON.stringify(set);
    await this.#records.commit(network, [{ kind: 'put', of: reach(person), value, at: this.#now() }]);
  }

  /** A provider's user is gone for good. */
  async forgetPerson(person: RemoteUserId): Promise<void> {
    const residents = { contact: await this.residentsOf(person), blocked: await this.blockedBy(person) };
    const changes = (['contact', 'blocked'] as const).flatMap((collection): readonly RecordChange[] => [
      { kind: 'delete-all', of: { collection, owner: person } },
      ...residents[collection].map((name): RecordChange => {
        return { kind: 'delete', of: reversed({ collection, owner: person, name }) };
      }),
    ]);
    await this.#records.commit(network, [
      ...changes,
      { kind: 'delete-all', of: { collection: 'told-identity', owner: person } },
      ...residents.contact.map((one): RecordChange => {
        return { kind: 'delete-all', of: saidFilesOf(pairOf(person, one)) };
      }),
      { kind: 'delete', of: reach(person) },
    ]);
    this.#forgetMet((key) => key.startsWith(`${person} `));
  }

  /** A resident's id is nobody's any more. */
  async forgetResident(resident: string): Promise<void> {
    for (const collection of ['contact', 'blocked'] as const) {
      const people = await this.#names(`${collection}-of`, resident);
      await this.#records.commit(network, [
        { kind: 'delete-all', of: { collection: `${collection}-of`, owner: resident } },
        ...people.flatMap((owner): readonly RecordChange[] => [
          { kind: 'delete', of: { collection, owner, name: resident } },
          { kind: 'delete', of: { collection: 'told-identity', owner, name: resident } },
          { kind: 'delete-all', of: saidFilesOf(pairOf(remoteUserId(owner), resident)) },
        ]),
      ]);
    }
    this.#forgetMet((key) => key.endsWith(` ${resident}`));
  }

  async #put(names: readonly RecordName[]): Promise<void> {
    const at = this.#now();
    await this.#records.commit(
      network,
      names.map((of) => ({ kind: 'put', of, value: '', at })),
    );
  }

  async #names(collection: string, owner: string): Promise<readonly string[]> {
    const names: string[] = [];
    for (let after = 0; ;) {
      const some = await this.#records.list(network, { collection, owner }, { after, limit: page });
      names.push(...some.map(({ name }) => name));
      const last = some.at(-1);
      if (last === undefined || some.length < page) return names;
      after = last.seq;
    }
  }

  #forgetMet(isMeant: (key: string) => boolean): void {
    for (const key of [...this.#met.keys()]) if (isMeant(key)) this.#met.delete(key);
  }
}

function contact(owner: RemoteUserId, name: string): readonly [RecordName, RecordName] {
  const of = { collection: 'contact', owner, name };
  return [of, reversed(of)];
}

/** The same from the resident's side. */
function reversed({ collection, owner, name }: RecordName): RecordName {
  return { collection: `${collection}-of`, owner: name, name: owner };
}

function reach(owner: RemoteUserId): RecordName {
  return { collection: 'reachability', owner, name: '' };
}
