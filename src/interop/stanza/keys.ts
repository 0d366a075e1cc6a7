/**
 * Public keys as stanzas carry them: in retry receipts, and when they are uploaded and handed out. Public client
 * knowledge [P]. Only sizes are checked here; signatures are for who makes a session.
 */

import { makeNode, type Node } from '../node/node.ts';
import { keyNames, keySizes, keyType } from '../profile/stanza-profile.ts';
import type { Fields } from './fields.ts';

/** A one-time prekey: an id of 24 bits and a Curve25519 key without type byte. */
export interface Prekey {
  readonly id: number;
  readonly key: Uint8Array;
}

/** A prekey with the identity's signature over it. */
export interface SignedPrekey extends Prekey {
  readonly signature: Uint8Array;
}

/** What a session with somebody needs; the one-time prekey may have run out. */
export interface KeyBundle {
  readonly registration: number;
  readonly identity: Uint8Array;
  readonly signed: SignedPrekey;
  readonly prekey: Prekey | undefined;
}

/** Reads a bundle. In retry receipts the registration stands beside the other keys, not among them. */
export function readKeyBundle(keys: Fields, registration: Fields = keys): KeyBundle {
  readKeyType(keys);
  const prekey = keys.maybeChild(keyNames.prekey);
  return {
    registration: readRegistration(registration),
    identity: keys.child(keyNames.identity).bytes(keySizes.key),
    signed: readSigned(keys.child(keyNames.signed)),
    prekey: prekey === undefined ? undefined : readPrekey(prekey),
  };
}

/** The registration id that is a child of these fields. */
export function readRegistration(fields: Fields): number {
  return toNumber(fields.child(keyNames.registration).bytes(keySizes.registration));
}

/** The type of keys must be the one that there is. */
export function readKeyType(fields: Fields): void {
  const type = fields.child(keyNames.type);
  if (type.bytes(1)[0] !== keyType) type.fail('malformed', 'content');
}

/** A one-time prekey. */
export function readPrekey(fields: Fields): Prekey {
  return {
    id: toNumber(fields.child(keyNames.id).bytes(keySizes.id)),
    key: fields.child(keyNames.value).bytes(keySizes.key),
  };
}

/** A signed prekey, its signature not yet checked. */
export function readSigned(fields: Fields): SignedPrekey {
  return { ...readPrekey(fields), signature: fields.child(keyNames.signature).bytes(keySizes.signature) };
}

/** The nodes of a bundle but its registration. */
export function keyNodes({ identity, signed, prekey }: Omit<KeyBundle, 'registration'>): readonly Node[] {
  const keys = [typeNode(), makeNode(keyNames.identity, {}, identity)];
  if (prekey !== undefined) keys.push(prekeyNode(prekey));
  return [...keys, signedNode(signed)];
}

export function registrationNode(registration: number): Node {
  return makeNode(keyNames.registration, {}, toBytes(registration, keySizes.registration));
}

export function typeNode(): Node {
  return makeNode(keyNames.type, {}, Uint8Array.of(keyType));
}

export function prekeyNode({ id, key }: Prekey): Node {
  return makeNode(keyNames.prekey, {}, prekeyParts({ id, key }));
}

export function signedNode(signed: SignedPrekey): Node {
  const signature = makeNode(keyNames.signature, {}, signed.signature);
  return makeNode(keyNames.signed, {}, [...prekeyParts(signed), signature]);
}

function prekeyParts({ id, key }: Prekey): readonly Node[] {
  return [makeNode(keyNames.id, {}, toBytes(id, keySizes.id)), makeNode(keyNames.value, {}, key)];
}

function toNumber(bytes: Uint8Array): number {
  return bytes.reduce((value, byte) => value * 256 + byte, 0);
}

function toBytes(value: number, size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, index) => Math.floor(value / 256 ** (size - 1 - index)) % 256);
}
