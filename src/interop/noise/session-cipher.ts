/** Sealing and opening after the handshake: each direction has a key and a counter, and no associated data [P]. */
import { noiseProfile } from '../profile/noise-profile.ts';
import { openSealed, seal } from './aead.ts';
import { noiseFailure, type NoiseFailure } from './failure.ts';

/**
 * What goes out and comes in, in order. A counter that is used up is `counter-exhausted`: the caller closes. What does
 * not open leaves the session failed: a stream that was changed is not read any further.
 */
export interface SessionCipher {
  seal(plaintext: Uint8Array): Uint8Array | NoiseFailure;
  open(sealed: Uint8Array): Uint8Array | NoiseFailure;
}

/** `first` is the first value of both counters: other than 0 for tests of their end alone. */
export function createSessionCipher(sendKey: Uint8Array, receiveKey: Uint8Array, first = 0): SessionCipher {
  let sent = first;
  let received = first;
  let failure: NoiseFailure | undefined;
  return {
    seal(plaintext) {
      if (sent > noiseProfile.lastCounter) return noiseFailure('counter-exhausted');
      return seal(sendKey, sent++, plaintext);
    },
    open(sealed) {
      if (failure !== undefined) return failure;
      if (received > noiseProfile.lastCounter) return (failure = noiseFailure('counter-exhausted'));
      const plaintext = openSealed(receiveKey, received++, sealed);
      if (!(plaintext instanceof Uint8Array)) failure = plaintext;
      return plaintext;
    },
  };
}
