import { portalId } from '../../src/core/ids.ts';
import type { MatrixUserId, NetworkId, PortalId, RemoteUserId } from '../../src/core/ids.ts';
import type { Portal, PortalIntent } from '../../src/core/portal.ts';
import type {
  GroupMember,
  GroupOfNetwork,
  GroupPerson,
  GroupStore,
  PersonState,
  PortalMark,
} from '../../src/core/stores.ts';

/** Who is in groups, in memory. */
export class MemoryGroups implements GroupStore {
  readonly #members = new Map<PortalId, Map<MatrixUserId, GroupMember>>();
  readonly #people = new Map<PortalId, Map<RemoteUserId, GroupPerson>>();
  readonly #marks = new Map<string, string>();
  readonly #portals: () => Iterable<Portal | PortalIntent>;

  constructor(portals: () => Iterable<Portal | PortalIntent>) {
    this.#portals = portals;
  }

  async member(portal: PortalId, user: MatrixUserId): Promise<GroupMember | undefined> {
    return this.#members.get(portal)?.get(user);
  }

  async members(portal: PortalId): Promise<readonly GroupMember[]> {
    return this.membersOf(portal);
  }

  membersOf(portal: PortalId): readonly GroupMember[] {
    return [...(this.#members.get(portal)?.values() ?? [])];
  }

  async putMember(portal: PortalId, member: GroupMember): Promise<void> {
    const members = this.#members.get(portal) ?? new Map<MatrixUserId, GroupMember>();
    this.#members.set(portal, members.set(member.user, member));
  }

  async removeMember(portal: PortalId, user: MatrixUserId): Promise<number> {
    this.#members.get(portal)?.delete(user);
    return this.#members.get(portal)?.size ?? 0;
  }

  async person(portal: PortalId, remote: RemoteUserId): Promise<GroupPerson | undefined> {
    return this.#people.get(portal)?.get(remote);
  }

  async people(portal: PortalId, state: PersonState, limit: number): Promise<readonly GroupPerson[]> {
    return [...(this.#people.get(portal)?.values() ?? [])]
      .filter((person) => person.state === state)
      .slice(0, limit);
  }

  async countPeople(portal: PortalId, state: PersonState): Promise<number> {
    return (await this.people(portal, state, Number.POSITIVE_INFINITY)).length;
  }

  async putPerson(portal: PortalId, person: GroupPerson): Promise<void> {
    const people = this.#people.get(portal) ?? new Map<RemoteUserId, GroupPerson>();
    people.delete(person.remote);
    this.#people.set(portal, people.set(person.remote, person));
  }

  async alike(portal: PortalId, likeness: string): Promise<readonly RemoteUserId[]> {
    const people = await this.people(portal, 'in', Number.POSITIVE_INFINITY);
    return people.filter((person) => person.likeness === likeness).map(({ remote }) => remote);
  }

  async joined(network: NetworkId): Promise<readonly GroupOfNetwork[]> {
    return [...this.#portals()].flatMap(({ id, key }) => {
      const members = this.membersOf(id)
        .filter(({ state }) => state === 'joined')
        .map(({ user, nick, password }) => ({ user, nick, ...(password === undefined ? {} : { password }) }));
      if (key.network !== network || members.length === 0) return [];
      const position = this.#marks.get(`${id} position`);
      return [{ portal: id, chat: key.chat, members, position }];
    });
  }

  async mark(portal: PortalId, mark: PortalMark): Promise<string | undefined> {
    return this.#marks.get(`${portal} ${mark}`);
  }

  async putMark(portal: PortalId, mark: PortalMark, value: string): Promise<void> {
    this.#marks.set(`${portal} ${mark}`, value);
  }

  async dropMark(portal: PortalId, mark: PortalMark): Promise<void> {
    this.#marks.delete(`${portal} ${mark}`);
  }

  async marked(mark: PortalMark, limit?: number): ReturnType<GroupStore['marked']> {
    return [...this.#marks]
      .filter(([key, value]) => key.endsWith(` ${mark}`) && value !== '')
      .slice(0, limit)
      .map(([key, value]) => ({ portal: portalId(key.slice(0, -mark.length - 1)), value }));
  }

  emptied(portal: PortalId): void {
    const people = this.#people.get(portal) ?? new Map<RemoteUserId, GroupPerson>();
    for (const [remote, person] of people) {
      if (person.state === 'in' || person.state === 'invited')
        people.set(remote, { ...person, state: 'absent' });
    }
  }

  forget(portal: PortalId): void {
    this.#members.delete(portal);
    this.#people.delete(portal);
    for (const key of [...this.#marks.keys()]) if (key.startsWith(`${portal} `)) this.#marks.delete(key);
  }
}
