import type { Accepted } from './accepted.ts';
import type { Admission, Contact, Door } from './door.ts';
import type { MatrixUserId } from './ids.ts';
import type { Failed } from './outcome.ts';
import type { Strict } from './strict.ts';

/** What verdicts name for strict mode: whoever was not accepted, what a user gives away of themself, open ways. */
export const strictStranger = 'strict-stranger';
export const strictSignals = 'strict-signals';
export const strictEncryption = 'strict-encryption';

export interface StrictDoorDeps {
  readonly strict: (user: MatrixUserId) => Promise<Strict>;
  readonly accepted: Accepted;
  /** Whether a chat is end-to-end encrypted on both sides, as far as it is there already. */
  readonly isEncrypted: (contact: Contact) => Promise<boolean | Failed>;
}

/**
 * For users in strict mode. Who was not accepted meets silence, as if nobody answered; what is said in groups, which have
 * other members too, passes. Nothing is told of whether the user is there, writes, or has read.
 */
export function strictDoor({ strict, accepted, isEncrypted }: StrictDoorDeps): Door {
  return {
    admit: async (contact) => {
      const { user, network, remote, direction } = contact;
      if (user === undefined) return { kind: 'pass' };
      const level = await strict(user);
      if (level === 'off') return { kind: 'pass' };
      if (direction === 'to-matrix' && remote !== undefined) {
        const known = await accepted.accepted(user, network, remote);
        if (typeof known !== 'boolean') return known;
        if (!known) return { kind: 'blocked', rule: strictStranger, told: 'nobody' };
      }
      if (direction === 'to-network' && isSignal(contact))
        return { kind: 'blocked', rule: strictSignals, told: 'nobody' };
      return level === 'on' ? throughEncrypted(contact, isEncrypted) : { kind: 'pass' };
    },
  };
}

async function throughEncrypted(
  contact: Contact,
  isEncrypted: StrictDoorDeps['isEncrypted'],
): Promise<Admission | Failed> {
  const encrypted = await isEncrypted(contact);
  if (typeof encrypted !== 'boolean') return encrypted;
  if (encrypted) return { kind: 'pass' };
  // The user is told what became of their own; to others, strict mode is silence.
  const told = contact.direction === 'to-network' ? 'sender' : 'nobody';
  return { kind: 'blocked', rule: strictEncryption, told };
}

function isSignal({ what }: Contact): boolean {
  return what === 'typing' || what === 'presence' || what === 'receipt';
}
