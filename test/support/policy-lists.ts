import {
  matrixUserId,
  networkId,
  roomId,
  type MatrixUserId,
  type NetworkId,
  type RoomId,
} from '../../src/core/ids.ts';
import type { Failed } from '../../src/core/outcome.ts';
import type {
  FollowedList,
  ListChange,
  ListEntity,
  ListExemption,
  ListKind,
  ListName,
  ListRule,
  PolicyListStore,
} from '../../src/core/policy-list.ts';
import type { ListRead, ListRooms } from '../../src/core/policy-list-follower.ts';
import type { OwnNames } from '../../src/core/policy-list-names.ts';
import { AliasIds } from '../../src/matrix/alias-id.ts';
import { GhostIds } from '../../src/matrix/ghost-id.ts';

const xmpp = networkId('xmpp');
const ghostIds = new GhostIds('_', 'example.org');
const aliasIds = new AliasIds('_', 'example.org');

/** The homeserver `example.org`, with a bridge to XMPP and to another network. */
export const own: OwnNames = {
  server: 'example.org',
  bot: matrixUserId('@causeway:example.org'),
  networks: [xmpp, networkId('other')],
  ghost: (who) => ghostIds.userId(who),
  isGhost: (user) => user.startsWith('@_'),
  ghostPrefix: '@_',
  alias: (network: NetworkId, chat) => aliasIds.alias({ network, chat }),
};

export const listRoom = roomId('!list:lists.example');
export const author = matrixUserId('@author:lists.example');

/** A rule of a list; its key is the name, where none is given. */
export function aRule(
  kind: ListKind,
  name: string | ListEntity,
  more: Partial<Pick<ListRule, 'key' | 'list' | 'reason' | 'at'>> = {},
): ListRule {
  const entity: ListEntity = typeof name === 'string' ? { kind: 'named', name } : name;
  const key = entity.kind === 'named' ? `rule:${entity.name}` : entity.sha256;
  return { list: listRoom, kind, key, entity, reason: undefined, sender: author, at: 1, ...more };
}

export function aChange(rule: ListRule): ListChange {
  return { kind: 'rule', rule };
}

export function aList(more: Partial<FollowedList> = {}): FollowedList {
  return {
    ...{ room: listRoom, name: listRoom, networks: [], by: author, since: 1, readAt: undefined },
    ...{ trouble: undefined, told: undefined },
    ...more,
  };
}

/** Lists in memory: a double for tests that need no database. It outlives the books that are loaded from it. */
export class MemoryPolicyLists implements PolicyListStore {
  readonly kept = new Map<RoomId, FollowedList>();
  readonly #rules = new Map<string, ListRule>();
  readonly #exemptions = new Map<string, ListExemption>();

  async lists(): Promise<readonly FollowedList[]> {
    return [...this.kept.values()];
  }
  async putList(list: FollowedList): Promise<void> {
    this.kept.set(list.room, list);
  }
  async removeList(room: RoomId): Promise<void> {
    this.kept.delete(room);
    for (const [key, rule] of this.#rules) if (rule.list === room) this.#rules.delete(key);
  }
  async rules(room: RoomId): Promise<readonly ListRule[]> {
    return [...this.#rules.values()].filter(({ list }) => list === room);
  }
  async putRules(rules: readonly ListRule[]): Promise<void> {
    for (const rule of rules) this.#rules.set(`${rule.list} ${rule.kind} ${rule.key}`, rule);
  }
  async removeRules(room: RoomId, rules: readonly Pick<ListRule, 'kind' | 'key'>[]): Promise<void> {
    for (const { kind, key } of rules) this.#rules.delete(`${room} ${kind} ${key}`);
  }
  async exemptions(): Promise<readonly ListExemption[]> {
    return [...this.#exemptions.values()].reverse();
  }
  async putExemption(exemption: ListExemption): Promise<boolean> {
    const key = `${exemption.kind} ${exemption.name}`;
    if (this.#exemptions.has(key)) return false;
    this.#exemptions.set(key, exemption);
    return true;
  }
  async removeExemption(kind: ListKind, name: string): Promise<boolean> {
    return this.#exemptions.delete(`${kind} ${name}`);
  }
  async forgetAuthor(user: MatrixUserId, other: MatrixUserId): Promise<void> {
    for (const [room, list] of this.kept) if (list.by === user) this.kept.set(room, { ...list, by: other });
  }
}

/** The rooms of lists, as a test has them. */
export class FakeListRooms implements ListRooms {
  readonly entered: string[] = [];
  readonly left: RoomId[] = [];
  /** What the state of a room says, or why it is not told. */
  readonly states = new Map<RoomId, readonly ListChange[] | 'too-large' | Failed>();
  /** Where names lead; an id leads to itself. */
  readonly names = new Map<string, RoomId | Failed>();
  /** Called while a state is being read. */
  reading: (signal: AbortSignal) => Promise<void> = async () => undefined;

  async enter(name: ListName): Promise<RoomId | Failed> {
    this.entered.push(name);
    return this.names.get(name) ?? roomId(name);
  }
  async read(room: RoomId, signal: AbortSignal): Promise<ListRead | Failed> {
    const state = this.states.get(room) ?? [];
    await this.reading(signal);
    if (state === 'too-large') return { kind: 'too-large' };
    return 'kind' in state ? state : { kind: 'read', rules: state };
  }
  async leave(room: RoomId): Promise<undefined> {
    this.left.push(room);
  }
}
