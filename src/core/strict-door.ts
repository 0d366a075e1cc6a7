import type { Accepted } from './accepted.ts';
import type { Admission, Contact, Door } from './door.ts';
import type { IdentityBook } from './identities.ts';
import type { MatrixUserId, NetworkId, RemoteChatId, RemoteUserId } from './ids.ts';
import type { Failed } from './outcome.ts';
import type { Strict, Strictness } from './strict.ts';
import { hasMediaOrLink } from './strict-content.ts';

/** What verdicts name for strict mode. */
export const strictRules = {
  /** Whoever was not accepted. */
  stranger: 'strict-stranger',
  /** What a user gives away of themself. */
  signals: 'strict-signals',
  /** Ways that are not end-to-end encrypted. */
  encryption: 'strict-encryption',
  /** Media and links, in a group, of who is in nobody's list. */
  content: 'strict-content',
  /** Whose identity has changed, and was not confirmed. */
  identity: 'strict-identity',
  call: 'strict-call',
} as const;
export interface StrictDoorDeps {
  readonly strictness: Pick<Strictness, 'of' | 'any'>;
  readonly accepted: Accepted;
  /** Whether a chat is end-to-end encrypted on both sides, as far as it is there already. */
  readonly isEncrypted: (contact: Contact) => Promise<boolean | Failed>;
  readonly identities: Pick<IdentityBook, 'state'>;
  /** The Matrix users who are in a group. */
  readonly members: (network: NetworkId, chat: RemoteChatId) => Promise<readonly MatrixUserId[]>;
}

const pass: Admission = { kind: 'pass' };

/**
 * For users in strict mode. Who was not accepted meets silence, as if nobody answered. Nothing is told of whether the user
 * is there, writes, or has read, and nobody can call. What somebody says whose identity has changed waits until the user has
 * confirmed it. What is said in a group is everybody's in it: it is shut out where all of the Matrix
 * users in it are strict.
 */
export function strictDoor(deps: StrictDoorDeps): Door {
  return {
    admit: async (contact) => {
      if (!(await deps.strictness.any())) return pass;
      const { user, direction } = contact;
      if (user === undefined) return direction === 'to-matrix' ? intoGroup(deps, contact) : pass;
      const level = await deps.strictness.of(user);
      if (level === 'off') return pass;
      return direction === 'to-network'
        ? fromUser(deps, contact, user, level)
        : toUser(deps, contact, user, level);
    },
  };
}

async function fromUser(
  deps: StrictDoorDeps,
  contact: Contact,
  user: MatrixUserId,
  level: Strict,
): Promise<Admission | Failed> {
  if (isSignal(contact)) return { kind: 'blocked', rule: strictRules.signals, told: 'nobody' };
  const { network, remote } = contact;
  if (remote !== undefined && (await deps.identities.state(user, network, remote)) === 'changed')
    return { kind: 'blocked', rule: strictRules.identity, told: 'sender' };
  return encrypted(deps, contact, level, 'sender');
}

async function toUser(
  deps: StrictDoorDeps,
  contact: Contact,
  user: MatrixUserId,
  level: Strict,
): Promise<Admission | Failed> {
  const { network, remote, what } = contact;
  // Who is only said to be somebody is nobody who was accepted.
  if (contact.unvouched === true) return { kind: 'blocked', rule: strictRules.stranger, told: 'nobody' };
  if (remote !== undefined) {
    const known = await deps.accepted.accepted(user, network, remote);
    if (typeof known !== 'boolean') return known;
    if (!known) return { kind: 'blocked', rule: strictRules.stranger, told: 'nobody' };
    // The user is to learn of it.
    if (what === 'identity-change') return pass;
    if (what === 'call') return { kind: 'blocked', rule: strictRules.call, told: 'sender' };
    if ((await deps.identities.state(user, network, remote)) === 'changed') return untilConfirmed(contact);
  }
  return encrypted(deps, contact, level, 'nobody');
}

/** What is said waits; of what somebody does just now nothing is left to wait for. */
function untilConfirmed(contact: Contact): Admission {
  return contact.what === 'typing' || contact.what === 'presence'
    ? { kind: 'blocked', rule: strictRules.identity, told: 'nobody' }
    : { kind: 'held', rule: strictRules.identity };
}

async function intoGroup(deps: StrictDoorDeps, contact: Contact): Promise<Admission | Failed> {
  const { network, chat, remote, event, what } = contact;
  const members = await deps.members(network, chat);
  const levels = await Promise.all(members.map((user) => deps.strictness.of(user)));
  if (levels.length === 0 || levels.includes('off')) return pass;
  if (what === 'call') return { kind: 'blocked', rule: strictRules.call, told: 'nobody' };
  if (remote !== undefined && event !== undefined && hasMediaOrLink(event)) {
    const listed = await isListed(deps, members, network, remote);
    if (typeof listed !== 'boolean') return listed;
    if (!listed) return { kind: 'blocked', rule: strictRules.content, told: 'nobody' };
  }
  const [level] = levels.includes('unencrypted') ? (['unencrypted'] as const) : levels;
  // Who is in the group, and what is taken back, is to stay true.
  if (what === 'membership' || what === 'redaction' || what === 'moderation') return pass;
  return encrypted(deps, contact, level ?? 'on', 'nobody');
}

/** Whoever may be another than they say is in nobody's list. */
async function isListed(
  { accepted, identities }: StrictDoorDeps,
  members: readonly MatrixUserId[],
  network: NetworkId,
  remote: RemoteUserId,
): Promise<boolean | Failed> {
  for (const user of members) {
    const known = await accepted.accepted(user, network, remote);
    if (typeof known !== 'boolean') return known;
    if (known && (await identities.state(user, network, remote)) !== 'changed') return true;
  }
  return false;
}

/** The user is told what became of their own; to others, strict mode is silence. */
async function encrypted(
  { isEncrypted }: StrictDoorDeps,
  contact: Contact,
  level: Strict,
  told: 'sender' | 'nobody',
): Promise<Admission | Failed> {
  if (level !== 'on') return pass;
  const is = await isEncrypted(contact);
  if (typeof is !== 'boolean') return is;
  return is ? pass : { kind: 'blocked', rule: strictRules.encryption, told };
}

function isSignal({ what }: Contact): boolean {
  return what === 'typing' || what === 'presence' || what === 'receipt';
}
