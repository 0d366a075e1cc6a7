import type { Source } from './stores.ts';
import type { BridgeEventKind } from './event.ts';
import type { Direction } from './policy.ts';
import type { Outcome, OutcomeKind } from './outcome.ts';

/** How the opening of an encrypted event went. `locked` is counted when it begins to wait, once for each time. */
export const openingResults = [
  'late',
  'locked',
  'no-key',
  'not-genuine',
  'replayed',
  'other-sender',
  'untrusted-device',
  'verification',
] as const;
export type OpeningResult = (typeof openingResults)[number];

/** What of an encrypted event's end is counted by itself. */
export function openingResult(late: boolean, outcome: Outcome): OpeningResult | undefined {
  if (outcome.kind === 'sent') return late ? 'late' : undefined;
  return 'reason' in outcome ? openingResults.find((one) => one === outcome.reason) : undefined;
}

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
  /** What became of an encrypted event, beside its outcome; `verification` is a request to verify one of the bridge's users. */
  opened(result: OpeningResult): void;
  /** Something of a flood was held back: a membership that changes nothing, a ghost that waits its turn, a name that was cleaned, an archive that repeats itself, a room that was asked for by its alias too often. */
  bounded(network: string, what: 'membership' | 'ghost' | 'name' | 'look-alike' | 'archive' | 'alias'): void;
}
