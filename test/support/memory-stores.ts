import type { Party, Ref, Target } from '../../src/core/event.ts';
import type {
  MatrixEventId,
  MatrixUserId,
  NetworkId,
  PortalId,
  RemoteUserId,
  RoomId,
} from '../../src/core/ids.ts';
import { portalKeyText, type Portal, type PortalIntent, type PortalKey } from '../../src/core/portal.ts';
import type { PuppetRecord, PuppetStore } from '../../src/core/puppet.ts';
import type {
  GhostRecord,
  GhostStore,
  Login,
  LoginStore,
  MessageStore,
  PendingLogin,
  PortalStore,
  ReactionState,
  Settlement,
  Stores,
  UserRecord,
  UserStore,
} from '../../src/core/stores.ts';
import { MemoryEvents } from './memory-events.ts';
import { MemoryFaces } from './memory-faces.ts';
import { MemoryGroups } from './memory-groups.ts';

/** All stores in memory: a double for tests that need no database. */
export function memoryStores(): Stores {
  const messages = new MemoryMessages();
  const portals: MemoryPortals = new MemoryPortals(
    (user) => (id) => groups.membersOf(id).some((member) => member.user === user),
    (id) => {
      messages.forget(id);
      groups.forget(id);
    },
    (id) => groups.emptied(id),
  );
  const groups = new MemoryGroups(() => portals.all());
  const events = new MemoryEvents((settlement) => {
    messages.settled(settlement);
  });
  return {
    events,
    keyWaits: events,
    messages,
    portals,
    groups,
    ghosts: new MemoryGhosts(),
    faces: new MemoryFaces(),
    users: new MemoryUsers(),
    logins: new MemoryLogins(),
    puppets: new MemoryPuppets(),
  };
}

class MemoryMessages implements MessageStore {
  readonly #targets = new Map<PortalId, Target[]>();
  readonly #reactions = new Map<string, ReactionState>();
  readonly #aliases = new Map<string, Target>();

  settled({ message, alias, reactions }: Settlement): void {
    if (message !== undefined) this.#of(message.portal).push(message.target);
    if (alias !== undefined) this.#alias(alias.portal, alias.of, alias.names);
    if (reactions !== undefined) {
      this.#reactions.set(key(reactions.portal, reactions.message, reactions.author), reactions);
    }
  }

  forget(portal: PortalId): void {
    this.#targets.delete(portal);
    for (const [name, state] of this.#reactions) if (state.portal === portal) this.#reactions.delete(name);
  }

  async find(portal: PortalId, ref: Ref): Promise<Target | undefined> {
    return this.#of(portal).find((target) => has(target, ref)) ?? this.#aliases.get(key(portal, ref));
  }

  async reactions(
    portal: PortalId,
    message: ReactionState['message'],
    author: Party,
  ): Promise<ReadonlyMap<string, MatrixEventId>> {
    return this.#reactions.get(key(portal, message, author))?.emojis ?? new Map();
  }

  async reactionByEvent(
    portal: PortalId,
    eventId: MatrixEventId,
  ): Promise<{ message: ReactionState['message']; author: Party; emoji: string } | undefined> {
    for (const state of this.#reactions.values()) {
      const found = [...state.emojis].find(([, id]) => state.portal === portal && id === eventId);
      if (found !== undefined) return { message: state.message, author: state.author, emoji: found[0] };
    }
    return undefined;
  }

  #of(portal: PortalId): Target[] {
    const known = this.#targets.get(portal) ?? [];
    this.#targets.set(portal, known);
    return known;
  }

  #alias(portal: PortalId, of: Ref, names: readonly Ref[]): void {
    const target = this.#of(portal).find((known) => has(known, of));
    if (target === undefined) return;
    for (const name of names) this.#aliases.set(key(portal, name), target);
  }
}

function has(target: Target, ref: Ref): boolean {
  return ref.in === 'matrix'
    ? target.eventIds.includes(ref.eventId)
    : target.messageIds.includes(ref.messageId);
}

function key(...parts: readonly unknown[]): string {
  return JSON.stringify(parts);
}

class MemoryPortals implements PortalStore {
  readonly #portals = new Map<PortalId, Portal | PortalIntent>();
  readonly #isIn: (user: MatrixUserId) => (id: PortalId) => boolean;
  readonly #closed: (id: PortalId) => void;
  readonly #emptied: (id: PortalId) => void;

  constructor(
    isIn: (user: MatrixUserId) => (id: PortalId) => boolean,
    closed: (id: PortalId) => void,
    emptied: (id: PortalId) => void,
  ) {
    this.#emptied = emptied;
    this.#isIn = isIn;
    this.#closed = closed;
  }

  all(): Iterable<Portal | PortalIntent> {
    return this.#portals.values();
  }

  async moved(id: PortalId, room: RoomId): Promise<Portal> {
    this.#emptied(id);
    return this.opened(id, room);
  }

