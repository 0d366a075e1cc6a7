/** Why a verdict is what it is. Pure. */
import type { Feature } from '../core/network.ts';
import { asDecided, concerns, decider, evaluate } from './evaluate.ts';
import type { Facts } from './facts.ts';
import type { RuleSet } from './rule-set.ts';
import type { Decided, RulesVerdict } from './verdict.ts';

/** What became of one feature: the rule that decided, none where nothing is said of it, and who would have decided next. */
export interface FeatureExplained {
  readonly feature: Feature;
  readonly decided: Decided | undefined;
  readonly next: readonly Decided[];
}
export interface Explanation {
  readonly verdict: RulesVerdict;
  readonly features: readonly FeatureExplained[];
}

const mostNext = 5;

/** Explains a verdict, feature by feature, with at most five further rules each that fit and come later. Slow. */
export function explain(rules: RuleSet, facts: Facts): Explanation {
  const groups = facts.user === undefined ? [] : rules.groupsOf(facts.user);
  const features = facts.features.map((feature): FeatureExplained => {
    const rule = decider(rules, facts, feature);
    if (rule === undefined) return { feature, decided: undefined, next: [] };
    const next: Decided[] = [];
    for (const other of rules.rules) {
      if (next.length === mostNext) break;
      const { networks, features: about, direction } = other.authored.rule;
      const isLater = other.order > rule.order && about.includes(feature);
      const isHere = networks?.includes(facts.network) ?? true;
      const isThisWay = direction === undefined || direction === facts.direction;
      if (isLater && isHere && isThisWay && concerns(other, facts, groups))
        next.push(asDecided(other, feature));
    }
    return { feature, decided: asDecided(rule, feature), next };
  });
  return { verdict: evaluate(rules, facts), features };
}
