/** Opens, joins, leaves and closes group portals. One at a time for each, so that a group never gets a second room. */
import { randomUUID } from 'node:crypto';
import type { Backfill } from './backfill.ts';
import { keptOut } from './borrowed.ts';
import { enterGroup, type Joining } from './entering.ts';
import type { GroupAliases } from './group-aliases.ts';
import { closePortal, leaveAll, leaveGroup, leftGroup, type Leaving } from './group-leaving.ts';
import { openRoom, type GroupRoom, type Opening } from './group-opening.ts';
import type { GroupRooms } from './homeserver.ts';
import { portalId, type MatrixUserId, type NetworkId, type PortalId, type RemoteChatId } from './ids.ts';
import type { Groups, JoinedAs, Reachable, RunningNetwork } from './network.ts';
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
import type { Turns } from './turns.ts';

/** A group that a user is in now, and whether its room was made for that. */
export type OpenedGroup = (GroupRoom & { readonly nick: string }) | Failed;
export interface GroupPortalsDeps extends Leaving, Opening {
  readonly stores: Pick<Stores, 'portals' | 'groups'>;
  readonly rooms: GroupRooms;
  readonly reachable: (user: MatrixUserId, network: NetworkId) => Promise<Reachable>;
  /** Shared with whatever else opens, moves or closes portals. */
  readonly turns: Turns;
  /** Brings in what was said before; nothing does where absent. */
  readonly backfill?: Pick<Backfill, 'due' | 'first'>;
  /** Told of rooms that were made, and asked before one is left: a failure that passes puts that off. */
  readonly aliases?: Pick<GroupAliases, 'portalChanged' | 'closing'>;
}

type Known = GroupPortal | GroupIntent;
type Enter = (groups: Groups, nick: string, password: string | undefined) => Promise<JoinedAs | Failed>;

