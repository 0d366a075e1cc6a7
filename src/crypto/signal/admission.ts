/**
 * How much work a message may make, decided before the library sees it. The library tries each state of a session in turn
 * and, before it can tell whether the message is genuine, makes the keys of all messages that were passed over (up to 25,000
 * in each state). So it is shown those states alone for which that comes to no more than `maxSkip` keys in all, which is as
 * many as it keeps of a chain: what is further ahead does not open.
 */
import { type SessionState, statesOf } from './session-states.ts';
import { bytesField, isPlain, wireFields } from './wire-fields.ts';

/** What a message says of its place. */
export interface Place {
  readonly ratchetKey: Uint8Array;
  readonly counter: number;
  /** What the session was begun with, where the message can begin one. */
  readonly baseKey: Uint8Array | undefined;
}

/** `shown` is what the library is given of the session; `steps` the most keys that it makes of what was passed over. */
export interface Admitted {
  readonly kind: 'admitted';
  readonly shown: readonly Uint8Array[];
  readonly hidden: readonly Uint8Array[];
  readonly steps: number;
}
export type Admission = Admitted | { readonly kind: 'too-far' };

export function admit(record: Uint8Array | undefined, place: Place, maxSkip: number): Admission {
  const states = record === undefined ? [] : statesOf(record);
  const known = states.find((state) => isOfState(state, place));
  return known === undefined ? admitNew(states, place, maxSkip) : admitKnown(states, known, place, maxSkip);
}

/** The chain is known: no state but its own can open the message. */
function admitKnown(
  states: readonly SessionState[],
  state: SessionState,
  { ratchetKey, counter }: Place,
  maxSkip: number,
): Admission {
  const steps = Math.max(0, counter - (chainIn(state, ratchetKey)?.next ?? 0));
  if (steps > maxSkip) return { kind: 'too-far' };
  const hidden = states.filter((one) => one !== state).map(({ bytes }) => bytes);
  return { kind: 'admitted', shown: [state.bytes], hidden, steps };
}

/** A chain that is new: the latest states are tried, as many as the bound lets. */
function admitNew(states: readonly SessionState[], place: Place, maxSkip: number): Admission {
  const { counter, baseKey } = place;
  if (counter > maxSkip) return { kind: 'too-far' };
  const begun = baseKey === undefined ? 0 : 1;
  const tried = counter === 0 ? states.length : Math.floor(maxSkip / counter) - begun;
  const all = states.map(({ bytes }) => bytes);
  const shown = all.slice(0, Math.max(0, tried));
  const steps = counter * (shown.length + begun);
  return { kind: 'admitted', shown, hidden: all.slice(shown.length), steps };
}

function isOfState(state: SessionState, { ratchetKey, baseKey }: Place): boolean {
  if (chainIn(state, ratchetKey) === undefined) return false;
  return baseKey === undefined || (state.baseKey !== undefined && isSame(state.baseKey, baseKey));
}

function chainIn(
  { chains }: SessionState,
  ratchetKey: Uint8Array,
): SessionState['chains'][number] | undefined {
  return chains.find((chain) => isSame(chain.ratchetKey, ratchetKey));
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}

const macBytes = 8;

/** Reads a message that is not the first of a session; `undefined` for what has another form than messages have. */
export function placeOf(message: Uint8Array): Place | undefined {
  const fields = wireFields(message.subarray(1, -macBytes));
  if (fields === undefined || !isPlain(fields)) return undefined;
  const ratchetKey = bytesField(fields, 1);
  const counter = fields.find(({ no }) => no === 2)?.value ?? 0;
  return ratchetKey === undefined || typeof counter !== 'number'
    ? undefined
    : { ratchetKey, counter, baseKey: undefined };
}

/** The same of one that can begin a session. */
export function placeOfFirst(message: Uint8Array): Place | undefined {
  const fields = wireFields(message.subarray(1));
  if (fields === undefined || !isPlain(fields)) return undefined;
  const [baseKey, inner] = [bytesField(fields, 2), bytesField(fields, 4)];
  const place = inner === undefined ? undefined : placeOf(inner);
  return place === undefined || baseKey === undefined ? undefined : { ...place, baseKey };
}
