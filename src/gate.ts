/** Puts together what decides who may reach whom, and what may pass. */
import { blockedDoor } from './core/blocked-door.ts';
import type { Blocks } from './core/blocks.ts';
import { inOrder, type Door } from './core/door.ts';
import { ignoredDoor } from './core/ignored-door.ts';
import type { Policy } from './core/policy.ts';
import type { Ignores } from './core/puppet.ts';
import { regionFacts } from './region-facts.ts';
import { regionsDoor, type Regions } from './core/regions.ts';
import { reachDoor, type ReachDoorDeps } from './core/reach-door.ts';
import { strictDoor, type StrictDoorDeps } from './core/strict-door.ts';
import type { RulesInForce } from './rules/in-force.ts';
import { RulePolicy } from './rules/policy.ts';

/** What the spine and the signals ask before anything goes on. */
export interface Gate {
  /** Who may reach whom. */
  readonly door: Door;
  /** What may pass in a chat. */
  readonly policy: Policy;
}

export interface GateDeps {
  readonly ignores: Ignores;
  readonly blocks: Blocks;
  /** Who wants to be reached where. */
  readonly reach: ReachDoorDeps;
  /** Who is strict about who may reach them. */
  readonly strict: StrictDoorDeps;
  readonly rules: Pick<RulesInForce, 'rules'>;
  readonly regions: Pick<Regions, 'look' | 'known' | 'ofPerson'>;
  /** Message requests; the last door, so that nobody is asked of whom another shuts out. */
  readonly requests: Door;
}

export function makeGate({ ignores, blocks, reach, strict, rules, regions, requests }: GateDeps): Gate {
  return {
    door: inOrder([
      reachDoor(reach),
      blockedDoor({ blocks, ignores }),
      ignoredDoor(ignores),
      strictDoor(strict),
      requests,
      regionsDoor(regions, () => rules.rules.asksRegions),
    ]),
    policy: new RulePolicy({ rules: () => rules.rules, ...regionFacts(regions) }),
  };
}
