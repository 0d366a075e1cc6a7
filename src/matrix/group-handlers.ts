import type { ChatInfoEvent, MembershipEvent, Role } from '../core/event.ts';
import type { Delivered, MatrixHandled, MatrixHandlers } from '../core/homeserver.ts';
import type { MatrixUserId, RemoteUserId } from '../core/ids.ts';
import type { Meter } from '../core/meter.ts';
import type { Failed } from '../core/outcome.ts';
import { isBorrowed, type GroupPortal, type Portal } from '../core/portal.ts';
import { powerOf } from '../core/roles.ts';
import type { GroupPerson, GroupStore } from '../core/stores.ts';
import type { Accounts } from './accounts.ts';
import type { BorrowedLooks } from './borrowed-looks.ts';
import { cleanLine, cleanText } from './clean-text.ts';
import { longestName, longestTopic } from './group-creation.ts';
import type { Ghosts } from './ghosts.ts';
import type { MediaRepository } from './media.ts';
import type { Membership } from './membership.ts';
import type { JsonObject, Masquerade } from './request.ts';
import type { RoomStates } from './room-state.ts';

export interface GroupHandlerParts {
  readonly ghosts: Pick<Ghosts, 'userId'>;
  readonly accounts: Accounts;
  readonly membership: Membership;
  readonly states: RoomStates;
  readonly media: Pick<MediaRepository, 'upload'>;
  readonly store: GroupStore;
  readonly bot: () => Masquerade;
  readonly meter: Pick<Meter, 'bounded'>;
  /** What of the looks of a group is news to a room that belongs to its people. */
  readonly looks: Pick<BorrowedLooks, 'isNews' | 'shown'>;
}

type Change<K extends MembershipEvent['change']['kind']> = Extract<
  MembershipEvent['change'],
  { readonly kind: K }
>;

const nothing: MatrixHandled = { kind: 'ignored', reason: 'nothing-to-do' };
const done: Delivered = { kind: 'sent', eventIds: [], reactionEvents: new Map() };
const maxReason = 300;

/** Shows in a group's room what changes about the group and who is in it. What a user did there is there already. */
export function groupHandlers(parts: GroupHandlerParts): Pick<MatrixHandlers, 'membership' | 'chat-info'> {
  const handlers = new GroupHandlers(parts);
  return {
    membership: async (event, portal) =>
      portal.kind === 'group' ? handlers.membership(event, portal) : nothing,
    'chat-info': async (event, portal, signal) =>
      portal.kind === 'group' ? handlers.chatInfo(event, portal, signal) : nothing,
  };
}

class GroupHandlers {
  readonly #parts: GroupHandlerParts;

  constructor(parts: GroupHandlerParts) {
    this.#parts = parts;
  }

  async membership(event: MembershipEvent, portal: GroupPortal): Promise<MatrixHandled> {
    const { member } = event;
    return member.in === 'matrix'
      ? this.#ofUser(event, portal, member.userId)
      : this.#ofPerson(event, portal, member.userId);
  }

  async chatInfo(event: ChatInfoEvent, portal: GroupPortal, signal: AbortSignal): Promise<MatrixHandled> {
    const { looks } = this.#parts;
    const isOwn = event.sender.in === 'matrix';
    if (!isOwn && !(await looks.isNews(portal, event.change))) return nothing;
    const handled: MatrixHandled = isOwn
      ? { kind: 'ignored', reason: 'own-echo' }
      : await this.#show(event, portal, signal);
    if (handled.kind !== 'failed') await looks.shown(portal, event.change);
    return handled;
  }