export class GroupPortals {
  readonly #deps: GroupPortalsDeps;

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
    return this.alone(portal.key, async () => {
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

  /**
   * A room that people have becomes the group's, with the user in both. Answers the portal that the group or the room has
   * already, where one has. May be repeated.
   */
  adopt(
    network: RunningNetwork,
    portal: GroupPortal,
    user: MatrixUserId,
  ): Promise<{ readonly kind: 'kept'; readonly portal: Portal | PortalIntent } | Failed> {
    const { stores, nickOf } = this.#deps;
    return this.alone(portal.key, async () => {
      const kept = await stores.portals.adopted(portal);
      if (kept.id !== portal.id || kept.room === undefined) return { kind: 'kept', portal: kept };
      const before = await stores.groups.member(portal.id, user);
      const nick = before?.nick ?? (await nickOf(user));
      const wanted = { user, nick, state: 'joined', role: 'member', password: before?.password } as const;
      const failed = await this.#enter(portal, wanted, before, (name) =>
        network.groups?.join(portal.key.chat, user, name, wanted.password),
      );
      if (failed === undefined) return { kind: 'kept', portal: kept };
      if (failed.retry.kind === 'never') await stores.portals.closed(portal.id);
      return failed;
    });
  }

  async has(portal: PortalId, user: MatrixUserId): Promise<boolean> {
    return (await this.#deps.stores.groups.member(portal, user))?.state === 'joined';
  }

  /** What was said before is brought in, where that was not done yet. */
  async firstHistory(network: RunningNetwork, portal: GroupPortal): Promise<void> {
    await this.alone(portal.key, async () => this.#deps.backfill?.first(network, portal));
  }

  /** Somebody on the network invites a user, who is invited to the room and enters the group when they join it. */
  async invited(
    network: RunningNetwork,
    chat: RemoteChatId,
    user: MatrixUserId,
  ): Promise<{ readonly kind: 'portal'; readonly portal: GroupPortal } | Failed> {
    const key = { network: network.id, chat, receiver: undefined };
    return this.alone(key, async () => {
      const unreachable = await this.#unreachable(user, key.network);
      if (unreachable !== undefined) return unreachable;
      const known = await this.#known(key);
      const kept = await keptOut(this.#deps.rooms, known, user);
      if (kept !== undefined) return kept;
      const member = known && (await this.#deps.stores.groups.member(known.id, user));
      if (known?.room !== undefined && member?.state === 'joined') return { kind: 'portal', portal: known };
      const barred = await this.#barred(known, user);
      if (barred !== undefined) return barred;
      const intent = known ?? (await this.#intend(key));
      const nick = await this.#deps.nickOf(user);
      await this.#deps.stores.groups.putMember(intent.id, { user, nick, state: 'invited', role: 'member' });
      const opened = await openRoom(this.#deps, network, intent, known !== undefined);
      if (opened.kind === 'failed') return opened;
      return (
        (await this.#deps.rooms.invite(opened.portal, user)) ?? { kind: 'portal', portal: opened.portal }
      );
    });
  }

  /**
   * A user left the room, or wants to leave the group; with the last one the portal is closed. A network that is not
   * configured any more is told nothing.
   */
  left(
    network: RunningNetwork | undefined,
    portal: GroupPortal,
    user: MatrixUserId,
  ): Promise<undefined | Failed> {
    return this.alone(portal.key, () => leaveGroup(this.#deps, network, portal, user));
  }

  /** The network put a user out of the group. */
  removed(portal: GroupPortal, user: MatrixUserId): Promise<undefined | Failed> {
    return this.alone(portal.key, () => leftGroup(this.#deps, portal, user));
  }

  /** Everybody leaves the group, and its room is no portal any more; unless `due`, asked in its turn, says otherwise. */
  async close(
    network: RunningNetwork | undefined,
    portal: GroupPortal,
    due: () => Promise<boolean | Failed> = () => Promise.resolve(true),
  ): Promise<undefined | Failed> {
    return this.alone(portal.key, async () => {
      const isDue = await due();
      if (isDue !== true) return isDue === false ? undefined : isDue;
      return leaveAll(this.#deps, network, portal);
    });
  }

  /** The room of a group whose room is about to be made: its events wait for it. */
  async awaited(network: RunningNetwork, key: GroupKey): Promise<GroupPortal | Failed | undefined> {
    return this.alone(key, async () => {
      const known = await this.#known(key);
      if (known === undefined || known.room !== undefined) return known;
      // Whoever asked for it was told that it failed, or not at all.
      const opened = await openRoom(this.#deps, network, known, true, (portal) => this.#inviteAll(portal));
      if (opened.kind === 'failed') return opened;
      for (const { user } of await this.#deps.stores.groups.members(known.id)) this.#deps.changed?.(user);
      return opened.portal;
    });
  }

  /** The room of a group for somebody who may come, made where there is none: nobody need be in the group yet. */
  async asked(network: RunningNetwork, chat: RemoteChatId): Promise<GroupRoom | Failed> {
    const key = { network: network.id, chat, receiver: undefined };
    return this.alone(key, async () => {
      const known = await this.#known(key);
      if (known?.room !== undefined) return { kind: 'group', portal: known, fresh: false };
      const intent = known ?? (await this.#intend(key));
      // Noted first, so that a room which nobody joins is closed although a crash came between.
      await this.#deps.stores.groups.putMark(intent.id, 'unjoined', String(Date.now()));
      return openRoom(this.#deps, network, intent, known !== undefined);
    });
  }

  /** Closes a group's room that nobody has come to. `isEmpty` is asked while nobody can enter the group. */
  async closeUnused(
    network: RunningNetwork,
    known: Known,
    isEmpty: (portal: GroupPortal) => Promise<boolean | Failed>,
  ): Promise<'closed' | 'used' | Failed> {
    return this.alone(known.key, async () => {
      const now = await this.#known(known.key);
      if (now?.id !== known.id) return 'closed';
      if ((await this.#deps.stores.groups.members(now.id)).length > 0) return 'used';
      // Where it is not recorded, a crash may have left one: it is found by its tag.
      const opened = await openRoom(this.#deps, network, now, true);
      if (opened.kind === 'failed') return opened;
      const empty = await isEmpty(opened.portal);
      if (typeof empty !== 'boolean') return empty;
      return empty ? ((await closePortal(this.#deps, opened.portal)) ?? 'closed') : 'used';
    });
  }

  /** Whom a user has banned from the room does not enter the group either: the ban is lifted where it was set. */
  async #barred(known: Known | undefined, user: MatrixUserId): Promise<undefined | Failed> {
    return known?.room === undefined ? undefined : this.#deps.rooms.admits(known, user);
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
    return this.alone(key, async () => {
      const known = await this.#known(key);
      const barred = (await keptOut(this.#deps.rooms, known, user)) ?? (await this.#barred(known, user));
      if (barred !== undefined) return barred;
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
      const opened = await openRoom(this.#deps, network, portal, known !== undefined);
      if (opened.kind === 'failed') return opened;
      const invited = await this.#deps.rooms.invite(opened.portal, user);
      if (invited !== undefined) return invited;
      this.#deps.changed?.(user);
      const now = await this.#deps.stores.groups.member(portal.id, user);
      return { ...opened, nick: now?.nick ?? nick };
    });
  }

  #enter(
    portal: Known,
    wanted: GroupMember,
    before: GroupMember | undefined,
    join: Joining,
  ): Promise<undefined | Failed> {
    return enterGroup(this.#deps, portal, wanted, before, join);
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

  async #unreachable(user: MatrixUserId, network: NetworkId): Promise<Failed | undefined> {
    const reachable = await this.#deps.reachable(user, network);
    if (reachable === 'yes') return undefined;
    return reachable === 'unsure' ? failedForNow('link-down') : failedForGood(reachable);
  }

  /** Does something when nothing else is done to a group. */
  alone<T>(key: GroupKey, work: () => Promise<T>): Promise<T> {
    return this.#deps.turns.alone(portalKeyText(key), work);
  }
}

function asGroup(portal: Portal | PortalIntent | undefined): Known | undefined {
  return portal?.kind === 'group' ? portal : undefined;
}
