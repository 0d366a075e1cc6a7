/** Opens, joins, leaves and closes group portals. One at a time for each, so that a group never gets a second room. */
import { randomUUID } from 'node:crypto';
import type { Backfill } from './backfill.ts';
import type { GroupRooms } from './homeserver.ts';
import { portalId, type MatrixUserId, type RemoteChatId } from './ids.ts';
import type { Groups, Reachable, RemoteGroup, RunningNetwork } from './network.ts';
import { failedForGood, failedForNow, type Failed } from './outcome.ts';
import {
  portalKeyText,
  type GroupIntent,
  type GroupKey,
  type GroupPortal,
  type PortalIntent,
  type Portal,
} from './portal.ts';
import type { GroupMember, Stores } from './stores.ts';
import { Turns } from './turns.ts';

/** A group that a user is in now, and whether its room was made for that. */
export type OpenedGroup =
  | { readonly kind: 'group'; readonly portal: GroupPortal; readonly fresh: boolean; readonly nick: string }
  | Failed;

export interface GroupPortalsDeps {
  readonly stores: Pick<Stores, 'portals' | 'groups'>;
  readonly rooms: GroupRooms;
  readonly reachable: (user: MatrixUserId) => Promise<Reachable>;
  /** What a Matrix user is to be called in a group. */
  readonly nickOf: (user: MatrixUserId) => Promise<string>;
  /** Resolves once it is durable how far the archives of groups were read. */
  readonly remember: () => Promise<void>;
  /** Brings in what was said before; nothing does where absent. */
  readonly backfill?: Pick<Backfill, 'due' | 'first'>;
  /** A user is in a group whose room is there, or is in it no longer. */
  readonly changed?: (user: MatrixUserId) => void;
}

type Known = GroupPortal | GroupIntent;
type Enter = (
  groups: Groups,
  nick: string,
  password: string | undefined,
) => Promise<{ readonly kind: 'joined'; readonly nick: string } | Failed>;
/** How many of those who have a role of their own are looked at when a group is opened. */
const firstMembers = 500;

export class GroupPortals {
  readonly #deps: GroupPortalsDeps;
  readonly #turns = new Turns();

  constructor(deps: GroupPortalsDeps) {
    this.#deps = deps;
  }

  /** A user enters a group by its name; its room is made where there is none, and they are invited to it. */
  join(
    network: RunningNetwork,
    chat: RemoteChatId,
    user: MatrixUserId,
    password?: string,
  ): Promise<OpenedGroup> {
    const enter: Enter = (groups, nick, kept) => groups.join(chat, user, nick, kept);
    return this.#open(network, chat, user, { role: 'member', password }, enter);
  }

