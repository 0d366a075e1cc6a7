/** Accounts as crypto identities: https://spec.matrix.org/v1.16/client-server-api/#cross-signing */
import { randomBytes } from 'node:crypto';
import type { Device, Engine, Trouble } from '../../crypto/megolm/engine.ts';
import { BoundedMap } from '../../core/bounded-map.ts';
import { parseMatrixUserId, type MatrixUserId } from '../../core/ids.ts';
import type { KeyDevice } from '../../core/key-desk.ts';
import { failedForGood, type Failed } from '../../core/outcome.ts';
import type { Log } from '../../core/task.ts';
import type { Accounts } from '../accounts.ts';
import { passing } from './failures.ts';

export type Keys = Pick<Engine, 'generation' | 'stale' | 'identify' | 'describe' | 'forget'>;

export interface IdentitiesDeps {
  readonly engine: Keys;
  readonly accounts: Pick<Accounts, 'makeDevice' | 'deleteDevice' | 'hasDevice'>;
  /** What the ids of devices with keys begin with; the generation of the engine's store follows. */
  readonly deviceId: string;
  readonly deviceName: string;
  /** Whether an account is one of the bridge's own: of others nobody is made or changed here. */
  readonly isOwn: (userId: string) => boolean;
  readonly log: Log;
  readonly now?: () => number;
}

export interface FoundDevice {
  readonly kind: 'device';
  readonly device: Device;
}

const mostKnown = 20_000;
const quietMs = 60_000;

/**
 * Sees to it that whoever of the bridge takes part in an encrypted room has a device with keys, signed by their account. It
 * is another device than the one that events are sent under, so that the homeserver remembers sends whatever becomes of
 * the keys. Without a request where all is known to be there; a failure is to be tried again.
 */
export class Identities {
  readonly #deps: IdentitiesDeps;
  readonly #known = new BoundedMap<MatrixUserId, Device>(mostKnown);
  readonly #making = new Map<MatrixUserId, Promise<FoundDevice | Failed>>();
  /** Accounts whose device is to be replaced. */
  readonly #replaced = new Set<MatrixUserId>();
  #generation: string | undefined;
  #complainedAt = Number.NEGATIVE_INFINITY;

  constructor(deps: IdentitiesDeps) {
    this.#deps = deps;
  }

