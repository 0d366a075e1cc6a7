/** How arguments are read, as https://webidl.spec.whatwg.org/ has it. */
import { IDBKeyRange } from './key-range.ts';

export type Direction = 'next' | 'nextunique' | 'prev' | 'prevunique';
export type Mode = 'readonly' | 'readwrite' | 'versionchange';

/** A whole number of the range, or a `TypeError`. */
export function wholeNumber(value: unknown, most: number): number {
  const number = Math.trunc(Number(value));
  if (!Number.isFinite(number) || number < 0 || number > most)
    throw new TypeError('the value is not a number of the range');
  return number === 0 ? 0 : number;
}

/** A text as the platform makes it of anything that it is given. */
export function textOf(value: unknown): string {
  const make: (value: unknown) => string = String;
  return make(value);
}

export function directionOf(value: unknown): Direction {
  const text = value === undefined ? 'next' : textOf(value);
  if (text === 'next' || text === 'nextunique' || text === 'prev' || text === 'prevunique') return text;
  throw new TypeError('there is no such direction');
}

/** What `getAll` and its like are asked for. */
export interface ListQuery {
  readonly range: IDBKeyRange;
  readonly limit: number;
  readonly direction: Direction;
}

export const noLimit = 0x7fff_ffff;

/** Reads `getAll(query, count)` and `getAll({ query, count, direction })`. */
export function listQuery(first: unknown, count: unknown): ListQuery {
  if (!isOptions(first)) return { limit: limitOf(count), range: IDBKeyRange.of(first), direction: 'next' };
  return listOptions(first);
}

export function listOptions(options: unknown): ListQuery {
  const read = (name: string): unknown =>
    typeof options === 'object' && options !== null ? Reflect.get(options, name) : undefined;
  const limit = limitOf(read('count'));
  const direction = directionOf(read('direction'));
  return { range: IDBKeyRange.of(read('query')), limit, direction };
}

function limitOf(count: unknown): number {
  const limit = count === undefined ? 0 : wholeNumber(count, 0xffff_ffff);
  return limit === 0 ? noLimit : Math.min(limit, noLimit);
}

/** Whether it is a set of options, not something that could be a key or a range. */
function isOptions(value: unknown): value is object {
  return (
    typeof value === 'object' &&
    value !== null &&
    !(value instanceof IDBKeyRange) &&
    !(value instanceof Date) &&
    !(value instanceof ArrayBuffer) &&
    !ArrayBuffer.isView(value) &&
    !Array.isArray(value)
  );
}
