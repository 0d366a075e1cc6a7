/**
 * One side of a chat channel as a machine over bytes: prologue, frames, handshake, then sealed frames. It does no input or
 * output of its own and knows no time; what moves the bytes is in `channel.ts`.
 */
import { noiseProfile } from '../profile/noise-profile.ts';
import { tagBytes } from './aead.ts';
import type { VerifiedChain } from './certificate.ts';
import { readClientPayload, type ClientPayload } from './client-payload.ts';
import { noiseFailure, type NoiseFailure } from './failure.ts';
import { createFrameReader, writeFrame, type FrameReader } from './frame.ts';
import { finishInitiator, startInitiator, type InitiatorInput } from './initiator.ts';
import { createPrologueReader } from './prologue.ts';
import { finishResponder, replyAsResponder, type AwaitingClient, type ResponderInput } from './responder.ts';
import { createSessionCipher, type SessionCipher } from './session-cipher.ts';

/** What the next bytes came to. After a failure every further step is that failure. */
export type WireStep<Peer> =
  /** Bytes to write; the handshake goes on. */
  | { readonly kind: 'reply'; readonly bytes: Uint8Array }
  /** The handshake is over: bytes to write where there are any, and who is there. */
  | { readonly kind: 'opened'; readonly bytes: Uint8Array | undefined; readonly peer: Peer }
  | { readonly kind: 'message'; readonly body: Uint8Array }
  /** All that was pushed is read. */
  | { readonly kind: 'more' }
  | NoiseFailure;

export interface Wire<Peer> {
  /** What is to be written at once. */
  readonly first: Uint8Array | undefined;
  /** Takes a chunk; allowed when `next` has answered `more`. */
  push(chunk: Uint8Array): void;
  next(): WireStep<Peer>;
  /** A whole frame around one message; before the handshake is over a bug of the caller, which throws. */
  seal(body: Uint8Array): Uint8Array | NoiseFailure;
  /** What the end of the stream means at this point: nothing, or that something is missing. */
  end(): NoiseFailure | undefined;
  /** Bytes allocated for what is not whole yet. */
  held(): number;
}

export interface WireLimits {
  /** The longest sealed frame that is taken after the handshake. */
  readonly maxFrame?: number;
}

/** The server, as a client sees it. */
export interface ServerPeer {
  readonly chain: VerifiedChain;
}

/** The client, as a server sees it: the key is proved, the account and the token are only said. */
export interface ClientPeer {
  readonly clientKey: Uint8Array;
  readonly payload: ClientPayload;
}

/** What one frame of the handshake came to; `cipher` is there when it was the last. */
type Turn<Peer> =
  | { readonly kind: 'reply'; readonly message: Uint8Array }
  | {
      readonly kind: 'opened';
      readonly message: Uint8Array | undefined;
      readonly cipher: SessionCipher;
      readonly peer: Peer;
    }
  | NoiseFailure;

/** The client's side. `now` in the input is read when the server's message is judged. */
export function createInitiatorWire(
  input: Omit<InitiatorInput, 'now'> & { readonly now: () => number } & WireLimits,
): Wire<ServerPeer> {
  const start = startInitiator();
  const turn = (body: Uint8Array): Turn<ServerPeer> => {
    const end = finishInitiator(start.state, body, { ...input, now: input.now() });
    if (end.kind === 'failed') return end;
    const cipher = createSessionCipher(end.keys.initiator, end.keys.responder);
    return { kind: 'opened', message: end.message, cipher, peer: { chain: end.chain } };
  };
  const hello = writeFrame(start.message);
  if (!(hello instanceof Uint8Array)) throw new Error(hello.text);
  const first = Buffer.concat([noiseProfile.prologue, hello]);
  return createWire(first, createFrameReader(noiseProfile.maxHandshakeFrame), turn, input);
}

/** The server's side. */
export function createResponderWire(input: ResponderInput & WireLimits): Wire<ClientPeer> {
  let awaiting: AwaitingClient | undefined;
  const turn = (body: Uint8Array): Turn<ClientPeer> => {
    if (awaiting === undefined) {
      const reply = replyAsResponder(body, input);
      if (reply.kind === 'reply') awaiting = reply.state;
      return reply;
    }
    const end = finishResponder(awaiting, body);
    if (end.kind === 'failed') return end;
    const payload = readClientPayload(end.payload);
    if (payload.kind === 'failed') return payload;
    const cipher = createSessionCipher(end.keys.responder, end.keys.initiator);
    return { kind: 'opened', message: undefined, cipher, peer: { clientKey: end.clientKey, payload } };
  };
  const reader = createFrameReader(noiseProfile.maxHandshakeFrame, createPrologueReader());
  return createWire(undefined, reader, turn, input);
}

function createWire<Peer>(
  first: Uint8Array | undefined,
  reader: FrameReader,
  turn: (body: Uint8Array) => Turn<Peer>,
  limits: WireLimits,
): Wire<Peer> {
  let cipher: SessionCipher | undefined;
  let failure: NoiseFailure | undefined;

  const shake = (body: Uint8Array): WireStep<Peer> => {
    const done = turn(body);
    if (done.kind === 'failed') return done;
    const bytes = done.message === undefined ? undefined : writeFrame(done.message);
    if (bytes !== undefined && !(bytes instanceof Uint8Array)) return bytes;
    if (done.kind === 'reply') return { kind: 'reply', bytes: bytes ?? new Uint8Array(0) };
    cipher = done.cipher;
    reader.limit(limits.maxFrame ?? noiseProfile.maxFrame);
    return { kind: 'opened', bytes, peer: done.peer };
  };
  const step = (): WireStep<Peer> => {
    const read = reader.next();
    if (read.kind !== 'frame') return read;
    if (cipher === undefined) return shake(read.body);
    const body = cipher.open(read.body);
    return body instanceof Uint8Array ? { kind: 'message', body } : body;
  };

  return {
    first,
    push: (chunk) => {
      if (failure === undefined) reader.push(chunk);
    },
    next() {
      if (failure !== undefined) return failure;
      const next = step();
      if (next.kind === 'failed') failure = next;
      return next;
    },
    seal(body) {
      if (cipher === undefined) throw new Error('sealed before the handshake was over');
      if (body.length + tagBytes >= 2 ** (8 * noiseProfile.frameLengthBytes))
        return noiseFailure('frame-too-large');
      const sealed = cipher.seal(body);
      return sealed instanceof Uint8Array ? writeFrame(sealed) : sealed;
    },
    end() {
      if (failure !== undefined) return failure;
      return cipher !== undefined && reader.isBetweenFrames() ? undefined : noiseFailure('truncated');
    },
    held: () => reader.held(),
  };
}
