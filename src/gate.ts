/** Puts together what decides who may reach whom, and what may pass. */
import { blockedDoor } from './core/blocked-door.ts';
import type { Blocks } from './core/blocks.ts';
import { inOrder, type Door } from './core/door.ts';
import { ignoredDoor } from './core/ignored-door.ts';
import type { Policy } from './core/policy.ts';
import type { Ignores } from './core/puppet.ts';

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
}

/** Nothing is forbidden yet: the place where rules judge both directions. */
const everythingPasses: Policy = { judge: () => ({ kind: 'pass' }) };

export function makeGate({ ignores, blocks }: GateDeps): Gate {
  const doors = [blockedDoor({ blocks, ignores }), ignoredDoor(ignores)];
  return { door: inOrder(doors), policy: everythingPasses };
}
