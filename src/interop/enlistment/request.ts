/**
 * The request by which a partner enlists a user: https form fields, values in base64url without padding (overview of the
 * technical framework v1.0.3, "Enlistment"). Reading is strict: every field once, no other field, every size exact.
 */
import { fromBase64url, toBase64url } from '../identity/base64url.ts';
import { enlistmentProfile, identityProfile } from '../profile/identity-profile.ts';

/** What a user enlists with. Numbers were big-endian bytes on the wire; keys are raw, without a type byte. */
export interface EnlistmentRequest {
  /** The static key of the chat channel's handshake: 32 bytes. */
  readonly authKey: Uint8Array;
  readonly registrationId: number;
  /** The Signal identity: 32 bytes, Curve25519. */
  readonly identityKey: Uint8Array;
  readonly signedPrekey: {
    readonly id: number;
    readonly key: Uint8Array;
    readonly signature: Uint8Array;
  };
  /** The provider's token about the user. Not yet verified. */
  readonly token: string;
}

export type EnlistmentField = keyof typeof enlistmentProfile.sizes | 'token';
/** Why a request is none. */
export type EnlistmentFault =
  | 'too-large'
  | 'not-a-form'
  | 'unknown-field'
  | 'doubled-field'
  | 'missing-field'
  | 'bad-base64url'
  | 'wrong-size'
  | 'wrong-key-type'
  | 'bad-token-form';
export type ParsedEnlistment =
  | { readonly kind: 'request'; readonly request: EnlistmentRequest }
  /** `field` is one of the closed list: nothing that was sent is in it. */
  | {
      readonly kind: 'failed';
      readonly reason: EnlistmentFault;
      readonly field: EnlistmentField | undefined;
      readonly text: string;
    };

const { sizes, maxRequestBytes, keyType } = enlistmentProfile;
const binaryFields = Object.keys(sizes) as (keyof typeof sizes)[];
const fields: readonly EnlistmentField[] = [...binaryFields, 'token'];
const jwtForm = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/** Reads the body of a request. Never throws, and works no more than in proportion to its largest size. */
export function parseEnlistment(body: Uint8Array): ParsedEnlistment {
  if (body.byteLength > maxRequestBytes) return fault('too-large');
  const values = readForm(Buffer.from(body).toString('latin1'));
  if (!(values instanceof Map)) return values;
  const bytes = {} as Record<keyof typeof sizes, Uint8Array>;
  for (const field of binaryFields) {
    const text = values.get(field);
    if (text === undefined) return fault('missing-field', field);
    const value = fromBase64url(text);
    if (value === undefined) return fault('bad-base64url', field);
    if (value.byteLength !== sizes[field]) return fault('wrong-size', field);
    bytes[field] = value;
  }
  const token = values.get('token');
  if (token === undefined) return fault('missing-field', 'token');
  if (token.length > identityProfile.maxTokenBytes) return fault('wrong-size', 'token');
  if (!jwtForm.test(token)) return fault('bad-token-form', 'token');
  if (bytes.e_keytype[0] !== keyType) return fault('wrong-key-type', 'e_keytype');
  return { kind: 'request', request: requestOf(bytes, token) };
}

/** Writes the body of a request. Throws where a value has not its size: that is a mistake of the caller. */
export function renderEnlistment(request: EnlistmentRequest): string {
  const { authKey, registrationId, identityKey, signedPrekey, token } = request;
  const values: Readonly<Record<keyof typeof sizes, Uint8Array>> = {
    authkey: authKey,
    e_keytype: Uint8Array.of(keyType),
    e_regid: bigEndian(registrationId, sizes.e_regid),
    e_ident: identityKey,
    e_skey_id: bigEndian(signedPrekey.id, sizes.e_skey_id),
    e_skey_val: signedPrekey.key,
    e_skey_sig: signedPrekey.signature,
  };
  for (const field of binaryFields)
    if (values[field].byteLength !== sizes[field]) throw new RangeError(`${field} has not its size`);
  if (token.length > identityProfile.maxTokenBytes || !jwtForm.test(token))
    throw new RangeError('token is not one');
  // None of these signs needs a percent sign.
  return [...binaryFields.map((field) => `${field}=${toBase64url(values[field])}`), `token=${token}`].join(
    '&',
  );
}

function readForm(text: string): Map<EnlistmentField, string> | ParsedEnlistment {
  const values = new Map<EnlistmentField, string>();
  // One more than there may be is enough to know that there are too many.
  for (const pair of text.split('&', fields.length + 1)) {
    const at = pair.indexOf('=');
    const name = at < 1 ? undefined : percentDecoded(pair.slice(0, at));
    const value = at < 1 ? undefined : percentDecoded(pair.slice(at + 1));
    if (name === undefined || value === undefined) return fault('not-a-form');
    const field = fields.find((known) => known === name);
    if (field === undefined) return fault('unknown-field');
    if (values.has(field)) return fault('doubled-field', field);
    values.set(field, value);
  }
  return values;
}

/** Signs of ASCII that can be seen; a form may write any of them as `%41`. Spaces are in no value. */
function percentDecoded(text: string): string | undefined {
  if (!/^(?:[!-$&-*,-~]|%[2-7][0-9A-Fa-f])*$/.test(text)) return undefined;
  return text.replace(/%(..)/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function requestOf(bytes: Record<keyof typeof sizes, Uint8Array>, token: string): EnlistmentRequest {
  return {
    authKey: bytes.authkey,
    registrationId: numberOf(bytes.e_regid),
    identityKey: bytes.e_ident,
    signedPrekey: {
      id: numberOf(bytes.e_skey_id),
      key: bytes.e_skey_val,
      signature: bytes.e_skey_sig,
    },
    token,
  };
}

function numberOf(bytes: Uint8Array): number {
  return Buffer.from(bytes).readUIntBE(0, bytes.byteLength);
}

/** Throws where the number does not fit. */
function bigEndian(number: number, size: number): Uint8Array {
  const bytes = Buffer.alloc(size);
  bytes.writeUIntBE(number, 0, size);
  return bytes;
}

function fault(
  reason: EnlistmentFault,
  field?: EnlistmentField,
): Extract<ParsedEnlistment, { readonly kind: 'failed' }> {
  const text = field === undefined ? reason : `${field}: ${reason}`;
  return { kind: 'failed', reason, field, text };
}
