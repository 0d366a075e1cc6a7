/** Puts together what decides who may reach whom, and what may pass. */
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
  /** Message requests; the last door, so that nobody is asked of whom another shuts out. */
  readonly requests: Door;
}

/** Nothing is forbidden yet: the place where rules judge both directions. */
const everythingPasses: Policy = { judge: () => ({ kind: 'pass' }) };

export function makeGate({ ignores, requests }: GateDeps): Gate {
  return { door: inOrder([ignoredDoor(ignores), requests]), policy: everythingPasses };
}
