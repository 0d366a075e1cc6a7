/** What is kept of each device beside its machine, in `own` values of the store. */
import type { Device } from './engine.ts';
import { readObject } from './megolm-header.ts';
import type { EngineStore } from './store/open-store.ts';
import type { OwnTables } from './store/own.ts';

/** What is known of a device of the bridge. No secret is in it. */
export interface DeviceRecord {
  readonly device: Device;
  /** The generation in which it was made (`Engine.generation`). */
  readonly generation: string;
  readonly curve25519: string;
  readonly ed25519: string;
  /** Its keys and its account's cross-signing keys are on the homeserver, and it is signed by them; of a guest, its keys. */
  readonly identified: boolean;
  /** Where the next `/sync` goes on. */
  readonly since: string | undefined;
  /** When what waited for it was last fetched, in milliseconds since 1970. */
  readonly pulledAt: number;
  /** The last known number of one-time keys on the homeserver, and its unused fallback keys. */
  readonly oneTimeKeys: number | undefined;
  readonly fallbackKeys: readonly string[] | undefined;
}

const prefix = 'device/';

/** The record of a device that was not known. */
export function blankRecord(device: Device, generation: string): DeviceRecord {
  return {
    device,
    generation,
    curve25519: '',
    ed25519: '',
    identified: false,
    since: undefined,
    pulledAt: 0,
    oneTimeKeys: undefined,
    fallbackKeys: undefined,
  };
}

/** All records, in memory and on disk. */
export class Ledger {
  readonly #own: OwnTables;
  readonly #records: Map<string, DeviceRecord>;

  private constructor(own: OwnTables, records: Map<string, DeviceRecord>) {
    this.#own = own;
    this.#records = records;
  }

  /** The devices that have a machine in the store. */
  static async load(store: Pick<EngineStore, 'own' | 'databases'>): Promise<Ledger> {
    const records = new Map<string, DeviceRecord>();
    for (const database of await store.databases()) {
      const key = /^machine\/(.+)::matrix-sdk-crypto$/u.exec(database)?.[1];
      const record = readRecord(key === undefined ? undefined : store.own.get(prefix + key));
      if (record !== undefined) records.set(deviceKey(record.device), record);
    }
    return new Ledger(store.own, records);
  }

  get size(): number {
    return this.#records.size;
  }

  get(device: Device): DeviceRecord | undefined {
    return this.#records.get(deviceKey(device));
  }

  all(): readonly DeviceRecord[] {
    return [...this.#records.values()];
  }

  of(userId: string): readonly DeviceRecord[] {
    return this.all().filter(({ device }) => device.userId === userId);
  }

  /** Identified devices that were not looked after since the time, those longest ago first. */
  unseenSince(time: number, most: number): readonly DeviceRecord[] {
    return this.all()
      .filter(({ identified, pulledAt }) => identified && pulledAt < time)
      .sort((a, b) => a.pulledAt - b.pulledAt)
      .slice(0, most);
  }

  async put(record: DeviceRecord): Promise<void> {
    const key = deviceKey(record.device);
    await this.#own.put(prefix + key, JSON.stringify(record));
    this.#records.set(key, record);
  }

  /** Changes what is kept of a device that is known. */
  async change(device: Device, changes: Partial<DeviceRecord>): Promise<void> {
    const record = this.get(device);
    if (record !== undefined) await this.put({ ...record, ...changes });
  }

  async delete(device: Device): Promise<void> {
    const key = deviceKey(device);
    await this.#own.remove(prefix + key);
    this.#records.delete(key);
  }
}

/** One string for a device; a user id holds no `|`. */
export function deviceKey({ userId, deviceId }: Device): string {
  return `${userId}|${deviceId}`;
}

function readRecord(json: string | undefined): DeviceRecord | undefined {
  const found = json === undefined ? undefined : readObject(json);
  if (found === undefined) return undefined;
  const { device, generation, curve25519, ed25519, since, pulledAt, oneTimeKeys, fallbackKeys } = found;
  if (typeof device !== 'object' || device === null) return undefined;
  if (!('userId' in device) || !('deviceId' in device)) return undefined;
  return {
    device: {
      ...{ userId: String(device.userId), deviceId: String(device.deviceId) },
      ...('guest' in device && device.guest === true ? { guest: true } : {}),
    },
    generation: String(generation),
    curve25519: String(curve25519),
    ed25519: String(ed25519),
    identified: found['identified'] === true,
    since: typeof since === 'string' ? since : undefined,
    pulledAt: typeof pulledAt === 'number' ? pulledAt : 0,
    oneTimeKeys: typeof oneTimeKeys === 'number' ? oneTimeKeys : undefined,
    fallbackKeys: Array.isArray(fallbackKeys) ? fallbackKeys.map(String) : undefined,
  };
}
