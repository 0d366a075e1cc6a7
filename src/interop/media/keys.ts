/** The keys of one file: HKDF-SHA256 (RFC 5869) of its media key, as ordinary clients do [P]. */
import { hkdfSync, randomBytes } from 'node:crypto';
import { mediaProfile, type SealedKind } from '../profile/media-profile.ts';

/** The four keys of one file. `refKey` names uploads on the gatekeeper's own host, and is not used here. */
export interface MediaKeys {
  readonly iv: Uint8Array;
  readonly cipherKey: Uint8Array;
  readonly macKey: Uint8Array;
  readonly refKey: Uint8Array;
}

const { keys: profile } = mediaProfile;

/** The keys that a media key gives for a kind of file; `undefined` where it has not the size of one. */
export function mediaKeys(mediaKey: Uint8Array, kind: SealedKind): MediaKeys | undefined {
  if (mediaKey.byteLength !== profile.mediaKeyBytes) return undefined;
  const sizes = [profile.ivBytes, profile.cipherKeyBytes, profile.macKeyBytes, profile.refKeyBytes] as const;
  const total = sizes.reduce<number>((sum, size) => sum + size, 0);
  const material = new Uint8Array(
    hkdfSync(profile.hash, mediaKey, new Uint8Array(0), profile.info[kind], total),
  );
  let from = 0;
  const take = (size: number): Uint8Array => material.subarray(from, (from += size));
  return {
    iv: take(profile.ivBytes),
    cipherKey: take(profile.cipherKeyBytes),
    macKey: take(profile.macKeyBytes),
    refKey: take(profile.refKeyBytes),
  };
}

/** A fresh media key. One key seals one file: the initialisation vector comes from it too. */
export function newMediaKey(): Uint8Array {
  return randomBytes(profile.mediaKeyBytes);
}
