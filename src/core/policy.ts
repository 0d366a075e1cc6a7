import type { BridgeEvent } from './event.ts';
import type { GroupIntent, Portal } from './portal.ts';

/** Which way an event goes. */
export type Direction = 'to-matrix' | 'to-network';

/** What was decided, and by which rule. */
export type Verdict = { readonly kind: 'pass' } | { readonly kind: 'block'; readonly rule: string };

/** The chat that an event is of: a portal, or a group that may become one by it. */
export type JudgedChat = Portal | Pick<GroupIntent, 'kind' | 'key'>;

/** The one place where it is decided what may pass. Pure: the same event and portal give the same verdict. */
export interface Policy {
  judge(event: BridgeEvent, chat: JudgedChat, direction: Direction): Verdict;
}