  async byRoom(room: RoomId): Promise<Portal | undefined> {
    return this.#open().find((portal) => portal.room === room);
  }

  async byKey(wanted: PortalKey): Promise<Portal | PortalIntent | undefined> {
    const text = portalKeyText(wanted);
    return [...this.#portals.values()].find((portal) => portalKeyText(portal.key) === text);
  }

  async byId(id: PortalId): Promise<Portal | PortalIntent | undefined> {
    return this.#portals.get(id);
  }

  async intend(intent: PortalIntent): Promise<Portal | PortalIntent> {
    const there = await this.byKey(intent.key);
    if (there !== undefined) return there;
    this.#portals.set(intent.id, intent);
    return intent;
  }

  async opened(id: PortalId, room: RoomId): Promise<Portal> {
    const intent = this.#portals.get(id);
    if (intent === undefined) throw new Error('no such portal');
    const portal = { ...intent, room };
    this.#portals.set(id, portal);
    return portal;
  }

  async adopted(portal: Portal): Promise<Portal | PortalIntent> {
    const there = (await this.byKey(portal.key)) ?? (await this.byRoom(portal.room));
    if (there !== undefined) return there;
    this.#portals.set(portal.id, portal);
    return portal;
  }

  async closed(id: PortalId): Promise<void> {
    this.#portals.delete(id);
    this.#closed(id);
  }

  async intended(user: MatrixUserId): Promise<readonly PortalIntent[]> {
    const theirs = [...this.#portals.values()].filter((portal) => portal.key.receiver === user);
    return theirs.filter((portal) => portal.room === undefined);
  }

  async list(offset: number, limit: number): Promise<readonly Portal[]> {
    return this.#open().slice(offset, offset + limit);
  }

  async ofUser(user: MatrixUserId): Promise<readonly Portal[]> {
    const isIn = this.#isIn(user);
    return this.#open().filter((portal) => portal.key.receiver === user || isIn(portal.id));
  }

  async count(): Promise<number> {
    return this.#open().length;
  }

  #open(): readonly Portal[] {
    return [...this.#portals.values()].filter((portal) => portal.room !== undefined);
  }
}

class MemoryGhosts implements GhostStore {
  readonly #ghosts = new Map<MatrixUserId, GhostRecord>();

  async get(userId: MatrixUserId): Promise<GhostRecord | undefined> {
    return this.#ghosts.get(userId);
  }

  async put(ghost: GhostRecord): Promise<void> {
    this.#ghosts.set(ghost.userId, ghost);
  }

  async count(): Promise<number> {
    return this.#ghosts.size;
  }
}

class MemoryUsers implements UserStore {
  readonly #users = new Map<MatrixUserId, UserRecord>();

  async get(userId: MatrixUserId): Promise<UserRecord | undefined> {
    return this.#users.get(userId);
  }

  async byManagementRoom(room: RoomId): Promise<UserRecord | undefined> {
    return [...this.#users.values()].find((user) => user.managementRoom === room);
  }

  async put(user: UserRecord): Promise<void> {
    this.#users.set(user.userId, user);
  }

  async list(offset: number, limit: number): Promise<readonly UserRecord[]> {
    return [...this.#users.values()].slice(offset, offset + limit);
  }

  async count(): Promise<number> {
    return this.#users.size;
  }
}

class MemoryLogins implements LoginStore {
  readonly #logins = new Map<string, Login>();
  readonly #pending = new Map<string, PendingLogin>();

  async list(user: MatrixUserId): Promise<readonly Login[]> {
    return [...this.#logins.values()].filter((login) => login.user === user);
  }

  async owner(network: NetworkId, remote: RemoteUserId): Promise<MatrixUserId | undefined> {
    return this.#logins.get(key(network, remote))?.user;
  }

  async put(login: Login): Promise<void> {
    this.#logins.set(key(login.network, login.remote), login);
  }

  async remove(user: MatrixUserId, network: NetworkId, remote: RemoteUserId): Promise<boolean> {
    const name = key(network, remote);
    return this.#logins.get(name)?.user === user && this.#logins.delete(name);
  }

  async pending(user: MatrixUserId, network: NetworkId): Promise<PendingLogin | undefined> {
    return this.#pending.get(key(user, network));
  }

  async putPending(pending: PendingLogin): Promise<void> {
    this.#pending.set(key(pending.user, pending.network), pending);
  }

  async removePending(user: MatrixUserId, network: NetworkId): Promise<void> {
    this.#pending.delete(key(user, network));
  }
}

class MemoryPuppets implements PuppetStore {
  readonly #records = new Map<MatrixUserId, PuppetRecord>();

  async get(user: MatrixUserId): Promise<PuppetRecord | undefined> {
    return this.#records.get(user);
  }

  async put(record: PuppetRecord): Promise<void> {
    this.#records.set(record.user, record);
  }
}
