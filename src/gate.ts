/** Puts together what decides who may reach whom, and what may pass. */
import { blockedDoor, type BlockedDoorDeps } from './core/blocked-door.ts';
import { groupBlocksDoor, type GroupBlocksDoorDeps } from './core/group-blocks-door.ts';
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
  /** Who might, were nobody blocked: what is blocked is to look from outside like what is not. */
  readonly unblocked: Door;
  /** What may pass in a chat. */
  readonly policy: Policy;
}

export interface GateDeps {
  readonly ignores: Ignores;
  readonly blocks: Blocks;
  /** Who is in which group. */
  readonly stores: Omit<GroupBlocksDoorDeps, 'blocks'>;
  /** The room of a chat, where it matters for who is shut out. */
  readonly roomOf?: BlockedDoorDeps['roomOf'];
  /** Who wants to be reached where. */
  readonly reach: ReachDoorDeps;
  /** Who is strict about who may reach them. */
  readonly strict: StrictDoorDeps;
  readonly rules: Pick<RulesInForce, 'rules'>;
  readonly regions: Pick<Regions, 'look' | 'known' | 'ofPerson'>;
  /** Message requests; the last door, so that nobody is asked of whom another shuts out. */
  readonly requests: Door;
}

export function makeGate({ ignores, blocks, stores, roomOf, rules, regions, ...deps }: GateDeps): Gate {
  const first = reachDoor(deps.reach);
  const shut = [
    blockedDoor({ blocks, ignores, ...(roomOf && { roomOf }) }),
    groupBlocksDoor({ blocks, portals: stores.portals, groups: stores.groups }),
    ignoredDoor(ignores),
  ];
  const behind = [
    strictDoor(deps.strict),
    deps.requests,
    regionsDoor(regions, () => rules.rules.asksRegions),
  ];
  return {
    door: inOrder([first, ...shut, ...behind]),
    unblocked: inOrder([first, ...behind]),
    policy: new RulePolicy({ rules: () => rules.rules, ...regionFacts(() => regions) }),
  };
}
