/** What people tell each other in passing and look like, from both ends: the verbs of the cases for signals and people. */
import type { SampleFile } from './rig.ts';
import type { Pair } from './stage.ts';

export type PresenceState = 'online' | 'away' | 'offline';

/** A person's end of a chat, and of what is told beside it. */
export interface SignalEnd {
  type(typing: boolean): Promise<void>;
  /** Marks a message of the other as read, by its id on this side. */
  read(id: string): Promise<void>;
  /** The same without letting the other know, where the client can. */
  readPrivately?(id: string): Promise<void>;
  be(presence: PresenceState, status: string): Promise<void>;
  rename(name: string): Promise<void>;
  /** Shows a picture from now on, or none. */
  picture(file: SampleFile | undefined): Promise<void>;
  /** Whether the other is shown as writing. */
  isTyping(): boolean | Promise<boolean>;
  /** Whether a message of one's own is shown as read by the other. */
  isRead(id: string): boolean | Promise<boolean>;
  /** How the other is shown to be. */
  presence(): Promise<{ readonly presence: PresenceState; readonly status: string | undefined } | undefined>;
  /** What the other is called. */
  name(): Promise<string | undefined>;
  /** The bytes of the picture that the other is shown with. */
  face(): Promise<Uint8Array | undefined>;
}

/** Both ends of a chat. */
export interface SignalPair {
  readonly matrix: SignalEnd;
  readonly remote: SignalEnd;
}

/** Finds the ends of a pair; made by a rig. */
export type SignalsOf = (pair: Pair) => Promise<SignalPair>;

/** One way: who signals, and who sees it. */
export const signalWays = [
  { name: 'to Matrix', from: (pair: SignalPair) => pair.remote, to: (pair: SignalPair) => pair.matrix },
  { name: 'to the network', from: (pair: SignalPair) => pair.matrix, to: (pair: SignalPair) => pair.remote },
] as const;
