import * as wasm from '@matrix-org/matrix-sdk-crypto-wasm';
import type { Device, DeviceState, LockedEvent, Opened, Sealed, SealingRoom, Trouble } from './engine.ts';
import { StoreAge, staleDevice, type Age } from './age.ts';
import { discardSessions, heedDiscards } from './discards.ts';
import { hasGuests, identifyGuest, isGuest, sparingIdentities } from './guest.ts';
import { identify } from './identify.ts';
import { inheritance, takeOver } from './inheritance.ts';
import { blankRecord, type Ledger } from './ledger.ts';
import { Machine, machineName, track, userIds } from './machine.ts';
import { flush, type Ask } from './outgoing.ts';
import { readMegolmEvent } from './megolm-header.ts';
import { Pool } from './pool.ts';
import { pull } from './pull.ts';
import { seal } from './seal.ts';
import { EngineStoreError } from './store/errors.ts';
import type { EngineStore } from './store/open-store.ts';
import { Hindrance, troubleOf } from './trouble.ts';
import { unlock, type Attempt } from './unlock.ts';
import type { SessionName, WorkerSetup } from './wire.ts';

/** What the machines tell without being asked. */
export interface MachineEvents {
  readonly keysArrived: (device: Device, sessions: readonly SessionName[]) => void;
  readonly keysWithheld: (device: Device, sessions: readonly SessionName[]) => void;
  readonly verificationCancelled: (device: Device, from: string) => void;
  readonly load: (open: number, known: number) => void;
}

/** All machines of the bridge: what `Engine` promises, on the thread that they live on. */
export class Machines {
  readonly #setup: WorkerSetup;
  readonly #store: EngineStore;
  readonly #ledger: Ledger;
  readonly #send: Ask;
  readonly #events: MachineEvents;
  readonly #age: StoreAge;
  readonly #pool: Pool<Machine>;

