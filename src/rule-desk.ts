/** Connects rules that change while the bridge runs with the events that they judge. */
import { mostLookedThrough, type KeptEvents } from './core/kept-events.ts';
import { reopen, type ReopeningDeps } from './reopening.ts';
import type { RuleDesk, Tested } from './rules/desks.ts';
import type { RulesInForce } from './rules/in-force.ts';
import type { RulePolicy } from './rules/policy.ts';
import type { RuleStore } from './rules/rule-store.ts';
import type { Rulebook, WantedChange } from './rules/rulebook.ts';
import { trialOf, type TrialEvent } from './rules/trial.ts';

/** How long a dry run may open events; what is not opened by then is not judged. */
const patience = 20_000;

export interface RuleDeskDeps extends ReopeningDeps {
  readonly book: Rulebook;
  readonly store: Pick<RuleStore, 'audit'>;
  readonly inForce: Pick<RulesInForce, 'rules'>;
  readonly policy: Pick<RulePolicy, 'facts'>;
  readonly kept: KeptEvents;
}

export function ruleDesk(deps: RuleDeskDeps): RuleDesk {
  const { book, store } = deps;
  // One dry run at a time: each opens many events.
  let turn: Promise<unknown> = Promise.resolve();
  return {
    list: () => book.list(),
    find: (id) => book.find(id),
    change: (wanted) => book.change(wanted),
    audit: (page) => store.audit(page),
    test: (wanted, events) => {
      const done = turn.then(() => test(deps, wanted, events));
      turn = done.catch(() => undefined);
      return done;
    },
  };
}

async function test(deps: RuleDeskDeps, wanted: WantedChange, events: number): Promise<Tested> {
  const candidate = deps.book.candidate(wanted);
  if (candidate.kind !== 'candidate') return candidate;
  const found = await deps.kept.recent(Math.min(events, mostLookedThrough));
  const signal = AbortSignal.timeout(patience);
  const judged: TrialEvent[] = [];
  for (const kept of found) {
    if (signal.aborted) break;
    const reopened = await reopen(deps, kept, signal);
    if (reopened === undefined) continue;
    const { event, portal, direction } = reopened;
    const facts = deps.policy.facts(event, portal, direction);
    judged.push({ id: kept.record.outerId, facts: { ...facts, now: kept.record.receivedAt } });
  }
  const trial = trialOf(judged, found.length - judged.length, deps.inForce.rules, candidate.rules);
  return { kind: 'tested', trial };
}
