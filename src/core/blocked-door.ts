import type { Blocks } from './blocks.ts';
import { listedBy, type DoorRuleName } from './door-rules.ts';
import type { Admission, Contact, Door } from './door.ts';
import type { RoomId } from './ids.ts';
import type { Ignores } from './puppet.ts';

/** What verdicts name: a block of the user's own, those of the administrators, and who may be one who is blocked. */
export const blockRules = {
  user: 'blocked-by-user',
  person: 'banned-person',
  server: 'banned-server',
  network: 'banned-network',
  unvouched: 'unvouched-inviter',
} as const;

export interface BlockedDoorDeps {
  readonly blocks: Pick<Blocks, 'standing' | 'mayBeBlocked'>;
  /** The room of a chat, where policy lists can mean it; asked only then. */
  readonly roomOf?: (contact: Contact) => Promise<RoomId | undefined>;
  /** Looks at the user's ignore list again: they may have ended the block there. What it answers is in `blocks` by then. */
  readonly ignores: Ignores;
}

type Standing = ReturnType<Blocks['standing']>;

/**
 * Shuts out who is blocked, in both directions. What comes from them ends without a word to them, as what is not answered;
 * a Matrix user who writes to them is told.
 */
export function blockedDoor({ blocks, ignores, roomOf }: BlockedDoorDeps): Door {
  return {
    admit: async (given) => {
      const room = await roomOf?.(given);
      const contact = room === undefined ? given : { ...given, room };
      const standing = blocks.standing(contact);
      const { user, remote, network, direction, first, what } = contact;
      const isHidden = standing.kind === 'clear' && contact.unvouched === true && user !== undefined;
      if (isHidden && blocks.mayBeBlocked(user, network))
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
  return { kind: 'blocked', rule: ruleOf(standing), told: direction === 'to-matrix' ? 'nobody' : 'sender' };
}

function ruleOf(standing: Exclude<Standing, { readonly kind: 'clear' }>): DoorRuleName {
  switch (standing.kind) {
    case 'user':
      return blockRules.user;
    case 'homeserver':
      return blockRules[standing.what];
    case 'list':
      return listedBy(standing.rule);
  }
}
