import type { Accepted } from './accepted.ts';
import type { Admission, Contact, Door } from './door.ts';
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
} as const;
export type StrictRule = (typeof strictRules)[keyof typeof strictRules];

/** Whether a rule that a verdict names is one of strict mode. */
export function isStrictRule(rule: string): rule is StrictRule {
  return Object.values<string>(strictRules).includes(rule);
}

export interface StrictDoorDeps {
  readonly strictness: Pick<Strictness, 'of' | 'any'>;
  readonly accepted: Accepted;
  /** Whether a chat is end-to-end encrypted on both sides, as far as it is there already. */
  readonly isEncrypted: (contact: Contact) => Promise<boolean | Failed>;
  /** The Matrix users who are in a group. */
  readonly members: (network: NetworkId, chat: RemoteChatId) => Promise<readonly MatrixUserId[]>;
}

const pass: Admission = { kind: 'pass' };

/**
 * For users in strict mode. Who was not accepted meets silence, as if nobody answered. Nothing is told of whether the user
 * is there, writes, or has read. What is said in a group is everybody's in it: it is shut out where all of the Matrix
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
      return direction === 'to-network' ? fromUser(deps, contact, level) : toUser(deps, contact, user, level);
    },
  };
}

async function fromUser(deps: StrictDoorDeps, contact: Contact, level: Strict): Promise<Admission | Failed> {
  if (isSignal(contact)) return { kind: 'blocked', rule: strictRules.signals, told: 'nobody' };
  return encrypted(deps, contact, level, 'sender');
}

async function toUser(
  deps: StrictDoorDeps,
  contact: Contact,
  user: MatrixUserId,
  level: Strict,
): Promise<Admission | Failed> {
  const { network, remote } = contact;
  if (remote !== undefined) {
    const known = await deps.accepted.accepted(user, network, remote);
    if (typeof known !== 'boolean') return known;
    if (!known) return { kind: 'blocked', rule: strictRules.stranger, told: 'nobody' };
  }
  return encrypted(deps, contact, level, 'nobody');
}

async function intoGroup(deps: StrictDoorDeps, contact: Contact): Promise<Admission | Failed> {
  const { network, chat, remote, event, what } = contact;
  const members = await deps.members(network, chat);
  const levels = await Promise.all(members.map((user) => deps.strictness.of(user)));
  if (levels.length === 0 || levels.includes('off')) return pass;
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

async function isListed(
  { accepted }: StrictDoorDeps,
  members: readonly MatrixUserId[],
  network: NetworkId,
  remote: RemoteUserId,
): Promise<boolean | Failed> {
  for (const user of members) {
    const known = await accepted.accepted(user, network, remote);
    if (known !== false) return known;
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
