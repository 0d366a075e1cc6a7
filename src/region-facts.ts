import type { Regions } from './core/regions.ts';
import type { ExplainDeskDeps } from './explain-desk.ts';
import type { RulePolicyDeps } from './rules/policy.ts';

/** What rules are told of regions. */
export function regionFacts(
  regions: () => Pick<Regions, 'known' | 'ofPerson'>,
): Pick<RulePolicyDeps, 'regionOf' | 'regionsOf'> {
  return {
    regionOf: (network, person) => regions().ofPerson(network, person),
    regionsOf: (user) => regions().known(user),
  };
}

/** What whoever explains is told of regions, looked up anew. */
export function explainedRegions(
  regions: Pick<Regions, 'look' | 'ofPerson'>,
): Pick<ExplainDeskDeps, 'regionOf' | 'regionsOf'> {
  return {
    regionOf: (network, person) => regions.ofPerson(network, person),
    regionsOf: (user) => regions.look(user),
  };
}
