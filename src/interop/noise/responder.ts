/** The server's side of the handshake, as values; see `initiator.ts`. */
import { newCurveKeyPair, type CurveKeyPair } from './curve-key.ts';
import type { NoiseFailure } from './failure.ts';
import { readHandshakeMessage, writeHandshakeMessage } from './handshake-message.ts';
import {
  mixAgreement,
  mixHash,
  openAndMix,
  sealAndMix,
  split,
  startSymmetric,
  type SplitKeys,
  type SymmetricState,
} from './symmetric-state.ts';

export interface ResponderInput {
  /** The server's static keys. */
  readonly keys: CurveKeyPair;
  /** The encoded certificate chain whose leaf is for those keys. */
  readonly chain: Uint8Array;
  /** Fixed for known answers only. */
  readonly ephemeral?: CurveKeyPair;
}

/** The server's message was sent; the client's last one is due. Use it once. */
export interface AwaitingClient {
  readonly symmetric: SymmetricState;
  readonly ephemeral: CurveKeyPair;
}

export interface ResponderReply {
  readonly kind: 'reply';
  readonly message: Uint8Array;
  readonly state: AwaitingClient;
}

export interface ResponderEnd {
  readonly kind: 'finished';
  readonly keys: SplitKeys;
  /** The client's static public key: to be compared with the one that was enlisted. */
  readonly clientKey: Uint8Array;
  /** The encoded client payload, authentic for that key; read it with `readClientPayload`. */
  readonly payload: Uint8Array;
}

/** Answers a client's first message. Each call makes a new ephemeral key, so a replayed one leads nowhere. */
export function replyAsResponder(bytes: Uint8Array, input: ResponderInput): ResponderReply | NoiseFailure {
  const hello = readHandshakeMessage('client-hello', bytes);
  if (hello.kind === 'failed') return hello;
  const ephemeral = input.ephemeral ?? newCurveKeyPair();
  const hashed = mixHash(mixHash(startSymmetric(), hello.ephemeral), ephemeral.publicKey);
  const withEphemerals = mixAgreement(hashed, ephemeral.privateKey, hello.ephemeral);
  if ('kind' in withEphemerals) return withEphemerals;
  const sealedStatic = sealAndMix(withEphemerals, input.keys.publicKey);
  const withStatic = mixAgreement(sealedStatic.state, input.keys.privateKey, hello.ephemeral);
  if ('kind' in withStatic) return withStatic;
  const sealedPayload = sealAndMix(withStatic, input.chain);
  const message = writeHandshakeMessage({
    kind: 'server-hello',
    ephemeral: ephemeral.publicKey,
    sealedStatic: sealedStatic.bytes,
    sealedPayload: sealedPayload.bytes,
  });
  return { kind: 'reply', message, state: { symmetric: sealedPayload.state, ephemeral } };
}

/** Takes the client's last message. Who the client is, is for the caller to judge before anything else is done. */
export function finishResponder(state: AwaitingClient, bytes: Uint8Array): ResponderEnd | NoiseFailure {
  const finish = readHandshakeMessage('client-finish', bytes);
  if (finish.kind === 'failed') return finish;
  const client = openAndMix(state.symmetric, finish.sealedStatic);
  if (client.kind === 'failed') return client;
  const withTheirs = mixAgreement(client.state, state.ephemeral.privateKey, client.bytes);
  if ('kind' in withTheirs) return withTheirs;
  const payload = openAndMix(withTheirs, finish.sealedPayload);
  if (payload.kind === 'failed') return payload;
  return {
    kind: 'finished',
    keys: split(payload.state),
    clientKey: client.bytes,
    payload: payload.bytes,
  };
}
