/** The platform's list of whom an account has blocked, read and written on the account's own connection [U, G]. */
import { mostListed, type Blocklist, type ListEntry } from '../../core/blocklist.ts';
import type { RemoteUserId } from '../../core/ids.ts';
import { failedForGood, type Failed } from '../../core/outcome.ts';
import type { Asking } from '../../interop/stanza/asking.ts';
import type { Answer } from '../../interop/stanza/answer.ts';
import { isPersonId } from './ids.ts';
import type { Member } from './member.ts';
import type { Persons } from './persons.ts';

export interface BlocklistDeps {
  readonly account: (account: RemoteUserId) => Member | undefined;
  readonly persons: Persons;
  readonly patience: number;
}

export function createBlocklist(deps: BlocklistDeps): Blocklist {
  return {
    holds: (entry) => entry.kind === 'person' && isPersonId(entry.remote),
    read: async (account) => {
      const answer = await ask(deps, account, { kind: 'blocklist' });
      if (answer.kind === 'failed') return answer;
      const blocked = answer.kind === 'blocklist' ? answer.blocked : [];
      const people = blocked
        .map((address) => deps.persons.at(address))
        .filter((person) => person !== undefined);
      for (const person of people) if (person.isHidden) await deps.persons.met(person, undefined);
      const entries = people.slice(0, mostListed).map(({ id }) => ({ kind: 'person', remote: id }) as const);
      return { kind: 'list', entries, whole: people.length <= mostListed };
    },
    add: async (account, entries) => {
      const refused = await change(deps, account, 'block', entries);
      return 'kind' in refused ? refused : { kind: 'added', refused };
    },
    // Whom the server does not know is on no list.
    remove: async (account, entries) => {
      const refused = await change(deps, account, 'unblock', entries);
      return 'kind' in refused ? refused : undefined;
    },
  };
}

/** One after the other; answers those that the server will not have. */
async function change(
  deps: BlocklistDeps,
  account: RemoteUserId,
  kind: 'block' | 'unblock',
  entries: readonly ListEntry[],
): Promise<readonly ListEntry[] | Failed> {
  const refused: ListEntry[] = [];
  for (const entry of entries) {
    const who = entry.kind === 'person' ? await deps.persons.addressOf(entry.remote) : undefined;
    if (who === undefined) {
      refused.push(entry);
      continue;
    }
    const answer = await ask(deps, account, { kind, who });
    if (answer.kind !== 'failed') continue;
    if (answer.retry.kind === 'later' || answer.reason === 'not-enabled') return answer;
    refused.push(entry);
  }
  return refused;
}

async function ask(deps: BlocklistDeps, account: RemoteUserId, asking: Asking): Promise<Answer | Failed> {
  const member = deps.account(account);
  if (member === undefined) return failedForGood('not-enabled');
  const connection = await member.quietLink(deps.patience);
  return 'kind' in connection ? connection : connection.ask(asking);
}
