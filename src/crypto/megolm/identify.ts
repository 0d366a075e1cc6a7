/**
 * Makes a device somebody: its keys on the homeserver, its account's cross-signing keys, and its signature by them
 * (https://spec.matrix.org/v1.16/client-server-api/#cross-signing). Nothing here asks for a password: an application
 * service may do all of it.
 */
import * as wasm from '@matrix-org/matrix-sdk-crypto-wasm';
import type { Ledger } from './ledger.ts';
import type { Machine } from './machine.ts';
import { asObject, readObject } from './megolm-header.ts';
import { ask, deliver, flush, type Ask } from './outgoing.ts';
import { pull, type OnVerification } from './pull.ts';
import { Hindrance, troubleOf } from './trouble.ts';

/** The private cross-signing keys of an account, as an older device of it has them. */
export type CrossSigningKeys = Pick<
  wasm.CrossSigningKeyExport,
  'masterKey' | 'self_signing_key' | 'userSigningKey'
>;

const client = '/_matrix/client/v3';

/**
 * Does what is still missing; every step may be repeated, and what is on the homeserver already is put there again as it
 * was. To be called alone (`Machine.wholeDevice`).
 */
export async function identify(
  machine: Machine,
  send: Ask,
  ledger: Ledger,
  isNew: boolean,
  inherited: CrossSigningKeys | undefined,
  onVerification: OnVerification,
): Promise<void> {
  const { device, olm } = machine;
  if (isNew) await olm.receiveSyncChanges('[]', new wasm.DeviceLists([], []), new Map(), new Set());
  await flush(machine, send);
  // What was interrupted may have got through: only the homeserver knows how many keys it has.
  if (!isNew) await pull(machine, send, ledger, onVerification);
  await sign(machine, send, inherited);
  await check(machine, send);
  await ledger.change(device, { identified: true });
}

async function sign(machine: Machine, send: Ask, inherited: CrossSigningKeys | undefined): Promise<void> {
  const { olm, requester } = machine;
  const { hasMaster } = await olm.crossSigningStatus();
  if (!hasMaster && inherited !== undefined) await takeUp(machine, inherited);
  let wanted = await olm.bootstrapCrossSigning(false);
  // Keys that were taken over are on the homeserver as they were uploaded once; unless others are there by now.
  const isTakenOver = !isSelfSigned(wanted.uploadSigningKeysRequest.body);
  if (isTakenOver && !(await isOwnIdentity(machine))) wanted = await olm.bootstrapCrossSigning(true);
  const keys: unknown = wanted.uploadKeysRequest;
  if (keys instanceof wasm.KeysUploadRequest) await deliver(machine, send, keys);
  const { body } = wanted.uploadSigningKeysRequest;
  if (isSelfSigned(body))
    await ask(send, requester, { method: 'POST', path: `${client}/keys/device_signing/upload`, body });
  const answer = await ask(send, requester, {
    method: 'POST',
    path: `${client}/keys/signatures/upload`,
    body: wanted.uploadSignaturesRequest.body,
  });
  const failures = asObject(readObject(answer)?.['failures']);
  if (failures !== undefined && Object.keys(failures).length > 0)
    throw notSigned('its signatures were not taken');
}

/** Takes over keys, if they are still those of the account; otherwise there will be new ones. */
async function takeUp({ olm }: Machine, keys: CrossSigningKeys): Promise<void> {
  try {
    await olm.importCrossSigningKeys(keys.masterKey, keys.self_signing_key, keys.userSigningKey);
  } catch (error) {
    if (troubleOf(error).what === 'store') throw error;
  }
}

/** The engine forgets the signatures among the keys of an identity that it did not make itself. */
function isSelfSigned(upload: string): boolean {
  const key = asObject(readObject(upload)?.['self_signing_key']);
  return Object.keys(asObject(key?.['signatures']) ?? {}).length > 0;
}

/** Whether the identity that the homeserver has for the account is the one whose private keys are here. */
async function isOwnIdentity({ device, olm }: Machine): Promise<boolean> {
  using identity = await olm.getIdentity(new wasm.UserId(device.userId));
  return identity instanceof wasm.OwnUserIdentity && identity.isVerified();
}

/** Looks at what the homeserver tells everybody: the device has our keys, signed by the account. */
async function check(machine: Machine, send: Ask): Promise<void> {
  const { userId, deviceId } = machine.device;
  const query = machine.olm.queryKeysForUsers([new wasm.UserId(userId)]);
  await deliver(machine, send, query);
  // It holds the machine's store, which could not be closed before it is collected.
  using identity = await machine.olm.getIdentity(new wasm.UserId(userId));
  const isOurs = identity instanceof wasm.OwnUserIdentity && (await identity.trustsOurOwnDevice());
  const { hasMaster, hasSelfSigning, hasUserSigning } = await machine.olm.crossSigningStatus();
  if (isOurs && hasMaster && hasSelfSigning && hasUserSigning) return;
  throw notSigned(`${deviceId} is not signed by its account`);
}

function notSigned(cause: string): Hindrance {
  return new Hindrance({ what: 'homeserver', retry: 'later', afterMs: undefined, errcode: undefined, cause });
}
