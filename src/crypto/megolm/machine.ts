import { hkdfSync } from 'node:crypto';
import * as wasm from '@matrix-org/matrix-sdk-crypto-wasm';
import type { Device, Requester } from './engine.ts';
import { deviceKey } from './ledger.ts';
import type { EngineStore } from './store/open-store.ts';
import { Turns } from './turns.ts';

/** A logger for the engine: what it says may name people and hold content, so nobody hears it. */
const nobody = {
  debug: (): void => undefined,
  info: (): void => undefined,
  warn: (): void => undefined,
  error: (): void => undefined,
};

/** What was settled when something was last sealed in a room. */
export interface RoomMemo {
  /** Readers and settings, as one string. */
  readonly terms: string;
  /** `Machine.lists` at that time. */
  readonly lists: number;
  /** When devices were last looked for, in milliseconds since 1970. */
  readonly at: number;
  /** The session in use, where it was made while the machine was open: otherwise it is not known how old it is. */
  readonly session: { readonly id: string; readonly next: number; readonly madeAt: number } | undefined;
}

/**
 * One device's machine, open. What happens in one room goes in turn (`turns`, the room's id), and so does what concerns
 * the whole device (`wholeDevice`); everything else may overlap, as the engine allows.
 */
export class Machine {
  readonly device: Device;
  readonly olm: wasm.OlmMachine;
  readonly turns = new Turns();
  readonly memos = new Map<string, RoomMemo>();
  /** When the keys of a room's readers were last asked for because nobody watches them. */
  readonly askedAt = new Map<string, number>();
  /** The generation of `discard` that was last heeded in a room. */
  readonly discards = new Map<string, number>();
  readonly tracked: Set<string>;
  /** Goes up whenever device lists may have changed. */
  lists = 0;
  /** Whether the engine may have requests to send. */
  due = true;
  /** When the last look (`/sync`) at what waits for the device began. */
  lookedAt = 0;
  /** It failed in a way after which its memory may differ from the disk: it is to be opened anew. */
  doubtful = false;

  readonly #store: Pick<EngineStore, 'together'>;
  #committed: Promise<unknown> = Promise.resolve();

  private constructor(
    device: Device,
    olm: wasm.OlmMachine,
    tracked: Set<string>,
    store: Pick<EngineStore, 'together'>,
  ) {
    this.device = device;
    this.#store = store;
    this.olm = olm;
    this.tracked = tracked;
  }

  /** Opens the device's machine, which is made where there is none; all users that it tracks are to be asked for anew. */
  static async open(device: Device, key: Uint8Array, kept: Pick<EngineStore, 'together'>): Promise<Machine> {
    const name = machineName(device);
    const store = await wasm.StoreHandle.openWithKey(name, machineKey(device, key), nobody);
    const user = new wasm.UserId(device.userId);
    const olm = await wasm.OlmMachine.initFromStore(user, new wasm.DeviceId(device.deviceId), store, nobody);
    // The handle would keep the databases open for as long as it is not collected.
    store.free();
    olm.roomKeyRequestsEnabled = false;
    olm.roomKeyForwardingEnabled = false;
    const tracked = new Set([...(await olm.trackedUsers())].map(String));
    if (tracked.size > 0) await olm.markAllTrackedUsersAsDirty();
    return new Machine(device, olm, tracked, kept);
  }

  get requester(): Requester {
    return this.device;
  }

  /** Lets work that concerns the whole device be done alone: what the engine has to send, claims, what came in. */
  wholeDevice<T>(work: () => Promise<T>): Promise<T> {
    return this.turns.alone('', work);
  }

  /**
   * Lets the engine do something of which it keeps the parts one after the other, although they belong together. Nothing
   * that the machine said meanwhile is to go out before `committed`.
   */
  async together<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#store.together(machineName(this.device), work);
    this.#committed = done;
    return done;
  }

  /** Resolves when all that the machine has kept is on the disk; rejects where some of it could not be put there. */
  async committed(): Promise<void> {
    await this.#committed;
  }

  close(): void {
    this.olm.close();
  }
}

/** The machine follows these users' devices from now on. */
export async function track(machine: Machine, users: readonly string[]): Promise<void> {
  const unknown = users.filter((id) => !machine.tracked.has(id));
  if (unknown.length === 0) return;
  await machine.olm.updateTrackedUsers(userIds(unknown));
  for (const id of unknown) machine.tracked.add(id);
  machine.due = true;
}

/** The name of the machine's databases. */
export function machineName(device: Device): string {
  return `machine/${deviceKey(device)}`;
}

/** The key of a machine's store (RFC 5869), so that no two stores have the same. */
function machineKey(device: Device, key: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, '', `io.causeway.megolm ${deviceKey(device)}`, 32));
}

/** User ids as the engine takes them; what is no user id is left out. */
export function userIds(ids: readonly string[]): wasm.UserId[] {
  return ids.flatMap((id) => {
    try {
      return [new wasm.UserId(id)];
    } catch {
      return [];
    }
  });
}
