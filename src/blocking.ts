/** Connects blocks with what they work on. */
import type { BlocksConfig } from './blocks-config.ts';
import type { BlockDesk } from './commands/block-desk.ts';
import { BlockAgreement } from './core/block-agreement.ts';
import { doorRule } from './core/door-rules.ts';
import { Blocks } from './core/blocks.ts';
import type { ListJudge } from './core/policy-list-book.ts';
import type { Contact, Door } from './core/door.ts';
import type { ErasureStep } from './core/erasures.ts';
import type { HeldOf } from './core/blocker.ts';
import type { MatrixUserId, NetworkId } from './core/ids.ts';
import type { EventSink, RunningNetwork } from './core/network.ts';
import { failedForGood, type Failed } from './core/outcome.ts';
import type { PeopleDeps } from './core/people.ts';
import { accountName, accountsIn, type Identity } from './core/persons.ts';
import type { LoginStore } from './core/stores.ts';
import type { Log } from './core/task.ts';
import type { RunningHomeserver } from './matrix/homeserver.ts';
import type { Storage } from './storage/storage.ts';

/** Loads all blocks; to be awaited before anything is let in. */
export function loadBlocks(
  { decideThemselves, unnamedInvitations }: BlocksConfig,
  storage: Storage,
  network: (id: NetworkId) => RunningNetwork | undefined,
  lists?: ListJudge,
): Promise<Blocks> {
  const deciding = new Set<string>(decideThemselves);
  return Blocks.load(storage.blocks, {
    serverOf: (id, name) => network(id)?.directory.serverOf?.(name),
    spellings: (id, remote) => network(id)?.directory.spellings?.(remote) ?? [],
    decidesItself: (id) => deciding.has(id),
    letsUnvouchedIn: unnamedInvitations === 'pass',
    ...(lists && { lists }),
  });
}

export interface BlockDeskParts {
  readonly storage: Storage;
  readonly matrix: Pick<RunningHomeserver, 'puppets' | 'ghostIds'>;
  /** What waits of people until they are accepted. */
  readonly held: HeldOf;
  readonly log: Log;
}

/** What the commands on blocks work on; from then on the users' ignore lists are kept in step. */
export function makeBlockDesk(
  blocks: Blocks,
  { storage, matrix: { puppets, ghostIds }, held, log }: BlockDeskParts,
): BlockDesk {
  const agreement = new BlockAgreement({ blocks, store: storage.blocks, book: puppets.ignoreBook, log });
  return {
    blocks: endingHeld(blocks, held),
    agree: (user) => agreement.changed(user),
    ghost: (user) => ghostIds.key(user),
    ghostsOf: (who) =>
      blocks
        .namesOf(accountName(who))
        .flatMap(accountsIn)
        .map((account) => ghostIds.userId(account))
        .filter((id) => id !== undefined),
  };
}

/** What is held of a person ends with their block. Repeated blocks do it again: a crash may have come between. */
function endingHeld(blocks: Blocks, held: HeldOf): BlockDesk['blocks'] {
  return {
    block: async (owner, blocked, by) => {
      const made = await blocks.block(owner, blocked, by);
      const accounts = blocked.kind === 'person' ? blocks.namesOf(blocked.name).flatMap(accountsIn) : [];
      if (made !== 'too-many')
        for (const { network, remote } of accounts)
          await held.blocked(owner === 'homeserver' ? undefined : owner, network, remote);
      return made;
    },
    unblock: (owner, blocked) => blocks.unblock(owner, blocked),
    list: (owner, offset, limit) => blocks.list(owner, offset, limit),
    count: (owner) => blocks.count(owner),
    same: (one, other) => blocks.same(one, other),
  };
}

/** Blocks a person for a user, and lets their ignore list follow; that may also be done later. */
export async function blockIn(
  desk: BlockDesk,
  user: MatrixUserId,
  who: Identity,
): Promise<undefined | Failed> {
  const name = accountName(who);
  const made = await desk.blocks.block(user, { kind: 'person', name }, { author: user });
  if (made === 'too-many') return failedForGood('not-permitted');
  await desk.agree(user);
  return undefined;
}

/** The logins with what they say of persons: who links accounts is one person with them, before the link is kept; then their lists are looked at. */
export function knowingPersons(
  logins: LoginStore,
  { blocks, lists }: Pick<BlockDesk, 'blocks' | 'lists'>,
): LoginStore {
  return {
    list: (user) => logins.list(user),
    owner: (network, remote) => logins.owner(network, remote),
    put: async (login) => {
      const { user, network, remote } = login;
      await blocks.same({ kind: 'user', user }, { kind: 'account', network, remote });
      await logins.put(login);
      void lists?.look(user);
    },
    remove: (user, network, remote) => logins.remove(user, network, remote),
    pending: (user, network) => logins.pending(user, network),
    putPending: (pending) => logins.putPending(pending),
    removePending: (user, network) => logins.removePending(user, network),
  };
}

/** What a network knows of who is who. */
export function samePerson(
  blocks: Pick<Blocks, 'same'>,
  network: NetworkId,
): NonNullable<EventSink['samePerson']> {
  return (user, other) =>
    blocks.same(
      { kind: 'account', network, remote: user },
      other.kind === 'account' ? { kind: 'account', network, remote: other.remote } : other,
    );
}

/** Whether nobody who would see a person wants to. */
export function unwanted(blocks: Pick<Blocks, 'isUnwanted'>): NonNullable<PeopleDeps['isUnwanted']> {
  return (network, remote) => blocks.isUnwanted({ network, remote });
}

/** Forgets a user's blocks, and that accounts are theirs. */
export function withoutBlocks(blocks: Pick<Blocks, 'forget'>): ErasureStep {
  return {
    name: 'blocks',
    erase: async (user) => {
      await blocks.forget(user);
      return undefined;
    },
  };
}

/** Why a user may not begin something on a network; undefined where they may. */
export async function refusedAt(
  door: Door,
  contact: Omit<Contact, 'direction' | 'what' | 'first'>,
): Promise<undefined | Failed> {
  const whole = { ...contact, direction: 'to-network', what: 'invitation', first: true } as const;
  const admission = await door.admit(whole);
  if (admission.kind !== 'blocked') return admission.kind === 'failed' ? admission : undefined;
  switch (doorRule(admission.rule)?.kind) {
    case 'blocked-by-user':
      return failedForGood('you-blocked');
    case 'banned-person':
    case 'banned-server':
    case 'banned-network':
    case 'policy-list':
    case 'unvouched-inviter':
      return failedForGood('shut-out');
    default:
      return failedForGood('rule');
  }
}
