import type { LaneId, PortalId } from './ids.ts';
import type { KeptEvent } from './stores.ts';

/** An event that is to wait for the key of a session, out of its lane. */
export interface WaitingEvent {
  readonly seq: number;
  readonly session: string;
  readonly attempts: number;
  readonly portal: PortalId | undefined;
  /** Whether somebody is to be told that it waits; nobody is told a second time. */
  readonly report: boolean;
}

/** Events that wait for keys. Whatever was waiting once keeps `waitedFor`, also after a restart. */
export interface KeyWaitStore {
  /** Makes an event that has not ended wait. Durable when it resolves. */
  wait(event: WaitingEvent): Promise<void>;
  /** Makes events of a lane that wait for these sessions pending again; answers them in order, at most `limit`. */
  takeUp(lane: LaneId, sessions: readonly string[], limit: number): Promise<readonly KeptEvent[]>;
  /** The same for whatever waits, from a `seq` on. */
  takeUpAfter(after: number, limit: number): Promise<readonly KeptEvent[]>;
  /** Everything that waits is pending again: at the start, before anything is resumed. */
  takeUpAll(): Promise<void>;
  /** An event that has not ended. */
  get(seq: number): Promise<KeptEvent | undefined>;
  /** How many events wait. */
  count(): Promise<number>;
}
