/** What the profile says of keys and sessions, each with how sure it is: see `mark.ts` and `profile.ts`. */
import type { SignalLimits } from '../../crypto/signal/limits.ts';
import type { Marked } from './mark.ts';

const day = 86_400_000;

/** The byte before a key of Curve25519, `e_keytype` [O]. */
export const keyType: Marked<number> = { value: 0x05, mark: 'O' };
/** The version byte of messages, and its form in `<enc v="2">`. */
export const messageVersion: Marked<number> = { value: 0x33, mark: 'P' };

/** What sessions are bounded by, each with its mark. */
export const signalNumbers: { readonly [K in keyof SignalLimits]: Marked<SignalLimits[K]> } = {
  maxRegistration: { value: 16_380, mark: 'P' },
  firstBatch: { value: 812, mark: 'P' },
  batch: { value: 50, mark: 'P' },
  floor: { value: 5, mark: 'P' },
  maxPrekeys: { value: 2_000, mark: 'G' },
  rotateSignedAfter: { value: 30 * day, mark: 'G' },
  // The offline mailbox has 30 days [O]; a message that was made on the last day of a key may come 30 days later.
  keepSigned: { value: 35 * day, mark: 'G' },
  maxMessage: { value: 262_144, mark: 'G' },
  maxSession: { value: 1_048_576, mark: 'G' },
  // As many as Signal's library keeps of a chain.
  maxSkip: { value: 2_000, mark: 'P' },
  maxRetries: { value: 5, mark: 'P' },
  maxAsked: { value: 100, mark: 'G' },
  maxWasted: { value: 6_000, mark: 'G' },
  wastedPerSecond: { value: 50, mark: 'G' },
  keysFrom: { value: 1, mark: 'G' },
  maxResets: { value: 5, mark: 'G' },
  resetWindow: { value: 3_600_000, mark: 'P' },
};

/** The numbers alone. */
export const signalLimits: SignalLimits = {
  maxRegistration: signalNumbers.maxRegistration.value,
  firstBatch: signalNumbers.firstBatch.value,
  batch: signalNumbers.batch.value,
  floor: signalNumbers.floor.value,
  maxPrekeys: signalNumbers.maxPrekeys.value,
  rotateSignedAfter: signalNumbers.rotateSignedAfter.value,
  keepSigned: signalNumbers.keepSigned.value,
  maxMessage: signalNumbers.maxMessage.value,
  maxSession: signalNumbers.maxSession.value,
  maxSkip: signalNumbers.maxSkip.value,
  maxRetries: signalNumbers.maxRetries.value,
  maxAsked: signalNumbers.maxAsked.value,
  maxWasted: signalNumbers.maxWasted.value,
  wastedPerSecond: signalNumbers.wastedPerSecond.value,
  keysFrom: signalNumbers.keysFrom.value,
  maxResets: signalNumbers.maxResets.value,
  resetWindow: signalNumbers.resetWindow.value,
};