  constructor(setup: WorkerSetup, store: EngineStore, ledger: Ledger, send: Ask, events: MachineEvents) {
    this.#setup = setup;
    this.#store = store;
    this.#ledger = ledger;
    this.#send = sparingIdentities(ledger, send);
    this.#events = events;
    this.#age = new StoreAge(store.own, send, setup.account, setup.pace.markMs);
    this.#pool = new Pool(
      setup.maxOpen,
      (device) => this.#open(device),
      () => this.#tellLoad(),
    );
  }

  async generation(): Promise<string | Trouble> {
    return guarded(async () => (await this.#current()).generation);
  }

  async stale(): Promise<readonly Device[] | Trouble> {
    return guarded(async () => {
      const { generation } = await this.#current();
      return this.#ledger
        .all()
        .flatMap((record) => (record.generation === generation ? [] : [record.device]));
    });
  }

  async mark(): Promise<undefined | Trouble> {
    return done(() => this.#age.mark());
  }

  guests(): readonly Device[] {
    return this.#ledger.all().flatMap(({ device }) => (device.guest === true ? [device] : []));
  }

  async identify(device: Device): Promise<undefined | Trouble> {
    return done(() => this.#ensure(device, 'current'));
  }

  async seal(
    device: Device,
    room: SealingRoom,
    event: { readonly type: string; readonly content: string },
  ): Promise<Sealed | Trouble> {
    return guarded(async () => {
      await this.#ensure(device, 'current');
      return this.#use(device, async (machine) => {
        return machine.turns.alone(room.room, async () => {
          await heedDiscards(machine, this.#store.own, room.room);
          if (!room.watched) await this.#askAnew(machine, room);
          return seal(machine, this.#send, this.#setup.strategy, room, event);
        });
      });
    });
  }

  async open(device: Device, event: LockedEvent): Promise<Opened> {
    return guarded<Opened>(async () => {
      const header = readMegolmEvent(event.raw);
      if (header?.eventId !== event.eventId) return { kind: 'refused', why: 'malformed' };
      await this.#ensure(device, 'any');
      return this.#use(device, async (machine) => {
        const attempt = (): Promise<Attempt> =>
          unlock(machine, this.#store.own, this.#setup.strategy, event, header);
        await this.#know(machine, header.sender);
        const first = await attempt();
        if (!first.blocked) return first.opened;
        await this.#look(machine);
        return (await attempt()).opened;
      });
    });
  }

  async pull(device: Device): Promise<undefined | Trouble> {
    return done(async () => {
      await this.#ensure(device, 'any');
      await this.#use(device, (machine) => this.#look(machine));
    });
  }

  /** Machines that are not open ask for all keys anew when they are. */
  async devicesChanged(changed: readonly string[], left: readonly string[]): Promise<undefined | Trouble> {
    return done(async () => {
      const users = [...new Set([...changed, ...left])];
      const concerned = this.#pool.items().filter(({ tracked }) => users.some((user) => tracked.has(user)));
      await Promise.all(
        concerned.map(({ device }) => this.#use(device, (machine) => markChanged(machine, users))),
      );
    });
  }

  async discard(room: string): Promise<undefined | Trouble> {
    return done(() => discardSessions(this.#store.own, room));
  }

  async forget(device: Device): Promise<undefined | Trouble> {
    return done(async () => {
      await this.#pool.end(device);
      await deleteMachine(this.#store, device);
      await this.#ledger.delete(device);
      this.#tellLoad();
    });
  }

  describe(userId: string): readonly DeviceState[] {
    return this.#ledger.of(userId).map(({ device, curve25519, ed25519, identified, oneTimeKeys }) => ({
      device,
      open: this.#pool.isOpen(device),
      curve25519,
      ed25519,
      crossSigned: identified && device.guest !== true,
      oneTimeKeys,
    }));
  }

  /** Closes what has been idle, and lets some of the devices look that have not looked for a round. */
  async tend(sinceLastMs: number): Promise<undefined | Trouble> {
    return done(() => this.#tend(sinceLastMs));
  }

  async #tend(sinceLastMs: number): Promise<void> {
    const now = Date.now();
    const { roundMs } = this.#setup.pace;
    this.#pool.closeUnused(now - this.#setup.idleMs);
    const most = 1 + Math.ceil((this.#ledger.size * sinceLastMs) / roundMs);
    for (const { device } of this.#ledger.unseenSince(now - roundMs, most))
      if ((await this.pull(device)) !== undefined) await this.#ledger.change(device, { pulledAt: now });
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }

  /** Makes the engine panic, as it does where it is used wrongly, to see what becomes of that. */
  async panic(): Promise<undefined> {
    const store = await wasm.StoreHandle.open(null, null);
    const user = new wasm.UserId('@panic:localhost');
    const olm = await wasm.OlmMachine.initFromStore(user, new wasm.DeviceId('PANIC'), store);
    await olm.encryptRoomEvent(new wasm.RoomId('!panic:localhost'), 'm.dummy', '{}');
    return undefined;
  }

  /** The device is identified; one of an earlier generation may only open. */
  async #ensure(device: Device, which: 'current' | 'any'): Promise<void> {
    const { generation } =
      which === 'current' ? await this.#current() : await this.#age.begun(this.#hasDevices());
    const known = this.#ledger.get(device);
    if (known !== undefined && known.generation !== generation) {
      if (which === 'any') return;
      throw staleDevice();
    }
    if (known?.identified === true) return;
    if (isGuest(this.#ledger, device)) return this.#ensureGuest(device, known === undefined);
    if (hasGuests(this.#ledger, device.userId)) throw notTheirs();
    const others = this.#ledger
      .of(device.userId)
      .filter((record) => record.device.deviceId !== device.deviceId);
    const inherited = await inheritance(this.#pool, others);
    await this.#use(device, (machine) =>
      machine.wholeDevice(async () => {
        if (this.#ledger.get(device)?.identified === true) return;
        await identify(
          machine,
          this.#send,
          this.#ledger,
          known === undefined,
          inherited,
          this.#onVerification,
        );
      }),
    );
    for (const other of others) if (other.generation !== generation) await this.#retire(other.device, device);
  }

  async #ensureGuest(device: Device, isNew: boolean): Promise<void> {
    await this.#use({ ...device, guest: true }, (machine) =>
      machine.wholeDevice(async () => {
        if (this.#ledger.get(device)?.identified === true) return;
        await identifyGuest(machine, this.#send, this.#ledger, isNew, this.#onVerification);
      }),
    );
  }

  /** A device of a new generation has taken the place of an older one, which goes everywhere. */
  async #retire(old: Device, device: Device): Promise<void> {
    await takeOver(this.#pool, old, device);
    const path = `/_matrix/client/v3/devices/${encodeURIComponent(old.deviceId)}`;
    const answer = await this.#send(device, { method: 'DELETE', path });
    if (answer.kind === 'failed' && answer.status !== 404) return;
    await this.forget(old);
  }

  async #use<R>(device: Device, work: (machine: Machine) => Promise<R>): Promise<R> {
    return this.#pool.use(device, async (machine) => {
      try {
        const result = await work(machine);
        await machine.committed();
        return result;
      } catch (error) {
        if (troubleOf(error).what === 'store') machine.doubtful = true;
        throw error;
      }
    });
  }

  async #open(device: Device): Promise<Machine> {
    if (this.#ledger.get(device) === undefined)
      await this.#ledger.put(blankRecord(device, (await this.#age.begun(this.#hasDevices())).generation));
    const machine = await Machine.open(device, this.#setup.key, this.#store);
    this.#tellLoad();
    const { curve25519, ed25519 } = machine.olm.identityKeys;
    const keys = { curve25519: curve25519.toBase64(), ed25519: ed25519.toBase64() };
    if (this.#ledger.get(device)?.ed25519 !== keys.ed25519) await this.#ledger.change(device, keys);
    machine.olm.registerRoomKeyUpdatedCallback(async (infos) =>
      this.#events.keysArrived(device, infos.map(nameOf)),
    );
    machine.olm.registerRoomKeysWithheldCallback(async (infos) =>
      this.#events.keysWithheld(device, infos.map(nameOf)),
    );
    return machine;
  }

  /** Knows the devices of who sent something, so that it can be said whether the sender is who it seems. */
  async #know(machine: Machine, sender: string): Promise<void> {
    if (machine.tracked.has(sender)) return;
    await machine.wholeDevice(async () => {
      await track(machine, [sender]);
      await flush(machine, this.#send);
    });
  }

  /**
   * Nobody tells of changes of these readers' devices (the homeserver tells nobody of those who are only invited), so their
   * keys are asked for where what is known is too old.
   */
  async #askAnew(machine: Machine, { room, readers }: SealingRoom): Promise<void> {
    const now = Date.now();
    if (now - (machine.askedAt.get(room) ?? 0) <= this.#setup.freshMs) return;
    await markChanged(machine, readers);
    await machine.wholeDevice(() => flush(machine, this.#send));
    machine.askedAt.set(room, now);
  }

  async #look(machine: Machine): Promise<void> {
    const asked = Date.now();
    await machine.wholeDevice(async () => {
      if (machine.lookedAt > asked) return;
      await pull(machine, this.#send, this.#ledger, this.#onVerification);
    });
  }

  readonly #onVerification = ({ device }: Machine, from: string): void =>
    this.#events.verificationCancelled(device, from);

  #current(): Promise<Age> {
    return this.#age.current(this.#hasDevices());
  }

  #hasDevices(): boolean {
    return this.#ledger.size > 0;
  }

  #tellLoad(): void {
    this.#events.load(this.#pool.size, this.#ledger.size);
  }
}

async function done(work: () => Promise<void>): Promise<undefined | Trouble> {
  return guarded(async () => {
    await work();
    return undefined;
  });
}

/** Resolves to what the work does, or to the trouble that it met. */
async function guarded<R>(work: () => Promise<R>): Promise<R | Trouble> {
  try {
    return await work();
  } catch (error) {
    return troubleOf(error);
  }
}

/** Deletes a machine's databases. The engine lets go of them a little after it was told to. */
async function deleteMachine(store: EngineStore, device: Device): Promise<void> {
  for (let attempt = 0; ; attempt += 1)
    try {
      await store.deleteMachine(machineName(device));
      return;
    } catch (error) {
      if (!(error instanceof EngineStoreError) || error.code !== 'in-use' || attempt >= 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
}

/** An account with guests is a person's. */
function notTheirs(): Hindrance {
  const cause = 'the account is a person’s, and only guests are made on it';
  return new Hindrance({ what: 'broken', retry: 'never', afterMs: undefined, errcode: undefined, cause });
}

function nameOf({ roomId, sessionId }: wasm.RoomKeyInfo | wasm.RoomKeyWithheldInfo): SessionName {
  return { room: roomId.toString(), sessionId };
}

async function markChanged(machine: Machine, users: readonly string[]): Promise<void> {
  const known = users.filter((user) => machine.tracked.has(user));
  if (known.length === 0) return;
  const lists = new wasm.DeviceLists(userIds(known), []);
  await machine.olm.receiveSyncChangesMsc4186('[]', lists, new Map());
  machine.lists += 1;
  machine.due = true;
}
