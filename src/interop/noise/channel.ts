/** A chat channel over any duplex stream of bytes: a TCP socket (`tcp.ts`), a WebSocket (`websocket.ts`). */
import type { Duplex } from 'node:stream';
import { noiseFailure, type NoiseCounts, type NoiseFailure } from './failure.ts';
import { createPump, type Pump } from './pump.ts';
import {
  createInitiatorWire,
  createResponderWire,
  type ClientPeer,
  type ServerPeer,
  type Wire,
} from './wire.ts';

/** What came in: a message, the regular end, or a failure, after which the stream is gone. */
export type Received =
  { readonly kind: 'message'; readonly body: Uint8Array } | { readonly kind: 'ended' } | NoiseFailure;

export interface Channel {
  /**
   * The next message. Nothing is read from the stream between calls (beyond its own buffer), so a caller that is slow
   * slows the far side. One call at a time. The caller bounds how long it waits: `abort` ends the wait.
   */
  receive(): Promise<Received>;
  /**
   * Writes one message, in the order of calls, and waits until the stream has room again. A far side that does not read
   * is `peer-too-slow` once more than `maxUnsent` bytes wait for it.
   */
  send(body: Uint8Array): Promise<{ readonly kind: 'sent' } | NoiseFailure>;
  /** Writes what is queued, then ends our side. */
  end(): void;
  /** Drops the stream at once; a waiting `receive` answers this reason. */
  abort(): void;
}

export interface ChannelOptions {
  /** Counts each failure once. */
  readonly counts?: NoiseCounts;
  /** Ends the handshake early, and nothing after it: a client that says nothing is the caller's to bound in time. */
  readonly signal?: AbortSignal;
  /** [G] the most bytes that may wait to be written; 4 MiB where it is not said. */
  readonly maxUnsent?: number;
}

export type Opened<Peer> =
  { readonly kind: 'open'; readonly channel: Channel; readonly peer: Peer } | NoiseFailure;

/** Shakes hands as a client. The stream is the channel's from here on, and gone where this fails. */
export function openAsInitiator(
  stream: Duplex,
  input: Parameters<typeof createInitiatorWire>[0],
  options: ChannelOptions = {},
): Promise<Opened<ServerPeer>> {
  return shakeHands(stream, createInitiatorWire(input), options);
}

/**
 * Shakes hands as a server. Whether the client may come in (its key, its account, its token) is for the caller to judge
 * before it reads or sends anything: until then nothing of the client is read.
 */
export function openAsResponder(
  stream: Duplex,
  input: Parameters<typeof createResponderWire>[0],
  options: ChannelOptions = {},
): Promise<Opened<ClientPeer>> {
  return shakeHands(stream, createResponderWire(input), options);
}

const defaultMaxUnsent = 4_194_304;

async function shakeHands<Peer>(
  stream: Duplex,
  wire: Wire<Peer>,
  options: ChannelOptions,
): Promise<Opened<Peer>> {
  const pump = createPump(stream, wire, options.counts);
  const abort = (): void => void pump.fail('aborted');
  options.signal?.addEventListener('abort', abort, { once: true });
  if (options.signal?.aborted === true) abort();
  try {
    if (wire.first !== undefined) pump.write(wire.first);
    for (;;) {
      const step = await pump.step();
      if (step.kind === 'failed') return step;
      if (step.kind === 'reply') pump.write(step.bytes);
      if (step.kind === 'ended') return pump.failWith(noiseFailure('truncated'));
      if (step.kind !== 'opened') continue;
      if (step.bytes !== undefined) pump.write(step.bytes);
      const channel = createChannel(stream, wire, pump, options.maxUnsent ?? defaultMaxUnsent);
      return { kind: 'open', channel, peer: step.peer };
    }
  } finally {
    options.signal?.removeEventListener('abort', abort);
  }
}

function createChannel<Peer>(stream: Duplex, wire: Wire<Peer>, pump: Pump<Peer>, maxUnsent: number): Channel {
  return {
    async receive() {
      const step = await pump.step();
      if (step.kind === 'reply' || step.kind === 'opened') throw new Error('a second handshake');
      return step;
    },
    async send(body) {
      const gone = pump.gone();
      if (gone !== undefined) return gone;
      // A message larger than the bound goes where nothing else waits, so that each has its chance.
      const unsent = stream.writableLength;
      if (unsent > 0 && unsent + body.length > maxUnsent) return pump.fail('peer-too-slow');
      const frame = wire.seal(body);
      if (!(frame instanceof Uint8Array))
        return frame.reason === 'counter-exhausted' ? pump.failWith(frame) : frame;
      if (!pump.write(frame)) await pump.drained();
      return pump.gone() ?? { kind: 'sent' };
    },
    end: () => void stream.end(),
    abort: () => void pump.fail('aborted'),
  };
}
