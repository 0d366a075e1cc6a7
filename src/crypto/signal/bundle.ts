import { PreKeyBundle, type PublicKey } from 'libsignal-x3dh';
import { publicKeyOf, signatureBytes } from './keys.ts';
import { failed, type SignalFailed } from './outcome.ts';
import type { PublicPrekey, PublicSignedPrekey } from './prekeys.ts';

/** The keys of a peer, as its server hands them out or as they stand in a retry receipt. */
export interface Bundle {
  readonly registration: number;
  readonly identity: Uint8Array;
  readonly signed: PublicSignedPrekey;
  readonly prekey: PublicPrekey | undefined;
}

/** There is one device of each peer; its number is no part of what is encrypted. */
export const device = 1;

/** A bundle in the library's form, with the signature checked (X3DH, section 3.3). */
export function checkBundle(
  bundle: Bundle,
): { readonly kind: 'checked'; readonly bundle: PreKeyBundle; readonly identity: PublicKey } | SignalFailed {
  const numbers = [bundle.registration, bundle.signed.id, bundle.prekey?.id ?? 0];
  if (!numbers.every((one) => Number.isInteger(one) && one >= 0 && one <= 0xffffffff))
    return failed('malformed');
  const identity = publicKeyOf(bundle.identity);
  const signed = publicKeyOf(bundle.signed.key);
  const prekey = bundle.prekey === undefined ? undefined : publicKeyOf(bundle.prekey.key);
  if (identity === undefined || signed === undefined) return failed('bad-key');
  if (bundle.prekey !== undefined && prekey === undefined) return failed('bad-key');
  const signature = Buffer.from(bundle.signed.signature);
  if (signature.length !== signatureBytes || !identity.verify(signed.serialize(), signature))
    return failed('bad-signature');
  const made = PreKeyBundle.new(
    bundle.registration,
    device,
    bundle.prekey?.id ?? null,
    prekey ?? null,
    bundle.signed.id,
    signed,
    signature,
    identity,
  );
  return { kind: 'checked', bundle: made, identity };
}
