/**
 * Keys of https://w3c.github.io/IndexedDB/#key-construct as bytes whose order is the order of the keys.
 *
 * A key is a tag, then its value: numbers and dates as eight bytes that sort, strings by their UTF-16 code units, binary
 * with its zeros escaped, arrays as their members. No key is the beginning of another one, and no byte 0xff is a tag:
 * so keys can be put one behind the other, and a key with 0xff behind it stands after everything that begins with the key.
 */
import { isProxy } from 'node:util/types';
import { domError } from './errors.ts';

/** A key, encoded. */
export type Key = Buffer;

const tags = { number: 0x10, date: 0x20, string: 0x30, binary: 0x40, array: 0x50 } as const;

/** Before, and after, all keys. */
export const lowest: Key = Buffer.from([0x01]);
export const highest: Key = Buffer.from([0xff]);

/** What stands directly after everything that begins with the key. */
export function after(key: Key): Buffer {
  const bytes = Buffer.allocUnsafe(key.length + 1);
  key.copy(bytes);
  bytes[key.length] = 0xff;
  return bytes;
}

/** Converts a value to a key (https://w3c.github.io/IndexedDB/#convert-a-value-to-a-key); undefined where it is none. */
export function keyOf(value: unknown): Key | undefined {
  if (typeof value === 'string') return asciiKey(value) ?? slowKey(value);
  return slowKey(value);
}

/** The same, with a `DataError` where it is none. */
export function requireKey(value: unknown): Key {
  const key = keyOf(value);
  if (key === undefined) throw domError('DataError', 'the value is not a valid key');
  return key;
}

/** The keys of a multi-entry index: members that are no keys are left out, as are those that are there already. */
export function keysOf(values: readonly unknown[]): readonly Key[] {
  const found = new Map<string, Key>();
  for (const value of values) {
    const key = keyOf(value);
    if (key !== undefined) found.set(key.toString('latin1'), key);
  }
  return [...found.values()];
}

/** The number of a key that is one. */
export function numberOf(key: Key): number | undefined {
  return key[0] === tags.number ? doubleAt(key, 1) : undefined;
}

/** The value of a key, made anew each time. */
export function valueOf(key: Key): unknown {
  return new Reader(key).value();
}

function asciiKey(text: string): Key | undefined {
  const { length } = text;
  const bytes = Buffer.allocUnsafe(length + 2);
  for (let index = 0; index < length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit >= 0x7f) return undefined;
    bytes[index + 1] = unit + 1;
  }
  bytes[0] = tags.string;
  bytes[length + 1] = 0;
  return bytes;
}

function slowKey(value: unknown): Key | undefined {
  const bytes: number[] = [];
  return write(value, bytes, []) ? Buffer.from(bytes) : undefined;
}

function write(value: unknown, bytes: number[], seen: readonly unknown[]): boolean {
  if (typeof value === 'number') return writeDouble(tags.number, value, bytes);
  if (typeof value === 'string') return writeString(value, bytes);
  if (value instanceof Date) return writeDouble(tags.date, value.getTime(), bytes);
  if (value instanceof ArrayBuffer) return !value.detached && writeBinary(new Uint8Array(value), bytes);
  if (ArrayBuffer.isView(value)) {
    const { buffer, byteOffset, byteLength } = value;
    if (buffer instanceof ArrayBuffer && buffer.detached) return false;
    return writeBinary(new Uint8Array(buffer, byteOffset, byteLength), bytes);
  }
  return Array.isArray(value) && !isProxy(value) && writeArray(value, bytes, seen);
}

function writeArray(members: readonly unknown[], bytes: number[], seen: readonly unknown[]): boolean {
  if (seen.includes(members)) return false;
  bytes.push(tags.array);
  const { length } = members;
  for (let index = 0; index < length; index += 1) {
    if (!Object.hasOwn(members, index)) return false;
    if (!write(members[index], bytes, [...seen, members])) return false;
  }
  bytes.push(0);
  return true;
}

const eight = new DataView(new ArrayBuffer(8));

function writeDouble(tag: number, value: number, bytes: number[]): boolean {
  if (Number.isNaN(value)) return false;
  eight.setFloat64(0, value === 0 ? 0 : value);
  const negative = (eight.getUint8(0) & 0x80) !== 0;
  bytes.push(tag);
  for (let index = 0; index < 8; index += 1) {
    const byte = eight.getUint8(index);
    bytes.push(negative ? byte ^ 0xff : index === 0 ? byte | 0x80 : byte);
  }
  return true;
}

function doubleAt(bytes: Buffer, from: number): number {
  const negative = ((bytes[from] ?? 0) & 0x80) === 0;
  for (let index = 0; index < 8; index += 1) {
    const byte = bytes[from + index] ?? 0;
    eight.setUint8(index, negative ? byte ^ 0xff : index === 0 ? byte & 0x7f : byte);
  }
  return eight.getFloat64(0);
}

/** Code units from 0x7f on take two bytes, those from 0x407f on three. */
const two = 0x7f;
const three = 0x407f;

function writeString(text: string, bytes: number[]): boolean {
  bytes.push(tags.string);
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit < two) bytes.push(unit + 1);
    else if (unit < three) bytes.push(0x80 | ((unit - two) >> 8), (unit - two) & 0xff);
    else bytes.push(0xc0, (unit - three) >> 8, (unit - three) & 0xff);
  }
  bytes.push(0);
  return true;
}

/** A zero byte becomes 00 fe; the end is 00 00. */
function writeBinary(data: Uint8Array, bytes: number[]): boolean {
  bytes.push(tags.binary);
  for (const byte of data) {
    bytes.push(byte);
    if (byte === 0) bytes.push(0xfe);
  }
  bytes.push(0, 0);
  return true;
}

/** Unlike `push` it calls no setter that somebody has put on the prototype. */
function define(members: unknown[], value: unknown): void {
  Object.defineProperty(members, members.length, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}

class Reader {
  readonly #bytes: Buffer;
  position = 0;
  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  value(): unknown {
    switch (this.#next()) {
      case tags.number:
        return this.#double();
      case tags.date:
        return new Date(this.#double());
      case tags.string:
        return this.#string();
      case tags.binary:
        return this.#binary();
      case tags.array:
        return this.#array();
      default:
        throw new Error('the store holds a key that is none');
    }
  }

  #next(): number {
    const byte = this.#bytes[this.position];
    if (byte === undefined) throw new Error('the store holds a key that is cut off');
    this.position += 1;
    return byte;
  }

  #double(): number {
    const value = doubleAt(this.#bytes, this.position);
    this.position += 8;
    return value;
  }

  #string(): string {
    const units: number[] = [];
    for (;;) {
      const byte = this.#next();
      if (byte === 0) break;
      if (byte < 0x80) units.push(byte - 1);
      else if (byte < 0xc0) units.push((((byte & 0x3f) << 8) | this.#next()) + two);
      else units.push(((this.#next() << 8) | this.#next()) + three);
    }
    let text = '';
    for (let from = 0; from < units.length; from += 8_192)
      text += String.fromCharCode(...units.slice(from, from + 8_192));
    return text;
  }

  #binary(): ArrayBuffer {
    const data: number[] = [];
    for (;;) {
      const byte = this.#next();
      if (byte === 0 && this.#next() === 0) break;
      data.push(byte);
    }
    return new Uint8Array(data).buffer;
  }

  #array(): unknown[] {
    const members: unknown[] = [];
    while (this.#bytes[this.position] !== 0) define(members, this.value());
    this.position += 1;
    return members;
  }
}
