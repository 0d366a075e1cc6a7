import type { BlockIndex } from './block-index.ts';
import type { Blocks } from './blocks.ts';
import type { Admission, Contact, Door } from './door.ts';

/** What verdicts name: a block of the user's own, and those of the administrators. */
export const blockRules = {
  user: 'blocked-by-user',
  person: 'banned-person',
  server: 'banned-server',
  network: 'banned-network',
} as const;
export type BlockRule = (typeof blockRules)[keyof typeof blockRules];

/** Whether a rule that a verdict names is a block. */
export function isBlockRule(rule: string): rule is BlockRule {
  return Object.values<string>(blockRules).includes(rule);
}

export interface BlockedDoorDeps {
  readonly blocks: Pick<Blocks, 'standing'>;
  /** Looks whether the user has ended the block elsewhere: on their ignore list. Never throws, and takes a bounded time. */
  readonly lookAgain: (contact: Contact) => Promise<void>;
}

type Standing = ReturnType<BlockIndex['standing']>;

/**
 * Shuts out who is blocked, in both directions. What comes from them ends without a word to them, as what is not answered;
 * a Matrix user who writes to them is told.
 */
export function blockedDoor({ blocks, lookAgain }: BlockedDoorDeps): Door {
  return {
    admit: async (contact) => {
      const standing = blocks.standing(contact);
      // What goes to the person may be the first thing after the user has taken them off their ignore list.
      if (standing.kind !== 'user' || contact.direction === 'to-matrix') return admission(standing, contact);
      await lookAgain(contact);
      return admission(blocks.standing(contact), contact);
    },
  };
}

function admission(standing: Standing, { direction }: Contact): Admission {
  if (standing.kind === 'clear') return { kind: 'pass' };
  const rule = blockRules[standing.kind === 'user' ? 'user' : standing.what];
  return { kind: 'blocked', rule, told: direction === 'to-matrix' ? 'nobody' : 'sender' };
}
