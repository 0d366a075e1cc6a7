/** Moves bytes between a stream and a wire, and knows how the stream ended. */
import type { Duplex } from 'node:stream';
import {
  noiseFailure,
  StreamRefused,
  type NoiseCounts,
  type NoiseFailure,
  type NoiseReason,
} from './failure.ts';
import type { Wire, WireStep } from './wire.ts';

export type PumpStep<Peer> = Exclude<WireStep<Peer>, { kind: 'more' }> | { readonly kind: 'ended' };

export interface Pump<Peer> {
  /** The wire's next step, reading chunks as it needs them. A second call before the first has ended throws. */
  step(): Promise<PumpStep<Peer>>;
  /** Whether there is room for more. */
  write(bytes: Uint8Array): boolean;
  /** Resolves when there is room, or the stream is gone. */
  drained(): Promise<void>;
  /** Drops the stream for a reason; the first reason stays and is counted. */
  fail(reason: NoiseReason): NoiseFailure;
  failWith(failure: NoiseFailure): NoiseFailure;
  /** Why nothing can be written any more. */
  gone(): NoiseFailure | undefined;
}

export function createPump<Peer>(
  stream: Duplex,
  wire: Wire<Peer>,
  counts: NoiseCounts | undefined,
): Pump<Peer> {
  let failure: NoiseFailure | undefined;
  let reading = false;
  const chunks = stream[Symbol.asyncIterator]();
  const whenDrained = watchDrain(stream);

  const failWith = (reason: NoiseFailure): NoiseFailure => {
    if (failure !== undefined) return failure;
    counts?.count(reason.reason);
    stream.destroy();
    return (failure = reason);
  };
  // Also for errors that no reader waits for: without a listener they would be thrown.
  stream.on('error', (error) => failWith(failureOf(error)));

  const nextChunk = async (): Promise<Uint8Array | undefined> => {
    try {
      const chunk: IteratorResult<unknown> = await chunks.next();
      if (chunk.done !== true && chunk.value instanceof Uint8Array) return chunk.value;
    } catch (error) {
      failWith(failureOf(error));
    }
    return undefined;
  };
  const readOn = async (): Promise<PumpStep<Peer>> => {
    for (;;) {
      const step = failure ?? wire.next();
      if (step.kind === 'failed') return failWith(step);
      if (step.kind !== 'more') return step;
      const chunk = await nextChunk();
      if (chunk === undefined) return endOf(wire, failWith, () => failure);
      wire.push(chunk);
    }
  };

  return {
    async step() {
      if (reading) throw new Error('received twice at once');
      reading = true;
      try {
        return await readOn();
      } finally {
        reading = false;
      }
    },
    write: (bytes) => stream.writable && stream.write(bytes),
    drained: whenDrained,
    fail: (reason) => failWith(noiseFailure(reason)),
    failWith,
    gone: () => failure ?? (stream.writable ? undefined : noiseFailure('closed')),
  };
}

function endOf<Peer>(
  wire: Wire<Peer>,
  failWith: (failure: NoiseFailure) => NoiseFailure,
  failure: () => NoiseFailure | undefined,
): PumpStep<Peer> {
  const missing = failure() ?? wire.end();
  return missing === undefined ? { kind: 'ended' } : failWith(missing);
}

function failureOf(error: unknown): NoiseFailure {
  if (error instanceof StreamRefused) return noiseFailure(error.reason);
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return noiseFailure(code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH' ? 'frame-too-large' : 'stream-error');
}

/** One promise for all who wait for room, with one listener. */
function watchDrain(stream: Duplex): () => Promise<void> {
  let waiting: (() => void)[] = [];
  const settle = (): void => {
    const ready = waiting;
    waiting = [];
    for (const resolve of ready) resolve();
  };
  stream.on('drain', settle);
  stream.on('close', settle);
  return () =>
    stream.destroyed || !stream.writableNeedDrain
      ? Promise.resolve()
      : new Promise((resolve) => waiting.push(resolve));
}
