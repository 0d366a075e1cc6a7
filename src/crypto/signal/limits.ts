/** Numbers that a network's profile decides. Times in milliseconds, sizes in bytes. */
export interface SignalLimits {
  /** Registration ids are from 1 to this. */
  readonly maxRegistration: number;
  /** Prekeys of the first upload, and of those that follow. */
  readonly firstBatch: number;
  readonly batch: number;
  /** A batch is made where the server has fewer. */
  readonly floor: number;
  /** Prekeys that are at the server, or were; beyond it the oldest go. */
  readonly maxPrekeys: number;
  readonly rotateSignedAfter: number;
  /** How long a signed prekey opens messages after another took its place. */
  readonly keepSigned: number;
  readonly maxMessage: number;
  readonly maxSession: number;
  /** Message keys that one message may have made of messages that were passed over; the library keeps 2,000 of a chain. */
  readonly maxSkip: number;
  /** How often one message may be asked for, either way. */
  readonly maxRetries: number;
  /** Messages of one peer that are asked for at the same time. */
  readonly maxAsked: number;
  /** Such keys for messages that then did not open: of one session, and how many more each second; of all, ten times as many. */
  readonly maxWasted: number;
  readonly wastedPerSecond: number;
  /** With which count one's own keys go along. */
  readonly keysFrom: number;
  /** How often in `resetWindow` a peer may have a session made anew. */
  readonly maxResets: number;
  readonly resetWindow: number;
}
