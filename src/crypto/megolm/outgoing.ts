/** Sends what a machine wants sent (https://spec.matrix.org/v1.16/client-server-api/#client-behaviour-4 and following). */
import * as wasm from '@matrix-org/matrix-sdk-crypto-wasm';
import { cleanKeysClaim, cleanKeysQuery } from './answers.ts';
import type { DeviceAnswer, DeviceRequest, Requester } from './engine.ts';
import type { Machine } from './machine.ts';
import { Hindrance, refusedRequest, unreadable } from './trouble.ts';

/** Asks the homeserver; does not reject. */
export type Ask = (as: Requester, request: DeviceRequest) => Promise<DeviceAnswer>;

type Outgoing = Awaited<ReturnType<wasm.OlmMachine['outgoingRequests']>>[number];

const client = '/_matrix/client/v3';
/** An answer may make the engine want more; what is left then comes the next time. */
const rounds = 4;

/** Sends a request; throws a `Hindrance` where the homeserver did not do it. Resolves to the body of its answer. */
export async function ask(send: Ask, as: Requester, request: DeviceRequest): Promise<string> {
  const answer = await send(as, request);
  if (answer.kind === 'failed') throw refusedRequest(request.path, answer);
  return answer.body;
}

/**
 * Sends all that the machine has to send. To be called alone (`Machine.wholeDevice`). What becomes due meanwhile stays due,
 * and so does what failed.
 */
export async function flush(machine: Machine, send: Ask): Promise<void> {
  try {
    for (let round = 0; round < rounds; round += 1) {
      machine.due = false;
      const requests = await machine.olm.outgoingRequests();
      if (requests.length === 0) return;
      await allDone(requests.map((request) => attempt(machine, send, request)));
    }
  } catch (error) {
    machine.due = true;
    throw error;
  }
}

/** Waits for all, also where one fails, so that none goes on after its turn; then throws the first failure. */
export async function allDone(started: readonly Promise<void>[]): Promise<void> {
  await Promise.allSettled(started);
  await Promise.all(started);
}

/** One-time keys that the homeserver does not take (it has others of these names) must not keep the rest from happening. */
async function attempt(machine: Machine, send: Ask, request: Outgoing): Promise<void> {
  try {
    await deliver(machine, send, request);
  } catch (error) {
    const isRefused = error instanceof Hindrance && error.trouble.what === 'refused';
    if (!isRefused || request.type !== wasm.RequestType.KeysUpload) throw error;
  }
}

/** Makes Olm sessions with the users' devices that lack one; true where there was nothing to ask for. Alone, too. */
export async function claim(machine: Machine, send: Ask, users: readonly wasm.UserId[]): Promise<boolean> {
  const request = await machine.olm.getMissingSessions([...users]);
  if (request === null) return true;
  await deliver(machine, send, request);
  return false;
}

/** Sends one request, and tells the machine what was answered. */
export async function deliver(
  machine: Machine,
  send: Ask,
  request: Outgoing | wasm.KeysClaimRequest,
): Promise<void> {
  const asked = plan(request);
  await machine.committed();
  const body = await ask(send, machine.requester, asked);
  const fit = clean(machine, request, asked, body);
  if (request.id !== undefined) await machine.olm.markRequestAsSent(request.id, request.type, fit);
  if (request.type === wasm.RequestType.KeysQuery) {
    machine.lists += 1;
    machine.due = true;
  }
}

/** Other servers write parts of these answers; what they write wrong must not keep the rest from being taken. */
function clean(
  machine: Machine,
  { type }: Outgoing | wasm.KeysClaimRequest,
  asked: DeviceRequest,
  body: string,
): string {
  if (type !== wasm.RequestType.KeysQuery && type !== wasm.RequestType.KeysClaim) return body;
  const { userId } = machine.requester;
  const fit =
    type === wasm.RequestType.KeysQuery ? cleanKeysQuery(body, asked.body, userId) : cleanKeysClaim(body);
  if (fit === undefined) throw unreadable(asked.path);
  return fit;
}

function plan(request: Outgoing | wasm.KeysClaimRequest): DeviceRequest {
  const { body } = request;
  if (request instanceof wasm.KeysUploadRequest)
    return { method: 'POST', path: `${client}/keys/upload`, body };
  if (request instanceof wasm.KeysQueryRequest) return { method: 'POST', path: `${client}/keys/query`, body };
  if (request instanceof wasm.KeysClaimRequest) return { method: 'POST', path: `${client}/keys/claim`, body };
  if (request instanceof wasm.SignatureUploadRequest)
    return { method: 'POST', path: `${client}/keys/signatures/upload`, body };
  if (request instanceof wasm.ToDeviceRequest) return toDevice(request.event_type, request.txn_id, body);
  if (request instanceof wasm.RoomMessageRequest) {
    const { room_id: room, event_type: type, txn_id: txn } = request;
    const path = `${client}/rooms/${encodeURIComponent(room)}/send/${encodeURIComponent(type)}/${encodeURIComponent(txn)}`;
    return { method: 'PUT', path, body };
  }
  return { method: 'PUT', path: `${client}/room_keys/keys`, body };
}

/** To-device messages of one type; the same `txn` is delivered once. */
export function toDevice(type: string, txn: string, body: string): DeviceRequest {
  const path = `${client}/sendToDevice/${encodeURIComponent(type)}/${encodeURIComponent(txn)}`;
  return { method: 'PUT', path, body };
}
