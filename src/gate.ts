/** Puts together what decides who may reach whom, and what may pass. */
import { inOrder, type Door } from './core/door.ts';
import { ignoredDoor } from './core/ignored-door.ts';
import type { Policy } from './core/policy.ts';
import type { Ignores } from './core/puppet.ts';
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
  readonly rules: Pick<RulesInForce, 'rules'>;
}

export function makeGate({ ignores, rules }: GateDeps): Gate {
  return {
    door: inOrder([ignoredDoor(ignores)]),
    policy: new RulePolicy({ rules: () => rules.rules }),
  };
}
