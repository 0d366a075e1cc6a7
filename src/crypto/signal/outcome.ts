/** How work with a peer's session can end, other than well. No text holds a key, a message or an address. */

export type SignalReason =
  | 'bad-key'
  | 'bad-signature'
  | 'identity-superseded'
  | 'malformed'
  | 'needs-bundle'
  | 'no-identity'
  | 'no-prekey'
  | 'no-session'
  | 'not-kept'
  | 'released'
  | 'replayed'
  | 'session-too-large'
  | 'too-large'
  | 'too-many-resets'
  | 'too-many-retries'
  | 'undecryptable'
  | 'version';

export interface SignalFailed {
  readonly kind: 'failed';
  readonly reason: SignalReason;
  /** Safe to show and to log. */
  readonly text: string;
  /** Whether the peer may be asked to send it once more. */
  readonly askAgain: boolean;
}

const texts: Readonly<Record<SignalReason, string>> = {
  'bad-key': 'a public key is none, or of the kind that gives its secret away',
  'bad-signature': 'the signed prekey is not signed by its identity',
  'identity-superseded': 'the message is of an identity that its sender has given up',
  malformed: 'the message, or its name, is malformed',
  'needs-bundle': 'a new session needs the keys of the other side',
  'no-identity': 'there is no identity, or it was deleted',
  'no-prekey': 'the message was made for a prekey that is gone',
  'no-session': 'there is no session',
  'not-kept': 'what was sealed is not kept, or not any more',
  released: 'the message was opened before, and is kept elsewhere',
  replayed: 'the message was opened before, or is older than what is kept keys for',
  'session-too-large': 'the state of the session has grown beyond its limit',
  'too-large': 'the message is too large',
  'too-many-resets': 'the session was made anew too often',
  'too-many-retries': 'the message was asked for too often',
  undecryptable: 'the message does not open',
  version: 'the message is of another version of the protocol',
};

const worthAsking: ReadonlySet<SignalReason> = new Set([
  'malformed',
  'no-prekey',
  'no-session',
  'session-too-large',
  'undecryptable',
]);

export function failed(reason: SignalReason): SignalFailed {
  return { kind: 'failed', reason, text: texts[reason], askAgain: worthAsking.has(reason) };
}