  async #show(event: ChatInfoEvent, portal: GroupPortal, signal: AbortSignal): Promise<MatrixHandled> {
    const { change } = event;
    switch (change.kind) {
      case 'name': {
        const name = cleanLine(change.name, longestName);
        this.#count(portal, name, change.name);
        return this.#write(portal, event, 'm.room.name', { name });
      }
      case 'topic': {
        const topic = cleanText(change.topic, longestTopic);
        this.#count(portal, topic, change.topic);
        return this.#write(portal, event, 'm.room.topic', { topic });
      }
      case 'avatar': {
        if (change.avatar === undefined) return this.#write(portal, event, 'm.room.avatar', { url: '' });
        const uploaded = await this.#parts.media.upload(change.avatar, this.#parts.bot(), signal);
        if (uploaded.kind === 'failed') return uploaded;
        return this.#write(portal, event, 'm.room.avatar', { url: uploaded.uri });
      }
    }
  }

  /** What the network did to a user of ours. Their own coming and going began in the room. */
  async #ofUser(event: MembershipEvent, portal: GroupPortal, user: MatrixUserId): Promise<MatrixHandled> {
    const { change, sender } = event;
    switch (change.kind) {
      case 'role':
        return this.#roleOfUser(portal, user, change.role);
      case 'leave':
      case 'kick':
      case 'ban': {
        if (sender.in === 'matrix') return { kind: 'ignored', reason: 'own-echo' };
        // Out of the group, but not of a room that is not the group's.
        if (isBorrowed(portal)) return done;
        return this.#putOut(event, portal, user, change);
      }
      case 'unban': {
        if (isBorrowed(portal)) return nothing;
        const failed = await this.#parts.membership.unban(portal.room, user, this.#parts.bot());
        return failed?.retry.kind === 'later' ? failed : done;
      }
      case 'join':
      case 'invite':
        return nothing;
    }
  }

  async #ofPerson(event: MembershipEvent, portal: GroupPortal, remote: RemoteUserId): Promise<MatrixHandled> {
    const { store } = this.#parts;
    const person = await store.person(portal.id, remote);
    const ghost = this.#parts.ghosts.userId(portal.key.network, remote);
    const { change } = event;
    if (change.kind === 'role') return this.#roleOfPerson(portal, remote, person, ghost, change.role);
    if (person === undefined || ghost === undefined) return nothing;
    switch (change.kind) {
      case 'join':
        return person.state === 'invited' ? this.#accept(portal, person, ghost) : nothing;
      case 'leave':
      case 'kick':
      case 'ban': {
        if (person.state !== 'in' && person.state !== 'invited') return nothing;
        const handled = await this.#putOut(
          event,
          portal,
          ghost,
          isBorrowed(portal) ? leaving(change) : change,
        );
        if (handled.kind === 'sent') await store.putPerson(portal.id, { ...person, state: 'out' });
        return handled;
      }
      case 'unban': {
        if (isBorrowed(portal)) return nothing;
        const failed = await this.#parts.membership.unban(portal.room, ghost, this.#parts.bot());
        return failed?.retry.kind === 'later' ? failed : done;
      }
      case 'invite':
        return nothing;
    }
  }

  /** An invited person has come. */
  async #accept(portal: GroupPortal, person: GroupPerson, ghost: MatrixUserId): Promise<MatrixHandled> {
    const { membership, accounts, store } = this.#parts;
    const failed = await membership.join(portal.room, accounts.as(ghost));
    if (failed?.retry.kind === 'later') return failed;
    // Where the invitation was taken back meanwhile, the ghost comes when the person speaks.
    await store.putPerson(portal.id, { ...person, state: failed === undefined ? 'in' : 'absent' });
    return done;
  }

  /** By the ghost of whoever did it, where that one is in the room and has the power; else by the bot. */
  async #putOut(
    event: MembershipEvent,
    portal: GroupPortal,
    user: MatrixUserId,
    change: Change<'leave' | 'kick' | 'ban'>,
  ): Promise<MatrixHandled> {
    const { membership, accounts, bot } = this.#parts;
    const reason = change.reason === undefined ? undefined : cleanLine(change.reason, maxReason);
    if (change.kind === 'leave' && event.member.in === 'remote') {
      return (await membership.leave(portal.room, accounts.as(user))) ?? done;
    }
    const there = await membership.membershipOf(portal.room, user, bot());
    if (there.kind === 'failed') return there;
    const gone = there.membership === undefined || there.membership === 'leave';
    if (there.membership === 'ban' || (gone && change.kind !== 'ban')) return done;
    const act = (as: Masquerade): Promise<undefined | Failed> =>
      change.kind === 'ban'
        ? membership.ban(portal.room, user, reason, as)
        : membership.kick(portal.room, user, reason, as);
    const actor = await this.#actor(portal, event);
    const first = actor === undefined ? undefined : await act(actor);
    const failed = actor === undefined || first?.reason === 'forbidden' ? await act(bot()) : first;
    if (failed?.retry.kind === 'later') return failed;
    return failed === undefined ? done : { kind: 'ignored', reason: failed.reason };
  }

  async #actor(portal: GroupPortal, event: MembershipEvent): Promise<Masquerade | undefined> {
    const remote = remoteOf(event);
    if (remote === undefined) return undefined;
    const person = await this.#parts.store.person(portal.id, remote);
    const ghost = this.#parts.ghosts.userId(portal.key.network, remote);
    if (person?.state !== 'in' || ghost === undefined) return undefined;
    return powerOf(person.role) >= powerOf('moderator') ? this.#parts.accounts.as(ghost) : undefined;
  }

  async #roleOfUser(portal: GroupPortal, user: MatrixUserId, role: Role): Promise<MatrixHandled> {
    const { store, states, bot } = this.#parts;
    const member = await store.member(portal.id, user);
    if (member === undefined) return nothing;
    // Kept first: when the room shows it, it is nothing new to the bridge.
    if (member.role !== role) await store.putMember(portal.id, { ...member, role });
    if (isBorrowed(portal)) return nothing;
    return (await states.setPower(portal.room, user, powerOf(role), bot())) ?? done;
  }

  /** Kept for those who have not spoken too: when they do, their ghost comes with its power. */
  async #roleOfPerson(
    portal: GroupPortal,
    remote: RemoteUserId,
    person: GroupPerson | undefined,
    ghost: MatrixUserId | undefined,
    role: Role,
  ): Promise<MatrixHandled> {
    const { store, states, bot } = this.#parts;
    if (person === undefined && role === 'member') return nothing;
    if (person === undefined && (await store.countPeople(portal.id, 'absent')) >= maxAbsent) return nothing;
    const now = person ?? ({ remote, state: 'absent', likeness: '' } as const);
    if (person?.role !== role) await store.putPerson(portal.id, { ...now, role });
    if (ghost === undefined || now.state !== 'in' || isBorrowed(portal)) return nothing;
    return (await states.setPower(portal.room, ghost, powerOf(role), bot())) ?? done;
  }

  /** As the ghost of whoever did it where it has the power, else as the bot; nothing where the room says so already. */
  async #write(
    portal: GroupPortal,
    event: ChatInfoEvent,
    type: string,
    content: JsonObject,
  ): Promise<MatrixHandled> {
    const { states, bot } = this.#parts;
    const remote = remoteOf(event);
    const person = remote && (await this.#parts.store.person(portal.id, remote));
    const ghost = remote && this.#parts.ghosts.userId(portal.key.network, remote);
    const may = person?.state === 'in' && powerOf(person.role) >= powerOf('moderator');
    const first =
      may && ghost !== undefined
        ? await states.change(portal.room, type, content, this.#parts.accounts.as(ghost))
        : await states.change(portal.room, type, content, bot());
    const failed =
      may && first?.reason === 'forbidden' ? await states.change(portal.room, type, content, bot()) : first;
    if (failed?.retry.kind === 'later') return failed;
    return failed === undefined ? done : { kind: 'ignored', reason: failed.reason };
  }

  #count(portal: Portal, clean: string, raw: string): void {
    if (clean !== raw) this.#parts.meter.bounded(portal.key.network, 'name');
  }
}

/** So many people with a role of their own are kept for a group beside those who spoke. */
const maxAbsent = 1_000;

/** The network's bans are not those of a room that is not the group's: the ghost only goes. */
function leaving(change: Change<'leave' | 'kick' | 'ban'>): Change<'leave' | 'kick' | 'ban'> {
  return { ...change, kind: 'leave' };
}

function remoteOf(event: { readonly sender: MembershipEvent['sender'] }): RemoteUserId | undefined {
  return event.sender.in === 'remote' ? event.sender.userId : undefined;
}
