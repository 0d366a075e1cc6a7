/** The homeserver's users as the network knows them: by a random number of their own, which is never another's. */
import { randomBytes } from 'node:crypto';
import { BoundedMap } from '../../core/bounded-map.ts';
import { matrixUserId, type MatrixUserId } from '../../core/ids.ts';
import type { NetworkRecords, RecordName } from '../../core/network-records.ts';
import { id as network } from './ids.ts';

const mostRemembered = 10_000;

/** A homeserver user and their internal id. */
export interface Resident {
  readonly user: MatrixUserId;
  readonly id: string;
}

export class Residents {
  readonly #records: NetworkRecords;
  readonly #now: () => number;
  readonly #byUser = new BoundedMap<MatrixUserId, Resident>(mostRemembered);
  readonly #byId = new BoundedMap<string, Resident>(mostRemembered);

  constructor(records: NetworkRecords, now: () => number) {
    this.#records = records;
    this.#now = now;
  }

  /** The resident that a Matrix user is; their id is made where they have none. */
  async of(user: MatrixUserId): Promise<Resident> {
    for (;;) {
      const known = await this.find(user);
      if (known !== undefined) return known;
      const made = { user, id: newId() };
      const at = this.#now();
      const isNew = await this.#records.commit(
        network,
        [
          { kind: 'put', of: byUser(user), value: made.id, at },
          { kind: 'put', of: byId(made.id), value: user, at },
        ],
        [
          { of: byUser(user), is: 'absent' },
          { of: byId(made.id), is: 'absent' },
        ],
      );
      if (isNew) return this.#remember(made);
    }
  }

  async find(user: MatrixUserId): Promise<Resident | undefined> {
    const known = this.#byUser.get(user);
    if (known !== undefined) return known;
    const kept = await this.#records.get(network, byUser(user));
    return kept && this.#remember({ user, id: kept.value });
  }

  /** Who goes by an internal id. */
  async withId(id: string): Promise<Resident | undefined> {
    const known = this.#byId.get(id);
    if (known !== undefined) return known;
    const kept = await this.#records.get(network, byId(id));
    return kept && this.#remember({ user: matrixUserId(kept.value), id });
  }

  /** From then on the id is nobody's. */
  async forget({ user, id }: Resident): Promise<void> {
    await this.#records.commit(network, [
      { kind: 'delete', of: byUser(user) },
      { kind: 'delete', of: byId(id) },
    ]);
    this.#byUser.delete(user);
    this.#byId.delete(id);
  }

  #remember(resident: Resident): Resident {
    this.#byUser.set(resident.user, resident);
    this.#byId.set(resident.id, resident);
    return resident;
  }
}

function byUser(user: MatrixUserId): RecordName {
  return { collection: 'resident', owner: user, name: '' };
}

function byId(id: string): RecordName {
  return { collection: 'resident-id', owner: id, name: '' };
}

/** 63 bits, and not 0. */
function newId(): string {
  const number = randomBytes(8).readBigUInt64BE() >> 1n;
  return number === 0n ? newId() : String(number);
}
