/**
 * What a partner user says of themselves in the last handshake message: the account that enlistment gave, and the
 * partner's JWT [O], in the fields of `ClientPayload` [P].
 */
import { noiseProfile } from '../profile/noise-profile.ts';
import { noiseFailure, type NoiseFailure } from './failure.ts';
import { readFields, writeFields } from './fields.ts';

export interface ClientPayload {
  /** The user's internal number. */
  readonly accountId: bigint;
  /** The partner's JWT in its compact form; it has the form of one, and nothing more is known of it. */
  readonly token: string;
  readonly enableReadReceipts: boolean;
}

/** RFC 7515, section 7.1: three parts in base64url. */
const compactToken = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/** A token that is not one, or too long, is a bug of the caller and throws. */
export function writeClientPayload(payload: ClientPayload): Uint8Array {
  if (!isToken(payload.token)) throw new Error('not a compact JWT of at most 4096 bytes');
  return writeFields(noiseProfile.clientPayload, {
    product: noiseProfile.productInterop,
    interopData: writeFields(noiseProfile.interopData, {
      accountId: payload.accountId,
      token: Buffer.from(payload.token, 'latin1'),
      enableReadReceipts: payload.enableReadReceipts,
    }),
  });
}

/** Reads what a client sent. Only clients of the interoperability product are taken. */
export function readClientPayload(
  bytes: Uint8Array,
): ({ readonly kind: 'payload' } & ClientPayload) | NoiseFailure {
  const fields = readFields(noiseProfile.clientPayload, bytes);
  if (fields === undefined) return noiseFailure('payload-malformed');
  if (fields.product !== noiseProfile.productInterop) return noiseFailure('wrong-product');
  if (fields.interopData === undefined) return noiseFailure('no-interop-data');
  const data = readFields(noiseProfile.interopData, fields.interopData);
  if (data === undefined) return noiseFailure('payload-malformed');
  if (data.accountId === undefined) return noiseFailure('no-account');
  const token = Buffer.from(data.token ?? []).toString('latin1');
  if (!isToken(token)) return noiseFailure('bad-token');
  return {
    kind: 'payload',
    accountId: data.accountId,
    token,
    enableReadReceipts: data.enableReadReceipts ?? false,
  };
}

function isToken(token: string): boolean {
  return token.length <= noiseProfile.maxToken && compactToken.test(token);
}
