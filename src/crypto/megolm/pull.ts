/** What waits for a device: `/sync` (https://spec.matrix.org/v1.16/client-server-api/#get_matrixclientv3sync). */
import * as wasm from '@matrix-org/matrix-sdk-crypto-wasm';
import type { Ledger } from './ledger.ts';
import { userIds, type Machine } from './machine.ts';
import { asObject, readObject } from './megolm-header.ts';
import { ask, claim, flush, type Ask } from './outgoing.ts';
import { Hindrance } from './trouble.ts';
import { refuseVerification, verificationAsked, type VerificationWish } from './verification.ts';

/** No rooms, presence or account data: to-device messages, changed device lists and key counts are left. */
const filter = JSON.stringify({
  room: { rooms: [], account_data: { not_types: ['*'] } },
  presence: { not_types: ['*'] },
  account_data: { not_types: ['*'] },
});
/** The homeserver hands out about 100 messages at once. More rounds than these wait for the next time. */
const rounds = 50;
/** Wishes for verification of one round that are answered. */
const mostWishes = 20;

/** Somebody asks the device to verify itself. */
export type OnVerification = (machine: Machine, from: string) => void;

/** What an answer of `/sync` holds of use here. */
interface Inbox {
  readonly next: string;
  readonly messages: readonly unknown[];
  readonly changed: readonly string[];
  readonly left: readonly string[];
  readonly oneTimeKeys: number | undefined;
  readonly fallbackKeys: readonly string[] | undefined;
}

/**
 * Fetches what waits and does what follows. The place in the stream is kept after the keys: whatever is interrupted comes
 * again. To be called alone (`Machine.wholeDevice`).
 */
export async function pull(
  machine: Machine,
  send: Ask,
  ledger: Ledger,
  onVerification: OnVerification,
): Promise<void> {
  let lookedAt = Date.now();
  for (let round = 0; round < rounds; round += 1) {
    lookedAt = Date.now();
    const inbox = await look(machine, send, ledger);
    const wishes = await take(machine, inbox, ledger);
    for (const wish of wishes.slice(0, mostWishes)) {
      await send(machine.requester, refuseVerification(wish));
      onVerification(machine, wish.from);
    }
    if (inbox.messages.length === 0) break;
  }
  // Sessions that cannot be read any more are made anew: a claim, and then a message that tells the other side.
  await claim(machine, send, []);
  await flush(machine, send);
  machine.lookedAt = lookedAt;
}

async function look(machine: Machine, send: Ask, ledger: Ledger): Promise<Inbox> {
  const since = ledger.get(machine.device)?.since;
  const path = '/_matrix/client/v3/sync';
  const query = { filter, timeout: 0, set_presence: 'offline', ...(since === undefined ? {} : { since }) };
  const inbox = readInbox(await ask(send, machine.requester, { method: 'GET', path, query }));
  if (inbox !== undefined) return inbox;
  throw new Hindrance({
    what: 'homeserver',
    retry: 'later',
    afterMs: undefined,
    errcode: undefined,
    cause: 'an answer of /sync cannot be read',
  });
}

/** Hands the machine what came in; resolves to the wishes for verification in it. */
async function take(machine: Machine, inbox: Inbox, ledger: Ledger): Promise<VerificationWish[]> {
  const { device, olm } = machine;
  const before = ledger.get(device);
  const oneTimeKeys = inbox.oneTimeKeys ?? before?.oneTimeKeys;
  const fallbackKeys = inbox.fallbackKeys ?? before?.fallbackKeys;
  const unused = fallbackKeys === undefined ? undefined : new Set(fallbackKeys);
  // This form takes a count that is missing for unchanged; the other takes it for zero.
  const counts = new Map(oneTimeKeys === undefined ? [] : [['signed_curve25519', oneTimeKeys]]);
  const isGuest = device.guest === true || before?.device.guest === true;
  const messages = isGuest ? withoutSealed(inbox.messages) : inbox.messages;
  // A one-time key goes and the session that it made comes: a crash between the two would lose what was in the message.
  const taken = await machine.together(async () => {
    const first = new wasm.DeviceLists(userIds(inbox.changed), userIds(inbox.left));
    const [batch = [], ...rest] = oneOfEachSender(messages);
    const found = await olm.receiveSyncChangesMsc4186(JSON.stringify(batch), first, counts, unused);
    for (const more of rest) {
      const lists = new wasm.DeviceLists([], []);
      found.push(...(await olm.receiveSyncChangesMsc4186(JSON.stringify(more), lists, new Map(), undefined)));
    }
    return found;
  });
  // Who has made a new Olm session with the device gets the keys in use once more: the engine says so when it is asked.
  if (inbox.changed.length + inbox.left.length + inbox.messages.length > 0) machine.lists += 1;
  machine.due = true;
  await ledger.change(device, { since: inbox.next, pulledAt: Date.now(), oneTimeKeys, fallbackKeys });
  return taken.flatMap(({ rawEvent }) => verificationAsked(readObject(rawEvent)) ?? []);
}

/**
 * What a guest takes: nothing that is encrypted to it. Clients send the keys of all rooms to all devices of a person, also
 * of rooms without the bridge; a guest only seals, and is not to have them. Given up for that: whoever cannot read an Olm
 * session with the guest any more says so by a message of a new one (`m.dummy`), which is not heard, so that the stuck
 * session is used on until the device is made anew.
 */
function withoutSealed(messages: readonly unknown[]): readonly unknown[] {
  return messages.filter((message) => asObject(message)?.['type'] !== 'm.room.encrypted');
}

/**
 * To-device messages in their order, in batches with no two of one device: of two keys of one session that it is given at
 * once the engine keeps the last, also where that opens less than the first.
 */
function oneOfEachSender(messages: readonly unknown[]): readonly (readonly unknown[])[] {
  const batches: unknown[][] = [];
  const inLast = new Set<unknown>();
  for (const message of messages) {
    const key = asObject(asObject(message)?.['content'])?.['sender_key'];
    const last = batches.at(-1);
    if (last === undefined || (key !== undefined && inLast.has(key))) {
      batches.push([message]);
      inLast.clear();
    } else last.push(message);
    if (key !== undefined) inLast.add(key);
  }
  return batches;
}

function readInbox(body: string): Inbox | undefined {
  const answer = readObject(body);
  const next = answer?.['next_batch'];
  if (answer === undefined || typeof next !== 'string') return undefined;
  const lists = asObject(answer['device_lists']);
  const counts = asObject(answer['device_one_time_keys_count']);
  const count = counts?.['signed_curve25519'];
  const messages = asObject(answer['to_device'])?.['events'];
  const fallbackKeys = answer['device_unused_fallback_key_types'];
  return {
    next,
    messages: Array.isArray(messages) ? messages : [],
    changed: strings(lists?.['changed']),
    left: strings(lists?.['left']),
    oneTimeKeys: typeof count === 'number' ? count : undefined,
    fallbackKeys: Array.isArray(fallbackKeys) ? strings(fallbackKeys) : undefined,
  };
}

function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
