/**
 * Guests: devices of the bridge on the account of a person (https://spec.matrix.org/v1.16/client-server-api/#device-keys).
 * The account's identity (its cross-signing keys) is that person's: it is neither made nor changed nor used, whatever
 * happens. So nobody has signed such a device, and clients say so beside what it seals.
 */
import * as wasm from '@matrix-org/matrix-sdk-crypto-wasm';
import type { Device, DeviceAnswer } from './engine.ts';
import type { Ledger } from './ledger.ts';
import type { Machine } from './machine.ts';
import { asObject, readObject } from './megolm-header.ts';
import { ask, flush, type Ask } from './outgoing.ts';
import { pull, type OnVerification } from './pull.ts';
import { Hindrance } from './trouble.ts';

const client = '/_matrix/client/v3';
/** What changes an account's identity, or signs in its name. */
const identityPaths: readonly string[] = [
  `${client}/keys/device_signing/upload`,
  `${client}/keys/signatures/upload`,
];

/** What is answered where the machine of a guest would touch the identity of its account: the homeserver is not asked. */
const kept: DeviceAnswer = {
  kind: 'failed',
  status: undefined,
  errcode: undefined,
  retry: 'never',
  afterMs: undefined,
};

/** Whether a device is a guest; once it is known as one it stays that, whoever names it. */
export function isGuest(ledger: Ledger, device: Device): boolean {
  return device.guest === true || ledger.get(device)?.device.guest === true;
}

/** Whether an account is a person's: none but guests are made on it. */
export function hasGuests(ledger: Ledger, userId: string): boolean {
  return ledger.of(userId).some(({ device }) => device.guest === true);
}

/** Lets nothing through that concerns the identity of an account with guests, by whatever mistake it may come. */
export function sparingIdentities(ledger: Ledger, send: Ask): Ask {
  return async (as, request) =>
    identityPaths.includes(request.path) && hasGuests(ledger, as.userId) ? kept : send(as, request);
}

/**
 * Gives a guest its device keys, one-time keys and a fallback key; every step may be repeated. A device that has other keys
 * on the homeserver is somebody's: it is left as it is, and the trouble is `occupied`. To be called alone
 * (`Machine.wholeDevice`).
 */
export async function identifyGuest(
  machine: Machine,
  send: Ask,
  ledger: Ledger,
  isNew: boolean,
  onVerification: OnVerification,
): Promise<void> {
  if ((await keysOnHomeserver(machine, send)) === 'others') throw occupied();
  if (isNew) await machine.olm.receiveSyncChanges('[]', new wasm.DeviceLists([], []), new Map(), new Set());
  await flush(machine, send);
  // What was interrupted may have got through: only the homeserver knows how many keys it has.
  if (!isNew) await pull(machine, send, ledger, onVerification);
  const found = await keysOnHomeserver(machine, send);
  if (found === 'others') throw occupied();
  if (found === 'none') throw missing();
  await ledger.change(machine.device, { identified: true });
}

/** Whose keys the homeserver tells everybody for the device. */
async function keysOnHomeserver(machine: Machine, send: Ask): Promise<'none' | 'ours' | 'others'> {
  const { userId, deviceId } = machine.device;
  const body = JSON.stringify({ device_keys: { [userId]: [deviceId] } });
  const answer = await ask(send, machine.requester, { method: 'POST', path: `${client}/keys/query`, body });
  const users = asObject(readObject(answer)?.['device_keys']);
  const found = asObject(asObject(users?.[userId])?.[deviceId]);
  if (found === undefined) return 'none';
  const keys = asObject(found['keys']);
  const { curve25519, ed25519 } = machine.olm.identityKeys;
  const isOurs =
    keys?.[`ed25519:${deviceId}`] === ed25519.toBase64() &&
    keys[`curve25519:${deviceId}`] === curve25519.toBase64();
  return isOurs ? 'ours' : 'others';
}

function occupied(): Hindrance {
  const cause = 'the device has keys on the homeserver that are not ours';
  return new Hindrance({ what: 'occupied', retry: 'never', afterMs: undefined, errcode: undefined, cause });
}

function missing(): Hindrance {
  const cause = 'the homeserver does not tell the keys of a guest';
  return new Hindrance({ what: 'homeserver', retry: 'later', afterMs: undefined, errcode: undefined, cause });
}
