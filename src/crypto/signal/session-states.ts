/**
 * What the library keeps of a session, read as far as its states and the chains in them: a record holds the current state (1)
 * and those before it (2, the latest first); a state has receiver chains (7) and the base key that it was begun with (13); a
 * chain has the sender's ratchet key (1) and the key of the next message, with its number (3). The library is pinned, and a
 * test compares.
 */
import { bytesField, type WireField, wireFields } from './wire-fields.ts';

export interface SessionState {
  readonly bytes: Uint8Array;
  readonly baseKey: Uint8Array | undefined;
  readonly chains: readonly Chain[];
}

export interface Chain {
  readonly ratchetKey: Uint8Array;
  /** The number of the next message of which no key was made yet. */
  readonly next: number;
}

/** The library keeps one state and forty before it. */
const maxStates = 41;
const current = 1;
const previous = 2;

/** The states of a record, the current one first. Throws for what is no record: a broken database. */
export function statesOf(record: Uint8Array): readonly SessionState[] {
  return parsed(record)
    .filter(({ no }) => no === current || no === previous)
    .toSorted((one, other) => one.no - other.no)
    .map(({ value }) => stateOf(bytesOf(value)));
}

/** A record of these states, the first of which is current. */
export function recordOf(states: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(
    states
      .slice(0, maxStates)
      .flatMap((bytes, index) => [fieldHead(index === 0 ? current : previous, bytes.length), bytes]),
  );
}

function stateOf(bytes: Uint8Array): SessionState {
  const fields = parsed(bytes);
  const chains = fields.flatMap(({ no, value }) => (no === 7 ? [chainOf(bytesOf(value))] : []));
  return { bytes, baseKey: bytesField(fields, 13), chains };
}

function chainOf(bytes: Uint8Array): Chain {
  const fields = parsed(bytes);
  const key = parsed(bytesField(fields, 3) ?? new Uint8Array(0));
  const next = key.findLast(({ no }) => no === 1)?.value ?? 0;
  return {
    ratchetKey: bytesField(fields, 1) ?? new Uint8Array(0),
    next: typeof next === 'number' ? next : 0,
  };
}

function parsed(bytes: Uint8Array): readonly WireField[] {
  const fields = wireFields(bytes);
  if (fields === undefined) throw new Error('the state of a session is not what it should be');
  return fields;
}

function bytesOf(value: WireField['value']): Uint8Array {
  return typeof value === 'number' ? new Uint8Array(0) : value;
}

function fieldHead(no: number, length: number): Uint8Array {
  const bytes = [no * 8 + 2];
  let left = length;
  for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) + 128);
  return Uint8Array.from([...bytes, left]);
}
