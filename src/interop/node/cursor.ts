/**
 * Reads bytes from a node's start to its end. The first failure sticks: from then on every read gives nothing (zero,
 * no bytes), so what reads in loops ends them by asking `failed`.
 */

import { nodeFailed, type NodeFailed, type NodeFailure } from './failed.ts';

export interface Cursor {
  /** The first failure, if there was one. */
  readonly failed: () => NodeFailed | undefined;
  readonly fail: (reason: NodeFailure) => void;
  readonly byte: () => number;
  /** An unsigned big-endian number of so many bytes (up to four). */
  readonly number: (bytes: number) => number;
  /** A copy, so that what is kept of a node does not keep the frame. */
  readonly bytes: (length: number) => Uint8Array;
  readonly atEnd: () => boolean;
}

/** A cursor at the start of `source`, which is not copied as a whole. */
export function cursorOver(source: Uint8Array): Cursor {
  let at = 0;
  let failure: NodeFailed | undefined;
  const fail = (reason: NodeFailure): void => {
    failure ??= nodeFailed(reason, at);
  };
  const has = (length: number): boolean => {
    if (failure === undefined && length > source.length - at) fail('truncated');
    return failure === undefined;
  };
  const byte = (): number => (has(1) ? (source[at++] ?? 0) : 0);
  return {
    failed: () => failure,
    fail,
    byte,
    number: (bytes) => {
      if (!has(bytes)) return 0;
      let value = 0;
      for (let index = 0; index < bytes; index += 1) value = value * 256 + byte();
      return value;
    },
    bytes: (length) => {
      if (!has(length)) return new Uint8Array(0);
      at += length;
      return new Uint8Array(source.subarray(at - length, at));
    },
    atEnd: () => at === source.length,
  };
}
