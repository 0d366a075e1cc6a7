import type { BridgeEvent } from './event.ts';
import type { Portal } from './portal.ts';

/** Which way an event goes. */
export type Direction = 'to-matrix' | 'to-network';

/** What was decided, and by which rule. */
export type Verdict = { readonly kind: 'pass' } | { readonly kind: 'block'; readonly rule: string };

/** The one place where it is decided what may pass. Pure: the same event and portal give the same verdict. */
export interface Policy {
  judge(event: BridgeEvent, portal: Portal, direction: Direction): Verdict;
}
