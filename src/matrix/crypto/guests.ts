/** Devices with keys on the accounts of users as whom the bridge speaks: https://spec.matrix.org/v1.16/client-server-api/#end-to-end-encryption */
import { createHash, randomBytes } from 'node:crypto';
import type { Device, Engine, Trouble } from '../../crypto/megolm/engine.ts';
import { BoundedMap } from '../../core/bounded-map.ts';
import { parseMatrixUserId, type MatrixUserId } from '../../core/ids.ts';
import { failedForGood, type Failed } from '../../core/outcome.ts';
import type { Log } from '../../core/task.ts';
import type { Requester } from '../client.ts';
import { errcodeOf, type Credential, type Masquerade } from '../request.ts';
import { failedBy, passing } from './failures.ts';
import { GuestAccounts } from './guest-accounts.ts';
import type { FoundDevice } from './identities.ts';

/** Why the bridge does not speak as a user in encrypted rooms, although it may in others. */
export type Speechless = 'signed-devices' | 'other-keys';

/** The cause of a failure: a user's voice cannot be heard in an encrypted room. */
export class CannotSeal extends Error {
  override readonly name = 'CannotSeal';
  readonly why: Speechless;
  constructor(why: Speechless) {
    super(`the bridge cannot seal as the user: ${why}`);
    this.why = why;
  }
}

/** How the bridge acts as a user now: whether it may, whatever may hinder it for a moment. */
export type Standing = Credential | { readonly kind: 'off' };

/** What guests need to know of double puppeting. */
export interface Lender {
  of(user: MatrixUserId): Promise<Masquerade | undefined>;
  standing(user: MatrixUserId): Promise<Standing>;
  /** The second registration, where there is one. */
  readonly registration: Credential | undefined;
}

export interface GuestsDeps {
  readonly engine: Pick<Engine, 'generation' | 'identify' | 'describe' | 'forget' | 'guests'>;
  readonly client: Requester;
  /** What the ids of devices that the bridge makes begin with. */
  readonly prefix: string;
  /** How such a device is called, in the user's language. */
  readonly nameFor: (user: MatrixUserId) => Promise<string>;
  /** Whether only devices that their owners have signed count here. */
  readonly signedOnly: boolean;
  readonly log: Log;
}

interface Known {
  readonly token: string;
  readonly device: Device;
}

const mostKnown = 20_000;

/**
 * The beginning of the ids of guests: two bridges on one homeserver do not take each other's for theirs. Where the bridge
 * acts by a user's own token the device is that of the token.
 */
export function guestPrefix(deviceId: string, appserviceId: string): string {
  const tag = createHash('sha256').update(appserviceId).digest('hex').slice(0, 8).toUpperCase();
  return `${deviceId}_PUPPET_${tag}`;
}

/**
 * The bridge's devices on users' accounts. They are made when something is first sealed as the user, and go when the
 * bridge no longer acts as them. The users' own keys are never touched (`Device.guest`).
 */
export class Guests {
  readonly #deps: GuestsDeps;
  readonly #accounts: GuestAccounts;
  readonly #known = new BoundedMap<MatrixUserId, Known>(mostKnown);
  readonly #making = new Map<string, Promise<FoundDevice | Failed>>();
  /** Tokens whose devices have keys of somebody else. */
  readonly #occupied = new BoundedMap<MatrixUserId, string>(mostKnown);
  readonly #replaced = new Set<MatrixUserId>();
  #lender: Lender | undefined;

  constructor(deps: GuestsDeps) {
    this.#deps = deps;
    this.#accounts = new GuestAccounts(deps.client);
  }

  /** Who says as whom the bridge may act; before that it acts as nobody. */
  lend(lender: Lender): void {
    this.#lender = lender;
  }