  /** The device of an account of the bridge, with its keys on the homeserver. The account exists already. */
  async ensure(user: MatrixUserId): Promise<FoundDevice | Failed> {
    if (!this.#deps.isOwn(user)) return failedForGood('forbidden', new Error('a person’s account'));
    const known = this.#known.get(user);
    if (known !== undefined) {
      this.#known.set(user, known);
      return { kind: 'device', device: known };
    }
    const running = this.#making.get(user);
    if (running !== undefined) return running;
    const making = this.#make(user);
    this.#making.set(user, making);
    try {
      return await making;
    } finally {
      if (this.#making.get(user) === making) this.#making.delete(user);
    }
  }

  /** What is kept of an account is to be looked at anew: the homeserver may have lost it, or the store is another now. */
  doubt(user: MatrixUserId): void {
    this.#known.delete(user);
    this.#generation = undefined;
  }

  /** The homeserver does not let an account act: where it has lost the device with the keys, that one is made again. */
  async examine(user: MatrixUserId): Promise<void> {
    const known = this.#known.get(user);
    if (known === undefined) return;
    if ((await this.#deps.accounts.hasDevice(user, known.deviceId)) === false) this.lost(user);
  }

  /**
   * The homeserver does not know the device: its keys are of no use any more. When it is needed next another one with new
   * keys takes its place, signed by the same account keys.
   */
  lost(user: MatrixUserId): void {
    this.doubt(user);
    this.#replaced.add(user);
  }

  /** The devices with keys that are kept of an account. */
  async devices(user: MatrixUserId): Promise<readonly KeyDevice[] | Failed> {
    const kept = await this.#deps.engine.describe(user);
    if ('kind' in kept) return passing(kept);
    return kept.map(({ device, ed25519, crossSigned, open }) => ({
      ...{ deviceId: device.deviceId, fingerprint: ed25519, signed: crossSigned, open },
    }));
  }

  /** A new device with new keys takes the place of what an account has. */
  async reset(user: MatrixUserId): Promise<undefined | Failed> {
    this.lost(user);
    const made = await this.ensure(user);
    return made.kind === 'failed' ? made : undefined;
  }

  /** All devices with keys of an account go, here and on the homeserver. May be repeated. */
  async erase(user: MatrixUserId): Promise<undefined | Failed> {
    if (!this.#deps.isOwn(user)) return undefined;
    this.doubt(user);
    const kept = await this.#deps.engine.describe(user);
    if ('kind' in kept) return passing(kept);
    return this.#remove(
      user,
      kept.map(({ device }) => device),
    );
  }

  /** Gives the accounts whose keys are of an earlier store new ones, as after a backup was restored; one after the other. */
  async renew(signal: AbortSignal): Promise<undefined | Failed> {
    const stale = await this.#deps.engine.stale();
    if ('kind' in stale) return this.#told(stale);
    let first: Failed | undefined;
    for (const { userId, guest } of stale) {
      if (signal.aborted) return undefined;
      if (guest === true) continue;
      const user = parseMatrixUserId(userId);
      const found = user === undefined ? undefined : await this.ensure(user);
      if (found?.kind === 'failed') first ??= found;
    }
    return first;
  }

  async #make(user: MatrixUserId, again = false): Promise<FoundDevice | Failed> {
    const { engine } = this.#deps;
    const generation = this.#generation ?? (await engine.generation());
    if (typeof generation !== 'string') return this.#told(generation);
    this.#generation = generation;
    const kept = await engine.describe(user);
    if ('kind' in kept) return this.#told(kept);
    const name = `${this.#deps.deviceId}_${generation}`;
    const here = kept.flatMap(({ device }) => (isNamed(device, name) ? [device] : []));
    const isReplaced = here.length > 0 && this.#replaced.has(user);
    const before = isReplaced ? undefined : here.at(-1);
    const device = before ?? { userId: user, deviceId: isReplaced ? another(name) : name };
    const failed = before === undefined ? await this.#makeDevice(device, user) : undefined;
    if (failed !== undefined) return failed;
    const trouble = await engine.identify(device);
    if (trouble?.errcode === 'M_UNKNOWN_DEVICE' && !again) {
      this.lost(user);
      return this.#make(user, true);
    }
    if (trouble?.what === 'stale') this.#generation = undefined;
    if (trouble !== undefined) return this.#told(trouble);
    // Only now: the new one has taken over the account's own keys.
    const stays = isReplaced ? await this.#remove(user, here) : undefined;
    if (stays !== undefined) return stays;
    this.#replaced.delete(user);
    this.#known.set(user, device);
    return { kind: 'device', device };
  }

  async #remove(user: MatrixUserId, devices: readonly Device[]): Promise<undefined | Failed> {
    for (const device of devices) {
      const failed = await this.#deps.accounts.deleteDevice(user, device.deviceId);
      if (failed?.retry.kind === 'later') return failed;
      const trouble = await this.#deps.engine.forget(device);
      if (trouble !== undefined) return passing(trouble);
    }
    return undefined;
  }

  #makeDevice({ deviceId }: Device, user: MatrixUserId): Promise<undefined | Failed> {
    return this.#deps.accounts.makeDevice(user, deviceId, this.#deps.deviceName);
  }

  /** What the homeserver refuses for good stops every ghost: whoever runs the bridge has to know. */
  #told(trouble: Trouble): Failed {
    const now = (this.#deps.now ?? Date.now)();
    if (trouble.retry === 'never' && now - this.#complainedAt > quietMs) {
      this.#complainedAt = now;
      const { what, errcode, cause } = trouble;
      this.#deps.log.error(
        { what, errcode, err: cause },
        'the keys of an account of the bridge cannot be made',
      );
    }
    return passing(trouble);
  }
}

/** Whether a device is of the generation that this name is of. */
function isNamed({ deviceId }: Device, name: string): boolean {
  return deviceId === name || deviceId.startsWith(`${name}_`);
}

/** New keys have a new device: clients refuse other keys under the id of one that they know. */
function another(name: string): string {
  return `${name}_${randomBytes(4).toString('hex')}`;
}
