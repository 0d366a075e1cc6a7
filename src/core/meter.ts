import type { Source } from './stores.ts';
import type { BridgeEventKind } from './event.ts';
import type { Direction } from './policy.ts';
import type { OutcomeKind } from './outcome.ts';

/** What the spine counts; `http/metrics.ts` shows it. Labels never hold an identifier. */
export interface Meter {
  kept(source: Source, count: number): void;
  duplicate(source: Source, count: number): void;
  /** An event ended, `ms` after it was kept; `other` is what never came to be one of the kinds (commands, invitations). */
  ended(
    network: string,
    direction: Direction,
    outcome: OutcomeKind,
    ms: number,
    kind: BridgeEventKind | 'other',
  ): void;
  retried(network: string, direction: Direction): void;
  /** Something of a flood was held back: a membership that changes nothing, a ghost that waits its turn, a name that was cleaned, an archive that repeats itself, a room that was asked for by its alias too often. */
  bounded(network: string, what: 'membership' | 'ghost' | 'name' | 'look-alike' | 'archive' | 'alias'): void;
}