  /**
   * The device that seals as a user, with its keys on the homeserver. `no-puppet-keys` (for good) where there can be none.
   */
  async ensure({ userId: user, credential }: Masquerade): Promise<FoundDevice | Failed> {
    if (credential === undefined) return failedForGood('forbidden', new Error('no device on the account'));
    if (this.#deps.signedOnly) return speechless('signed-devices');
    const { token } = credential;
    const known = this.#known.get(user);
    if (known?.token === token) {
      this.#known.set(user, known);
      return { kind: 'device', device: known.device };
    }
    const key = `${user} ${token}`;
    const running = this.#making.get(key);
    if (running !== undefined) return running;
    const making = credential.kind === 'token' ? this.#take(user, token) : this.#make(user, credential);
    this.#making.set(key, making);
    try {
      return await making;
    } finally {
      this.#making.delete(key);
    }
  }

  /**
   * Why a user's voice is not heard in encrypted rooms; nothing where it is, or where that cannot be told now. The session
   * of a token gets its keys for that.
   */
  async hindrance(puppet: Masquerade): Promise<Speechless | undefined> {
    if (this.#deps.signedOnly) return 'signed-devices';
    if (puppet.credential?.kind !== 'token') return undefined;
    const found = await this.ensure(puppet);
    return found.kind === 'failed' && found.cause instanceof CannotSeal ? found.cause.why : undefined;
  }

  /** The store may be another now: what is kept of a user is to be looked at anew. */
  doubt(user: MatrixUserId): void {
    this.#known.delete(user);
  }

  /** The homeserver does not know the device: another one takes its place when one is needed. */
  lost(user: MatrixUserId): void {
    this.doubt(user);
    this.#replaced.add(user);
  }

  /** By what a device of the engine acts as a user; undefined where the bridge may not act by this device now. */
  async credentialOf(user: MatrixUserId, deviceId: string | undefined): Promise<Credential | undefined> {
    const credential = (await this.#lender?.of(user))?.credential;
    if (credential?.kind !== 'token') return credential;
    // A token acts as its own device, whatever it is asked for: never with the keys of another.
    const own = await this.#accounts.deviceOf(user, credential.token);
    return own.kind === 'id' && own.id === deviceId ? credential : undefined;
  }

  /** Whether what was sealed by a device of a user was sealed here. */
  async isOurs(user: MatrixUserId, deviceId: string): Promise<boolean> {
    if (this.#isMade(deviceId)) return true;
    const kept = await this.#keptOf(user);
    return !('kind' in kept) && kept.some((device) => device.deviceId === deviceId);
  }

  /** Removes the guests of a user by which the bridge no longer acts. May be repeated. */
  async settle(user: MatrixUserId): Promise<undefined | Failed> {
    const standing = (await this.#lender?.standing(user)) ?? { kind: 'off' };
    return this.#clear(user, (device) => this.#isCurrent(standing, device, user));
  }

  /** Removes all guests of a user. May be repeated. */
  async erase(user: MatrixUserId): Promise<undefined | Failed> {
    return this.#clear(user, async () => false);
  }

  /** Settles everybody on whose account there is a guest; the first failure is answered, the others are tried all the same. */
  async sweep(signal: AbortSignal): Promise<undefined | Failed> {
    const guests = await this.#deps.engine.guests();
    if ('kind' in guests) return passing(guests);
    let first: Failed | undefined;
    for (const userId of new Set(guests.map((device) => device.userId))) {
      if (signal.aborted) return undefined;
      const user = parseMatrixUserId(userId);
      const failed = user === undefined ? undefined : await this.settle(user);
      first ??= failed;
    }
    return first;
  }

  /** The device of a user's own token gets keys if it has none; one that has is a client's. */
  async #take(user: MatrixUserId, token: string): Promise<FoundDevice | Failed> {
    if (this.#occupied.get(user) === token) return speechless('other-keys');
    const own = await this.#accounts.deviceOf(user, token);
    if (own.kind === 'failed') return own;
    if (own.kind === 'none') return this.#isOccupied(user, token);
    const device: Device = { userId: user, deviceId: own.id, guest: true };
    const trouble = await this.#deps.engine.identify(device);
    if (trouble === undefined) return this.#found(user, token, device);
    if (trouble.what !== 'occupied' && trouble.what !== 'stale') return this.#told(trouble);
    const unforgotten = await this.#deps.engine.forget(device);
    return unforgotten === undefined ? this.#isOccupied(user, token) : passing(unforgotten);
  }

  #isOccupied(user: MatrixUserId, token: string): Failed {
    this.#occupied.set(user, token);
    return speechless('other-keys');
  }

  async #make(user: MatrixUserId, by: Credential, again = false): Promise<FoundDevice | Failed> {
    const { engine, nameFor } = this.#deps;
    const name = await this.#nameNow();
    if (typeof name !== 'string') return this.#told(name);
    const kept = await this.#keptOf(user);
    if ('kind' in kept) return kept;
    const isReplaced = this.#replaced.has(user);
    const before = isReplaced ? undefined : kept.findLast((device) => isNamed(device, name));
    const device = before ?? {
      ...{ userId: user, deviceId: isReplaced ? another(name) : name },
      guest: true,
    };
    const failed =
      before === undefined
        ? await this.#accounts.makeDevice(user, by, device.deviceId, await nameFor(user))
        : undefined;
    if (failed !== undefined) return failed;
    const trouble = await engine.identify(device);
    const isGone = trouble?.errcode === 'M_UNKNOWN_DEVICE' || trouble?.what === 'occupied';
    if (isGone && !again) {
      this.lost(user);
      return this.#make(user, by, true);
    }
    if (trouble !== undefined) return this.#told(trouble);
    this.#replaced.delete(user);
    await this.#tidy(user, by, device);
    return this.#found(user, by.token, device);
  }

  /** Earlier devices go, also such as nothing is known of any more. What stays, stays until the next sweep. */
  async #tidy(user: MatrixUserId, by: Credential, device: Device): Promise<void> {
    const failed = await this.#clear(user, async ({ deviceId }) => deviceId === device.deviceId);
    const there = await this.#accounts.devicesOf(user, by);
    const orphans = 'kind' in there ? [] : there.filter((id) => this.#isMade(id) && id !== device.deviceId);
    for (const id of orphans) await this.#accounts.deleteDevice(user, by, id);
    if (failed !== undefined || 'kind' in there)
      this.#deps.log.info({ reason: failed?.reason }, 'earlier sessions on an account stay for now');
  }

  async #clear(
    user: MatrixUserId,
    stays: (device: Device) => Promise<boolean | Failed>,
  ): Promise<undefined | Failed> {
    const kept = await this.#keptOf(user);
    if ('kind' in kept) return kept;
    for (const device of kept) {
      const isStaying = await stays(device);
      if (typeof isStaying !== 'boolean') return isStaying;
      const failed = isStaying ? undefined : await this.#remove(user, device);
      if (failed !== undefined) return failed;
    }
    return undefined;
  }

  async #remove(user: MatrixUserId, device: Device): Promise<undefined | Failed> {
    if (this.#known.get(user)?.device.deviceId === device.deviceId) this.#known.delete(user);
    const by = this.#lender?.registration;
    // The device of a user's token is theirs to log out.
    if (by !== undefined && this.#isMade(device.deviceId)) {
      const failed = await this.#accounts.deleteDevice(user, by, device.deviceId);
      if (failed?.retry.kind === 'later') return failed;
    }
    const trouble = await this.#deps.engine.forget(device);
    return trouble === undefined ? undefined : passing(trouble);
  }

  async #isCurrent(standing: Standing, device: Device, user: MatrixUserId): Promise<boolean | Failed> {
    switch (standing.kind) {
      case 'off':
        return false;
      case 'registration': {
        const name = await this.#nameNow();
        return typeof name === 'string' ? isNamed(device, name) : passing(name);
      }
      case 'token': {
        const own = await this.#accounts.deviceOf(user, standing.token);
        // That a token is lost is for those to say who speak by it.
        if (own.kind === 'failed') return errcodeOf(own) === 'M_UNKNOWN_TOKEN' ? true : own;
        return own.kind === 'id' && own.id === device.deviceId;
      }
    }
  }

  async #keptOf(user: MatrixUserId): Promise<readonly Device[] | Failed> {
    const kept = await this.#deps.engine.describe(user);
    if ('kind' in kept) return passing(kept);
    return kept.flatMap(({ device }) => (device.guest === true ? [device] : []));
  }

