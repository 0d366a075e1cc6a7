/** What a client sends once, before its first frame [P]. */
import { noiseProfile } from '../profile/noise-profile.ts';
import { noiseFailure, type NoiseFailure } from './failure.ts';

export interface PrologueReader {
  /** How many of these bytes belong to it (all of them, while it is not whole), or why they are none. */
  take(bytes: Uint8Array): number | NoiseFailure;
  isPartial(): boolean;
}

/** Judges each byte as it comes: another protocol is `wrong-prologue`, another version of this one `unsupported-version`. */
export function createPrologueReader(): PrologueReader {
  const { prologue, prologueName } = noiseProfile;
  let seen = 0;
  return {
    take(bytes) {
      let taken = 0;
      for (; seen < prologue.length && taken < bytes.length; seen += 1, taken += 1)
        if (bytes[taken] !== prologue[seen])
          return noiseFailure(seen < prologueName ? 'wrong-prologue' : 'unsupported-version');
      return taken;
    },
    isPartial: () => seen > 0 && seen < prologue.length,
  };
}
