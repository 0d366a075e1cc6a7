import type { Blocks } from './blocks.ts';
import type { Admission, Contact, Door } from './door.ts';
import type { Ignores } from './puppet.ts';

/** What verdicts name: a block of the user's own, those of the administrators, and who may be one who is blocked. */
export const blockRules = {
  user: 'blocked-by-user',
  person: 'banned-person',
  server: 'banned-server',
  network: 'banned-network',
  unvouched: 'unvouched-inviter',
} as const;
export type BlockRule = (typeof blockRules)[keyof typeof blockRules];

/** Whether a rule that a verdict names is a block. */
export function isBlockRule(rule: string): rule is BlockRule {
  return Object.values<string>(blockRules).includes(rule);
}

export interface BlockedDoorDeps {
  readonly blocks: Pick<Blocks, 'standing' | 'mayBeBlocked'>;
  /** Looks at the user's ignore list again: they may have ended the block there. What it answers is in `blocks` by then. */
  readonly ignores: Ignores;
}

type Standing = ReturnType<Blocks['standing']>;

/**
 * Shuts out who is blocked, in both directions. What comes from them ends without a word to them, as what is not answered;
 * a Matrix user who writes to them is told.
 */
export function blockedDoor({ blocks, ignores }: BlockedDoorDeps): Door {
  return {
    admit: async (contact) => {
      const standing = blocks.standing(contact);
      const { user, remote, network, direction, first, what } = contact;
      const isHidden = standing.kind === 'clear' && contact.unvouched === true && user !== undefined;
      if (isHidden && blocks.mayBeBlocked(user))
        return { kind: 'blocked', rule: blockRules.unvouched, told: 'nobody' };
      if (standing.kind !== 'user' || user === undefined || remote === undefined)
        return admission(standing, contact);
      // What the user writes may be the first thing after they have taken the person off their list.
      await ignores(user, network, remote, direction === 'to-network' || first || what === 'invitation');
      return admission(blocks.standing(contact), contact);
    },
  };
}

function admission(standing: Standing, { direction }: Contact): Admission {
  if (standing.kind === 'clear') return { kind: 'pass' };
  const rule = blockRules[standing.kind === 'user' ? 'user' : standing.what];
  return { kind: 'blocked', rule, told: direction === 'to-matrix' ? 'nobody' : 'sender' };
}
