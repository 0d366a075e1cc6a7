/** An account's keys, to and from its record. */
import { z } from 'zod';
import type { EnlistmentRequest } from '../../interop/enlistment/request.ts';
import type { KeyBundle, Prekey, SignedPrekey } from '../../interop/stanza/keys.ts';
import { toBytes, toText } from './host-records.ts';

export const keysShape = z.object({
  registration: z.int(),
  identity: z.string(),
  signed: z.object({ id: z.int(), key: z.string(), signature: z.string() }),
  /** One-time prekeys that are left. */
  left: z.int(),
});
export type KeptKeys = z.infer<typeof keysShape>;

/** The keys of an enlistment, which was checked. */
export function enlistedKeys({ registrationId, identityKey, signedPrekey }: EnlistmentRequest): KeptKeys {
  return {
    registration: registrationId,
    identity: toText(identityKey),
    signed: keptSigned(signedPrekey),
    left: 0,
  };
}

export function bundleOf(
  { registration, identity, signed }: KeptKeys,
  prekey: Prekey | undefined,
): KeyBundle {
  return {
    registration,
    identity: toBytes(identity),
    signed: { id: signed.id, key: toBytes(signed.key), signature: toBytes(signed.signature) },
    prekey,
  };
}

export function keptSigned({ id, key, signature }: SignedPrekey): KeptKeys['signed'] {
  return { id, key: toText(key), signature: toText(signature) };
}
