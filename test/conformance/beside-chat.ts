/** What people do beside talking, from both ends: the verbs of the cases for calls, timers and identities. */
import type { Pair } from './stage.ts';

/** A person's end of a chat, and of what goes beside it. */
export interface BesideEnd {
  /** Calls the other; resolves to the name of the call. */
  ring(): Promise<string>;
  /** Whether the own client was told that the other does not take the call. */
  isDeclined(call: string): boolean;
  /** Says something that is to be gone after a while; resolves to its id on this side. */
  sayFor(text: string, seconds: number): Promise<string>;
  /** Sets how long messages stay from now on; for good where `seconds` is undefined. */
  setTimer(seconds: number | undefined): Promise<void>;
  /** How long messages stay, in seconds, as the own client shows it; undefined for good. */
  timer(): number | undefined;
  /** For how many seconds a text of the other's is to stay, as it came. */
  timeOf(text: string): number | undefined;
}

/** Both ends of a chat. */
export interface BesidePair {
  readonly matrix: BesideEnd & {
    /** Whether a message is there no more. */
    isGone(text: string): boolean;
    read(text: string): Promise<void>;
    /** Sends the bot a command; resolves once there is another line that fits. */
    command(words: string, answer: RegExp): Promise<string>;
  };
  readonly remote: BesideEnd & {
    /** Has another encryption identity from now on, where the network has such. */
    changeIdentity?(number: string): Promise<void>;
  };
}
export type BesideOf = (pair: Pair) => Promise<BesidePair>;
