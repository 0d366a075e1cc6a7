/** Frames on a stream of bytes [P]: a length in 3 bytes, big-endian, and that many bytes. */
import { noiseProfile } from '../profile/noise-profile.ts';
import { noiseFailure, type NoiseFailure } from './failure.ts';
import { createGrowingBytes } from './growing-bytes.ts';
import type { PrologueReader } from './prologue.ts';

const head = noiseProfile.frameLengthBytes;

/** A frame ready to be written, or `frame-too-large` where the length field cannot say it. */
export function writeFrame(body: Uint8Array): Uint8Array | NoiseFailure {
  if (body.length >= 2 ** (8 * head)) return noiseFailure('frame-too-large');
  const frame = Buffer.allocUnsafe(head + body.length);
  frame.writeUIntBE(body.length, 0, head);
  frame.set(body, head);
  return frame;
}

/** What the reader has: `more` asks for the next chunk. */
export type FrameRead =
  { readonly kind: 'frame'; readonly body: Uint8Array } | { readonly kind: 'more' } | NoiseFailure;

/**
 * Cuts a stream into frames. Take `next()` until it answers `more`, then `push` the next chunk. A frame's body is valid
 * until the next call: it may be a window on the chunk. Bytes are kept only for the frame that is not whole yet, and never
 * more than twice as many as have come, whatever length it announces. After a failure the reader stays failed.
 */
export interface FrameReader {
  push(chunk: Uint8Array): void;
  next(): FrameRead;
  /** Changes the longest body that is taken, from the next frame on. */
  limit(most: number): void;
  /** Whether the stream may end here: not within a frame. */
  isBetweenFrames(): boolean;
  /** How many bytes are allocated for a frame that is not whole. */
  held(): number;
}

/** Cuts a stream into frames of at most `mostAtFirst` bytes each, after a prologue where there is one. */
export function createFrameReader(mostAtFirst: number, prologue?: PrologueReader): FrameReader {
  let most = mostAtFirst;
  let chunk: Uint8Array = new Uint8Array(0);
  let at = 0;
  let failure: NoiseFailure | undefined;
  /** The current frame, its length first, as far as it came in earlier chunks. */
  const kept = createGrowingBytes();

  const keep = (upTo: number, whole: number): void => {
    const part = chunk.subarray(at, at + Math.max(0, Math.min(upTo - kept.filled(), chunk.length - at)));
    kept.add(part, whole);
    at += part.length;
  };
  const readFrame = (): FrameRead => {
    if (kept.filled() > 0 || chunk.length - at < head) keep(head, head);
    const inChunk = kept.filled() === 0;
    if (!inChunk && kept.filled() < head) return { kind: 'more' };
    if (inChunk && chunk.length - at < head) return { kind: 'more' };
    const length = inChunk ? lengthAt(chunk, at) : lengthAt(kept.bytes(), 0);
    if (length > most) return noiseFailure('frame-too-large');
    const whole = head + length;
    if (inChunk && chunk.length - at >= whole) {
      at += whole;
      return { kind: 'frame', body: chunk.subarray(at - length, at) };
    }
    keep(whole, whole);
    return kept.filled() < whole ? { kind: 'more' } : { kind: 'frame', body: kept.let().subarray(head) };
  };
  const drop = (): void => {
    chunk = new Uint8Array(0);
    at = 0;
  };

  return {
    push(next) {
      if (failure !== undefined) return;
      if (at < chunk.length) throw new Error('a chunk was pushed before the last one was read');
      chunk = next;
      at = 0;
    },
    next() {
      if (failure !== undefined) return failure;
      const skipped = prologue?.take(chunk.subarray(at)) ?? 0;
      if (typeof skipped === 'number') at += skipped;
      const read = typeof skipped === 'number' ? readFrame() : skipped;
      if (read.kind !== 'frame') drop();
      if (read.kind === 'failed') {
        failure = read;
        kept.let();
      }
      return read;
    },
    limit: (next) => void (most = next),
    isBetweenFrames: () => kept.filled() === 0 && at === chunk.length && prologue?.isPartial() !== true,
    held: () => kept.allocated(),
  };
}

function lengthAt(bytes: Uint8Array, at: number): number {
  return Buffer.from(bytes.buffer, bytes.byteOffset + at).readUIntBE(0, head);
}
