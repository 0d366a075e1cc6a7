import * as z from 'zod';
import { mostListed, type Blocklist } from '../../core/blocklist.ts';
import type { RemoteUserId } from '../../core/ids.ts';
import { failedForGood, failedForNow, type Failed } from '../../core/outcome.ts';
import { worldPause, type Faults } from './faults.ts';
import { parsePerson } from './ids.ts';

const patienceMs = 20_000;
/** What the world answers instead of a list when it talks nonsense. */
const garbage = '["bob", 7, {"list": ["';
const listText = z.array(z.string().max(1_000)).max(100_000);

/** How the world answers for a list. */
export type ListAnswer =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'down' }
  | { readonly kind: 'not-allowed' };

/** The lists of blocked people that the persons of the world have, and may let the bridge keep. */
export class WorldLists {
  readonly #faults: () => Faults;
  readonly #lists = new Map<string, Set<string>>();
  #end: ((person: string) => void) | undefined;
  /** How often the bridge has changed a list. */
  writes = 0;

  constructor(faults: () => Faults) {
    this.#faults = faults;
  }

  /** The bridge that hears of changes, in place of the one before. */
  connect(changed: (person: string) => void): void {
    this.#end = changed;
  }

  /** Whom a person has blocked, in the order of the names. */
  of(person: string): readonly string[] {
    return [...(this.#lists.get(person) ?? [])].sort();
  }

  /** A person blocks somebody at their own client. */
  block(person: string, whom: string): void {
    this.#change(person, (list) => list.add(whom));
  }

  unblock(person: string, whom: string): void {
    this.#change(person, (list) => list.delete(whom));
  }

  /** The bridge asks for a person's list, or changes it first. */
  async ask(
    person: string,
    change: { readonly add?: readonly string[]; readonly remove?: readonly string[] },
    signal: AbortSignal,
  ): Promise<ListAnswer> {
    const faults = this.#faults();
    await worldPause(faults, signal);
    if (faults.down) return { kind: 'down' };
    if (faults.refuse) return { kind: 'not-allowed' };
    if (faults.garbage) return { kind: 'text', text: garbage };
    const list = this.#listOf(person);
    for (const whom of change.add ?? []) list.add(whom);
    for (const whom of change.remove ?? []) list.delete(whom);
    if (change.add !== undefined || change.remove !== undefined) this.writes += 1;
    return { kind: 'text', text: JSON.stringify([...list]) };
  }

  #change(person: string, how: (list: Set<string>) => unknown): void {
    how(this.#listOf(person));
    if (!this.#faults().down) this.#end?.(person);
  }

  #listOf(person: string): Set<string> {
    const list = this.#lists.get(person) ?? new Set();
    this.#lists.set(person, list);
    return list;
  }
}

/** The lists as the bridge has them. The world tells of each change while the link is up. */
export function blocklist(lists: WorldLists): Blocklist {
  const ask = async (
    account: RemoteUserId,
    change: Parameters<WorldLists['ask']>[1] = {},
  ): Promise<readonly string[] | Failed> => {
    try {
      const answer = await lists.ask(account, change, AbortSignal.timeout(patienceMs));
      if (answer.kind === 'down') return failedForNow('link-down');
      if (answer.kind === 'not-allowed') return failedForGood('not-permitted');
      const parsed = listText.safeParse(JSON.parse(answer.text));
      return parsed.success ? parsed.data : failedForNow('network-refused');
    } catch (error) {
      return failedForNow(error instanceof SyntaxError ? 'network-refused' : 'timeout', error);
    }
  };
  return {
    holds: (entry) => entry.kind === 'person' && parsePerson(entry.remote) !== undefined,
    read: async (account) => {
      const names = await ask(account);
      if ('kind' in names) return names;
      const entries = names
        .slice(0, mostListed)
        .map(parsePerson)
        .filter((remote) => remote !== undefined)
        .map((remote) => ({ kind: 'person', remote }) as const);
      return { kind: 'list', entries, whole: names.length <= mostListed };
    },
    add: async (account, entries) => {
      const names = await ask(account, { add: entries.flatMap(nameIn) });
      return 'kind' in names ? names : { kind: 'added', refused: [] };
    },
    remove: async (account, entries) => {
      const names = await ask(account, { remove: entries.flatMap(nameIn) });
      return 'kind' in names ? names : undefined;
    },
  };
}

function nameIn(entry: Parameters<Blocklist['holds']>[0]): readonly string[] {
  return entry.kind === 'person' ? [entry.remote] : [];
}
