// The flag byte before a node, and the zlib stream that it may announce [P].
import { inflateSync } from 'node:zlib';
import { deflatedFlag } from '../profile/node-profile.ts';
import { nodeFailed, type NodeFailed } from './failed.ts';

/** The bytes of a node, its flag byte read and taken off. */
export type Inflated = { readonly kind: 'inflated'; readonly bytes: Uint8Array } | NodeFailed;

/**
 * Takes the flag byte off and inflates what it says is compressed, to at most `limit` bytes: a bomb costs no more
 * than that. Other bits of the flag mean nothing to any known client, and are not looked at.
 */
export function inflateNode(frame: Uint8Array, limit: number): Inflated {
  const flag = frame[0];
  if (flag === undefined) return nodeFailed('empty');
  const body = frame.subarray(1);
  if ((flag & deflatedFlag) !== 0) return inflate(body, limit);
  return body.length > limit ? nodeFailed('too-large') : { kind: 'inflated', bytes: body };
}

function inflate(body: Uint8Array, limit: number): Inflated {
  if (body.length > limit) return nodeFailed('too-large');
  try {
    return { kind: 'inflated', bytes: inflateWhole(body, limit) };
  } catch (error) {
    return nodeFailed(isOverLimit(error) ? 'too-large' : 'bad-deflate');
  }
}

/** Bytes after the stream's end are an error too: zlib by itself would pass over them in silence. */
function inflateWhole(body: Uint8Array, limit: number): Uint8Array {
  const result: unknown = inflateSync(body, { maxOutputLength: limit, info: true });
  if (!hasEngine(result)) throw new TypeError('zlib gave no account of what it read');
  if (result.engine.bytesWritten !== body.length) throw new RangeError('bytes after the end of the stream');
  return result.buffer;
}

/** What zlib gives for `info`, which its types leave out. */
function hasEngine(
  result: unknown,
): result is { readonly buffer: Uint8Array; readonly engine: { readonly bytesWritten: number } } {
  return typeof result === 'object' && result !== null && 'buffer' in result && 'engine' in result;
}

function isOverLimit(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
}
