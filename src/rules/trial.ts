/** A dry run: what other rules would have done with events that were there. Pure. */
import type { Direction } from '../core/policy.ts';
import { evaluate } from './evaluate.ts';
import type { Facts } from './facts.ts';
import type { RuleSet } from './rule-set.ts';
import type { RulesVerdict } from './verdict.ts';

/** An event that was there. */
export interface TrialEvent {
  /** Its id on the side that it came from. */
  readonly id: string;
  readonly facts: Facts;
}

/** A verdict in short: what is done, and by which rules. */
export interface ShortVerdict {
  readonly kind: RulesVerdict['kind'];
  readonly rules: readonly string[];
}

export interface ChangedVerdict {
  readonly id: string;
  readonly direction: Direction;
  readonly network: string;
  readonly was: ShortVerdict;
  readonly would: ShortVerdict;
}

/** What a change of rules would have done. */
export interface Trial {
  /** How many events were judged. */
  readonly judged: number;
  /** How many could not be opened any more, or are of no chat. */
  readonly unread: number;
  /** How many verdicts would be others. */
  readonly changes: number;
  /** The first of them. */
  readonly changed: readonly ChangedVerdict[];
}

/** How many changed verdicts are shown. */
export const mostShown = 50;

/** Judges each event by both; a verdict that is the same by another rule is a change too. */
export function trialOf(events: readonly TrialEvent[], unread: number, now: RuleSet, then: RuleSet): Trial {
  const changed = events.flatMap(({ id, facts }): readonly ChangedVerdict[] => {
    const was = short(evaluate(now, facts));
    const would = short(evaluate(then, facts));
    if (was.kind === would.kind && was.rules.join(' ') === would.rules.join(' ')) return [];
    return [{ id, direction: facts.direction, network: facts.network, was, would }];
  });
  return { judged: events.length, unread, changes: changed.length, changed: changed.slice(0, mostShown) };
}

function short(verdict: RulesVerdict): ShortVerdict {
  switch (verdict.kind) {
    case 'allow':
      return { kind: 'allow', rules: verdict.by === undefined ? [] : [verdict.by.by.rule.id] };
    case 'convert':
      return { kind: 'convert', rules: [...new Set(verdict.by.map(({ by }) => by.rule.id))] };
    case 'drop':
    case 'refuse':
      return { kind: verdict.kind, rules: [verdict.by.by.rule.id] };
  }
}
