import type { PortalId } from './ids.ts';
import type { EventRecord } from './stores.ts';

/** An event with its content, as far as that is still kept (empty where it is not), and the portal that it ended in. */
export interface KeptContent {
  readonly record: EventRecord;
  readonly payload: string;
  readonly portal: PortalId | undefined;
}

/** How many events are looked through at most. */
export const mostLookedThrough = 1_000;

/** Events to be looked at again: why they ended as they did, and what other rules would have done with them. */
export interface KeptEvents {
  /** The newest event of this outer id. */
  get(outerId: string): Promise<KeptContent | undefined>;
  /** The newest that have ended and whose content is still there, the newest first: at most `mostLookedThrough`. */
  recent(limit: number): Promise<readonly KeptContent[]>;
}
