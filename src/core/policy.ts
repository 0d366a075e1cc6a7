import type { BridgeEvent } from './event.ts';
import type { Feature } from './network.ts';
import type { DirectIntent, GroupIntent, Portal } from './portal.ts';

/** Which way an event goes. */
export type Direction = 'to-matrix' | 'to-network';

/** What of an event was changed before it passed, and by which rule. */
export interface Converted {
  readonly feature: Feature;
  readonly rule: string;
}

/**
 * What was decided, and by which rule. What is blocked its sender is told of, with the feature that was not let through,
 * unless the rule says that nobody is.
 */
export type Verdict =
  | ({ readonly kind: 'pass' } & Bounded)
  | ({ readonly kind: 'convert'; readonly event: BridgeEvent; readonly by: readonly Converted[] } & Bounded)
  | {
      readonly kind: 'block';
      readonly rule: string;
      readonly feature?: Feature;
      readonly told?: 'nobody';
    };

/** A file that proves to be larger than so many bytes, of which nobody said how large it is, is to be judged again. */
interface Bounded {
  readonly upTo?: number;
}

/** The chat that an event is of: a portal, or a group or direct chat that may become one by it. */
export type JudgedChat =
  Portal | Pick<GroupIntent, 'kind' | 'key'> | Pick<DirectIntent, 'kind' | 'key' | 'remote'>;

/**
 * The one place where it is decided what may pass. Never throws, and an event that is judged again gets the same verdict
 * while the rules stay: one that is tried again counts once for a limit.
 */
export interface Policy {
  judge(event: BridgeEvent, chat: JudgedChat, direction: Direction): Verdict;
}