  /** The name of a device of this generation of the engine's store. */
  async #nameNow(): Promise<string | Trouble> {
    const generation = await this.#deps.engine.generation();
    return typeof generation === 'string' ? `${this.#deps.prefix}_${generation}` : generation;
  }

  #isMade(deviceId: string): boolean {
    return deviceId.startsWith(`${this.#deps.prefix}_`);
  }

  #found(user: MatrixUserId, token: string, device: Device): FoundDevice {
    this.#known.set(user, { token, device });
    return { kind: 'device', device };
  }

  #told(trouble: Trouble): Failed {
    const { what, errcode, cause } = trouble;
    if (trouble.retry === 'never')
      this.#deps.log.warn({ what, errcode, err: cause }, 'a session on the account of a user gets no keys');
    // Without its credential the chat goes on without the user's own voice.
    return trouble.what === 'refused' ? failedBy(trouble) : passing(trouble);
  }
}

function speechless(why: Speechless): Failed {
  return failedForGood('no-puppet-keys', new CannotSeal(why));
}

/** Whether a device is of the generation that this name is of. */
function isNamed({ deviceId }: Device, name: string): boolean {
  return deviceId === name || deviceId.startsWith(`${name}_`);
}

function another(name: string): string {
  return `${name}_${randomBytes(4).toString('hex')}`;
}