  /** A user makes a group and is its owner. */
  create(
    network: RunningNetwork,
    chat: RemoteChatId,
    user: MatrixUserId,
    name: string,
  ): Promise<OpenedGroup> {
    return this.#open(
      network,
      chat,
      user,
      { role: 'owner', password: undefined },
      async (groups, nick) =>
        (await groups.create?.(chat, user, { nick, name })) ?? failedForGood('no-handler'),
    );
  }

  /**
   * A user who is in the room, or speaks there, enters the group; at once where they are in it. `portal-closed` for one
   * who has left meanwhile: what they did before may have waited, and is not to bring them back.
   */
  async entered(
    network: RunningNetwork,
    portal: GroupPortal,
    user: MatrixUserId,
    name?: string,
  ): Promise<undefined | Failed> {
    const { groups } = this.#deps.stores;
    if ((await groups.member(portal.id, user))?.state === 'joined') return undefined;
    return this.#alone(portal.key, async () => {
      const before = await groups.member(portal.id, user);
      if (before?.state === 'joined') return undefined;
      if (network.groups === undefined) return failedForGood('no-handler');
      const isIn = await this.#deps.rooms.isIn(portal, user);
      if (typeof isIn !== 'boolean') return isIn;
      if (!isIn) return failedForGood('portal-closed');
      const nick = name ?? before?.nick ?? (await this.#deps.nickOf(user));
      const wanted = { user, nick, state: 'joined', role: 'member', password: before?.password } as const;
      return this.#enter(portal, wanted, before, (wish) =>
        network.groups?.join(portal.key.chat, user, wish, wanted.password),
      );
    });
  }

  /** What was said before is brought in, where that was not done yet. */
  async firstHistory(network: RunningNetwork, portal: GroupPortal): Promise<void> {
    await this.#alone(portal.key, async () => this.#deps.backfill?.first(network, portal));
  }

  /** Somebody on the network invites a user, who is invited to the room and enters the group when they join it. */
  async invited(
    network: RunningNetwork,
    chat: RemoteChatId,
    user: MatrixUserId,
  ): Promise<{ readonly kind: 'portal'; readonly portal: GroupPortal } | Failed> {
    const key = { network: network.id, chat, receiver: undefined };
    return this.#alone(key, async () => {
      const unreachable = await this.#unreachable(user);
      if (unreachable !== undefined) return unreachable;
      const known = await this.#known(key);
      const member = known && (await this.#deps.stores.groups.member(known.id, user));
      if (known?.room !== undefined && member?.state === 'joined') return { kind: 'portal', portal: known };
      const intent = known ?? (await this.#intend(key));
      const nick = await this.#deps.nickOf(user);
      await this.#deps.stores.groups.putMember(intent.id, { user, nick, state: 'invited', role: 'member' });
      const opened = await this.#room(network, intent, known !== undefined);
      if (opened.kind === 'failed') return opened;
      return (
        (await this.#deps.rooms.invite(opened.portal, user)) ?? { kind: 'portal', portal: opened.portal }
      );
    });
  }

  /** A user left the room, or wants to leave the group; with the last one the portal is closed. */
  async left(network: RunningNetwork, portal: GroupPortal, user: MatrixUserId): Promise<undefined | Failed> {
    return this.#alone(portal.key, async () => {
      const member = await this.#deps.stores.groups.member(portal.id, user);
      if (member === undefined) return this.#closeEmpty(portal);
      if (member.state === 'joined') {
        const failed = await network.groups?.leave(portal.key.chat, user);
        if (failed?.retry.kind === 'later') return failed;
      }
      return this.#forget(portal, user);
    });
  }

  /** The network put a user out of the group. */
  async removed(portal: GroupPortal, user: MatrixUserId): Promise<undefined | Failed> {
    return this.#alone(portal.key, async () => {
      const member = await this.#deps.stores.groups.member(portal.id, user);
      return member === undefined ? this.#closeEmpty(portal) : this.#forget(portal, user);
    });
  }

  /** Everybody leaves the group, and its room is no portal any more. */
  async close(network: RunningNetwork, portal: GroupPortal): Promise<undefined | Failed> {
    return this.#alone(portal.key, async () => {
      for (const { user, state } of await this.#deps.stores.groups.members(portal.id)) {
        const failed = state === 'joined' ? await network.groups?.leave(portal.key.chat, user) : undefined;
        if (failed?.retry.kind === 'later') return failed;
        this.#deps.changed?.(user);
      }
      return this.#close(portal);
    });
  }

  /** The room of a group whose room is about to be made: its events wait for it. */
  async awaited(network: RunningNetwork, key: GroupKey): Promise<GroupPortal | Failed | undefined> {
    return this.#alone(key, async () => {
      const known = await this.#known(key);
      if (known === undefined || known.room !== undefined) return known;
      // Whoever asked for it was told that it failed, or not at all.
      const opened = await this.#room(network, known, true, (portal) => this.#inviteAll(portal));
      if (opened.kind === 'failed') return opened;
      for (const { user } of await this.#deps.stores.groups.members(known.id)) this.#deps.changed?.(user);
      return opened.portal;
    });
  }

  async #inviteAll(portal: GroupPortal): Promise<undefined | Failed> {
    for (const { user } of await this.#deps.stores.groups.members(portal.id)) {
      const failed = await this.#deps.rooms.invite(portal, user);
      if (failed?.retry.kind === 'later') return failed;
    }
    return undefined;
  }

  async #open(
    network: RunningNetwork,
    chat: RemoteChatId,
    user: MatrixUserId,
    { role, password }: Pick<GroupMember, 'role' | 'password'>,
    enter: Enter,
  ): Promise<OpenedGroup> {
    const { groups } = network;
    if (groups === undefined) return failedForGood('no-handler');
    const key = { network: network.id, chat, receiver: undefined };
    return this.#alone(key, async () => {
      const known = await this.#known(key);
      const portal = known ?? (await this.#intend(key));
      const before = await this.#deps.stores.groups.member(portal.id, user);
      const nick = before?.nick ?? (await this.#deps.nickOf(user));
      // Who is in already is not asked for it, so that only what let them in is kept.
      const kept = before?.state === 'joined' ? before.password : (password ?? before?.password);
      const wanted = { user, nick, state: 'joined', role: before?.role ?? role, password: kept } as const;
      const failed = await this.#enter(portal, wanted, before, (name) => enter(groups, name, kept));
      if (failed !== undefined) {
        if (portal.room === undefined) await this.#dropUnused(portal);
        return failed;
      }
      await this.#deps.backfill?.first(network, portal);
      const opened = await this.#room(network, portal, known !== undefined);
      if (opened.kind === 'failed') return opened;
      const invited = await this.#deps.rooms.invite(opened.portal, user);
      if (invited !== undefined) return invited;
      this.#deps.changed?.(user);
      const now = await this.#deps.stores.groups.member(portal.id, user);
      return { ...opened, nick: now?.nick ?? nick };
    });
  }

  /** Recorded first, so that a crash after the network has let the user in leaves them known; undone where it does not. */
  async #enter(
    portal: Known,
    wanted: GroupMember,
    before: GroupMember | undefined,
    join: (nick: string) => Promise<{ readonly kind: 'joined'; readonly nick: string } | Failed> | undefined,
  ): Promise<undefined | Failed> {
    const { groups } = this.#deps.stores;
    await groups.putMember(portal.id, wanted);
    const joined = await join(wanted.nick);
    if (joined?.kind === 'joined') {
      if (portal.room !== undefined) this.#deps.changed?.(wanted.user);
      if (joined.nick !== wanted.nick) {
        const now = (await groups.member(portal.id, wanted.user)) ?? wanted;
        await groups.putMember(portal.id, { ...now, nick: joined.nick });
      }
      // Whoever sees the room finds in it all that is said from now on, also after a crash.
      await this.#deps.remember();
      return undefined;
    }
    if (before?.state === 'joined') return undefined;
    if (before === undefined) await groups.removeMember(portal.id, wanted.user);
    else await groups.putMember(portal.id, before);
    return joined ?? failedForGood('no-handler');
  }

  /** `before` is done before the room is recorded, so that a failure or a crash leads here again. */
  async #room(
    network: RunningNetwork,
    known: Known,
    again: boolean,
    before?: (portal: GroupPortal) => Promise<undefined | Failed>,
  ): Promise<{ readonly kind: 'group'; readonly portal: GroupPortal; readonly fresh: boolean } | Failed> {
    if (known.room !== undefined) return { kind: 'group', portal: known, fresh: false };
    const { stores, rooms } = this.#deps;
    const group = await this.#about(network, known.key.chat);
    await this.#noteRoles(network, known);
    const members = await stores.groups.members(known.id);
    const made = await rooms.create(known, group, members, again);
    if (made.kind === 'failed') return made;
    const failed = await before?.({ ...known, room: made.room });
    if (failed !== undefined) return failed;
    const portal = await stores.portals.opened(known.id, made.room);
    if (portal.kind !== 'group') throw new Error('the room of a group was opened as another portal');
    return { kind: 'group', portal, fresh: true };
  }

  /** A group that the network says nothing of, since nobody is in it yet, is shown by its address. */
  async #about(network: RunningNetwork, chat: RemoteChatId): Promise<RemoteGroup> {
    const info = await network.groups?.info(chat);
    if (info !== undefined && !('kind' in info)) return info;
    return { chat, name: undefined, topic: undefined, size: undefined, open: false };
  }

  /** Those who may do more or less than others are known before they speak. */
  async #noteRoles(network: RunningNetwork, { id, key }: Known): Promise<void> {
    const members = await network.groups?.members(key.chat, firstMembers);
    if (members === undefined || 'kind' in members) return;
    const { groups } = this.#deps.stores;
    for (const { userId, role } of members) {
      if (role === 'member' || (await groups.person(id, userId)) !== undefined) continue;
      await groups.putPerson(id, { remote: userId, state: 'absent', role, likeness: '' });
    }
  }

  async #forget(portal: GroupPortal, user: MatrixUserId): Promise<undefined | Failed> {
    const left = await this.#deps.stores.groups.removeMember(portal.id, user);
    this.#deps.changed?.(user);
    if (left > 0) return undefined;
    const failed = await this.#close(portal);
    // Not closed yet: the one who was the last is remembered, so that another attempt comes here again.
    if (failed !== undefined) {
      await this.#deps.stores.groups.putMember(portal.id, {
        user,
        nick: '',
        state: 'invited',
        role: 'member',
      });
    }
    return failed;
  }

  /** A crash may have come after the last one was forgotten, and before the portal was closed. */
  async #closeEmpty(portal: GroupPortal): Promise<undefined | Failed> {
    const members = await this.#deps.stores.groups.members(portal.id);
    return members.length === 0 ? this.#close(portal) : undefined;
  }

  async #close(portal: GroupPortal): Promise<undefined | Failed> {
    const failed = await this.#deps.rooms.close(portal);
    if (failed?.retry.kind === 'later') return failed;
    await this.#deps.stores.portals.closed(portal.id);
    return undefined;
  }

  async #dropUnused(intent: Known): Promise<void> {
    const members = await this.#deps.stores.groups.members(intent.id);
    if (members.length === 0) await this.#deps.stores.portals.closed(intent.id);
  }

  async #known(key: GroupKey): Promise<Known | undefined> {
    return asGroup(await this.#deps.stores.portals.byKey(key));
  }

  async #intend(key: GroupKey): Promise<Known> {
    const intent: GroupIntent = { kind: 'group', id: portalId(randomUUID()), key, room: undefined };
    const kept = asGroup(await this.#deps.stores.portals.intend(intent)) ?? intent;
    await this.#deps.backfill?.due(kept);
    return kept;
  }

  async #unreachable(user: MatrixUserId): Promise<Failed | undefined> {
    const reachable = await this.#deps.reachable(user);
    if (reachable === 'yes') return undefined;
    return reachable === 'unsure' ? failedForNow('link-down') : failedForGood(reachable);
  }

  #alone<T>(key: GroupKey, work: () => Promise<T>): Promise<T> {
    return this.#turns.alone(portalKeyText(key), work);
  }
}

function asGroup(portal: Portal | PortalIntent | undefined): Known | undefined {
  return portal?.kind === 'group' ? portal : undefined;
}
