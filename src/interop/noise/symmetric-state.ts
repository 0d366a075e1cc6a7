/**
 * The symmetric state of the Noise Protocol Framework, revision 34, section 5.2, for AESGCM and SHA256, with WhatsApp's
 * differences [P]: the nonce is 8 zero bytes and 32 bits, and the name of the protocol is the first key as well.
 */
import { createHash, hkdfSync } from 'node:crypto';
import { noiseProfile } from '../profile/noise-profile.ts';
import { openSealed, seal } from './aead.ts';
import { agree } from './curve-key.ts';
import type { NoiseFailure } from './failure.ts';

/** What both sides share so far. A value: each step answers the next one. */
export interface SymmetricState {
  readonly hash: Uint8Array;
  readonly chainingKey: Uint8Array;
  readonly key: Uint8Array;
  readonly counter: number;
}

/** A step, with the bytes that it made. */
export interface SymmetricStep {
  readonly kind: 'step';
  readonly state: SymmetricState;
  readonly bytes: Uint8Array;
}

/** The keys after the handshake: of what the initiator sends, and of what the responder sends. */
export interface SplitKeys {
  readonly initiator: Uint8Array;
  readonly responder: Uint8Array;
}

export function startSymmetric(): SymmetricState {
  const name = Buffer.from(noiseProfile.protocolName, 'latin1');
  return mixHash({ hash: name, chainingKey: name, key: name, counter: 0 }, noiseProfile.prologue);
}

export function mixHash(state: SymmetricState, bytes: Uint8Array): SymmetricState {
  return { ...state, hash: createHash('sha256').update(state.hash).update(bytes).digest() };
}

/** Mixes the secret of two keys into the state: fails for a point of low order. */
export function mixAgreement(
  state: SymmetricState,
  privateKey: Uint8Array,
  theirs: Uint8Array,
): SymmetricState | NoiseFailure {
  const secret = agree(privateKey, theirs);
  if (!(secret instanceof Uint8Array)) return secret;
  const [chainingKey, key] = derive(state.chainingKey, secret);
  return { hash: state.hash, chainingKey, key, counter: 0 };
}

export function sealAndMix(state: SymmetricState, plaintext: Uint8Array): SymmetricStep {
  const bytes = seal(state.key, state.counter, plaintext, state.hash);
  return { kind: 'step', state: mixHash({ ...state, counter: state.counter + 1 }, bytes), bytes };
}

export function openAndMix(state: SymmetricState, sealed: Uint8Array): SymmetricStep | NoiseFailure {
  const bytes = openSealed(state.key, state.counter, sealed, state.hash);
  if (!(bytes instanceof Uint8Array)) return bytes;
  return { kind: 'step', state: mixHash({ ...state, counter: state.counter + 1 }, sealed), bytes };
}

export function split(state: SymmetricState): SplitKeys {
  const [initiator, responder] = derive(state.chainingKey, new Uint8Array(0));
  return { initiator, responder };
}

function derive(salt: Uint8Array, secret: Uint8Array): [Uint8Array, Uint8Array] {
  const bytes = new Uint8Array(hkdfSync('sha256', secret, salt, '', 64));
  return [bytes.slice(0, 32), bytes.slice(32)];
}
