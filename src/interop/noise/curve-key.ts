// Curve25519 keys as raw bytes over node:crypto. RFC 7748 (X25519), RFC 8410 (their DER forms).
import { createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { noiseFailure, type NoiseFailure } from './failure.ts';

export const curveKeyBytes = 32;

/** A key pair of Curve25519, 32 bytes each, without a type byte. */
export interface CurveKeyPair {
  readonly publicKey: Uint8Array;
  readonly privateKey: Uint8Array;
}

const privatePrefix = Uint8Array.from(Buffer.from('302e020100300506032b656e04220420', 'hex'));
const publicPrefix = Uint8Array.from(Buffer.from('302a300506032b656e032100', 'hex'));

export function newCurveKeyPair(): CurveKeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('x25519');
  return {
    publicKey: tail(publicKey.export({ format: 'der', type: 'spki' })),
    privateKey: tail(privateKey.export({ format: 'der', type: 'pkcs8' })),
  };
}

/** The pair of a private key of 32 bytes. */
export function curveKeyPair(privateKey: Uint8Array): CurveKeyPair {
  const publicKey = createPublicKey(privateObject(privateKey));
  return {
    publicKey: tail(publicKey.export({ format: 'der', type: 'spki' })),
    privateKey: Uint8Array.from(privateKey),
  };
}

/**
 * The shared secret of our private key and the far side's public key, both of 32 bytes. A point of low order, with which
 * anybody could know the secret, fails: OpenSSL refuses a secret that is all zero.
 */
export function agree(privateKey: Uint8Array, theirs: Uint8Array): Uint8Array | NoiseFailure {
  const ours = privateObject(privateKey);
  if (theirs.length !== curveKeyBytes) return noiseFailure('wrong-size');
  const der = Buffer.concat([publicPrefix, theirs]);
  try {
    return diffieHellman({
      privateKey: ours,
      publicKey: createPublicKey({ key: der, format: 'der', type: 'spki' }),
    });
  } catch {
    return noiseFailure('low-order-point');
  }
}

function privateObject(privateKey: Uint8Array): KeyObject {
  if (privateKey.length !== curveKeyBytes) throw new Error('a private key has 32 bytes');
  const der = Buffer.concat([privatePrefix, privateKey]);
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
}

function tail(der: Buffer): Uint8Array {
  return Uint8Array.from(der.subarray(der.length - curveKeyBytes));
}
