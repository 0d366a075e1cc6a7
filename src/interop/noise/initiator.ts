/**
 * The client's side of the handshake, as values: Noise_XX (revision 34, section 7.5) as WhatsApp changes it [P]. The first
 * message is an ephemeral key alone, and its empty payload is not mixed into the hash.
 */
import { verifyChain, type PinnedRoot, type VerifiedChain } from './certificate.ts';
import { curveKeyBytes, newCurveKeyPair, type CurveKeyPair } from './curve-key.ts';
import { noiseFailure, type NoiseFailure } from './failure.ts';
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

/** A first message was sent; the server's is due. Use it once. */
export interface AwaitingServer {
  readonly symmetric: SymmetricState;
  readonly ephemeral: CurveKeyPair;
}

export interface InitiatorStart {
  readonly message: Uint8Array;
  readonly state: AwaitingServer;
}

export interface InitiatorInput {
  /** The client's static keys: those whose public one was enlisted. */
  readonly keys: CurveKeyPair;
  /** The encoded client payload. */
  readonly payload: Uint8Array;
  readonly roots: readonly PinnedRoot[];
  /** Milliseconds since 1970, to judge certificates. */
  readonly now: number;
}

export interface InitiatorEnd {
  readonly kind: 'finished';
  readonly message: Uint8Array;
  readonly keys: SplitKeys;
  readonly chain: VerifiedChain;
}

/** Begins; a fixed `ephemeral` is for known answers only. */
export function startInitiator(ephemeral: CurveKeyPair = newCurveKeyPair()): InitiatorStart {
  const symmetric = mixHash(startSymmetric(), ephemeral.publicKey);
  const message = writeHandshakeMessage({ kind: 'client-hello', ephemeral: ephemeral.publicKey });
  return { message, state: { symmetric, ephemeral } };
}

/** Takes the server's message: its chain is checked before anything of the client is said. */
export function finishInitiator(
  state: AwaitingServer,
  bytes: Uint8Array,
  input: InitiatorInput,
): InitiatorEnd | NoiseFailure {
  const hello = readHandshakeMessage('server-hello', bytes);
  if (hello.kind === 'failed') return hello;
  const ours = state.ephemeral.privateKey;

  const withEphemerals = mixAgreement(mixHash(state.symmetric, hello.ephemeral), ours, hello.ephemeral);
  if ('kind' in withEphemerals) return withEphemerals;
  const server = openAndMix(withEphemerals, hello.sealedStatic);
  if (server.kind === 'failed') return server;
  if (server.bytes.length !== curveKeyBytes) return noiseFailure('wrong-size');
  const withStatic = mixAgreement(server.state, ours, server.bytes);
  if ('kind' in withStatic) return withStatic;
  const payload = openAndMix(withStatic, hello.sealedPayload);
  if (payload.kind === 'failed') return payload;
  const chain = verifyChain(payload.bytes, {
    roots: input.roots,
    serverKey: server.bytes,
    now: input.now,
  });
  if (chain.kind === 'failed') return chain;

  const sealedStatic = sealAndMix(payload.state, input.keys.publicKey);
  const withOurs = mixAgreement(sealedStatic.state, input.keys.privateKey, hello.ephemeral);
  if ('kind' in withOurs) return withOurs;
  const sealedPayload = sealAndMix(withOurs, input.payload);
  const message = writeHandshakeMessage({
    kind: 'client-finish',
    sealedStatic: sealedStatic.bytes,
    sealedPayload: sealedPayload.bytes,
  });
  return { kind: 'finished', message, keys: split(sealedPayload.state), chain };
}
