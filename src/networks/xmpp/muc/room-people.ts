/** Who is in a room and who has spoken there; what of their comings and goings is told. */
import type { MembershipEvent, Party } from '../../../core/event.ts';
import type { RemoteChatId, RemoteUserId } from '../../../core/ids.ts';
import type { EventSink } from '../../../core/network.ts';
import type { Happening } from './happening.ts';
import { task, type Log } from '../../../core/task.ts';
import { isOfServer } from './private-message.ts';
import { occupantUser, roomUser } from './occupant-names.ts';
import { Occupants, type Occupant } from './occupants.ts';
import type { RoomInfo } from './room-info.ts';
import { departure, type RoomPresence } from './room-presence.ts';
import { createSpeakers, TellingLimit, type Speakers } from './speakers.ts';

export interface RoomPeopleDeps {
  readonly room: RemoteChatId;
  readonly sink: Pick<EventSink, 'profileChanged' | 'samePerson'>;
  readonly log: Log;
  /** Whether an occupant is one of ours. */
  readonly isOurs: (who: Sighting) => boolean;
  /** Notes the nickname of somebody who speaks; true where it is new. */
  readonly named: (user: RemoteUserId, nick: string) => boolean;
  readonly mostOccupants: number;
  readonly now: () => number;
}

/** What is known of the author of something. A nickname tells who has it now, not who had it in the archive. */
export interface Sighting {
  readonly nick: string;
  readonly occupantId: string | undefined;
  readonly address: RemoteUserId | undefined;
  readonly archived: boolean;
}

/** What a room can do that who is who depends on. */
export type NamingTraits = Pick<RoomInfo, 'showsAddresses' | 'occupantIds'>;

const mostSpeakers = 2000;

export class RoomPeople {
  readonly occupants: Occupants;
  readonly #deps: RoomPeopleDeps;
  /** Tells that something happened; by the identity that `mark` makes. */
  readonly #happen: (happening: Happening, sender: RemoteUserId, mark: string) => void;
  readonly #speakers: Speakers = createSpeakers(mostSpeakers);
  readonly #telling = new TellingLimit(100, 500);
  #traits: NamingTraits = { showsAddresses: false, occupantIds: false };

  constructor(
    deps: RoomPeopleDeps,
    happen: (happening: Happening, sender: RemoteUserId, mark: string) => void,
  ) {
    this.#deps = deps;
    this.#happen = happen;
    this.occupants = new Occupants(deps.mostOccupants);
  }

  learn(traits: NamingTraits): void {
    this.#traits = traits;
  }

  /** Before entering: presence is told anew. */
  blind(): void {
    this.occupants.clear();
  }

  /** After entering: who spoke and is no longer there has left meanwhile. */
  entered(): void {
    const here = new Set(this.occupants.list(Infinity).map(({ user }) => user));
    for (const [user, speaker] of [...this.#speakers.entries()]) {
      if (!speaker.present || here.has(user)) continue;
      this.#speakers.set(user, { ...speaker, present: false });
      this.#tell(user, user, { kind: 'leave', reason: undefined });
    }
  }

  /** Presence of an occupant, as the one who listens gets it. */
  see(presence: RoomPresence): void {
    if (presence.type === 'available') this.#seeHere(presence);
    else if (presence.type === 'unavailable') this.#seeGone(presence);
  }

  /** Who somebody is, by what a stanza of theirs or the room tells. */
  identify(nick: string, occupantId: string | undefined, address: RemoteUserId | undefined): RemoteUserId {
    if (nick === '') return roomUser(this.#deps.room);
    if (this.#traits.showsAddresses && address !== undefined) return address;
    return occupantUser(this.#deps.room, nick, this.#traits.occupantIds ? occupantId : undefined);
  }

  /** The author of a message; `archived` is what the archive adds, for what was not heard live. */
  author(
    nick: string,
    occupantId: string | undefined,
    archived: { readonly address: RemoteUserId | undefined } | undefined,
  ): RemoteUserId {
    const there = this.occupants.get(nick);
    const same =
      there !== undefined &&
      (archived === undefined || (occupantId !== undefined && there.occupantId === occupantId));
    if (this.#traits.showsAddresses && same) return there.user;
    return this.identify(nick, occupantId, archived?.address);
  }

  /** Whether somebody has spoken, of late. */
  hasSpoken(user: RemoteUserId): boolean {
    return this.#speakers.has(user);
  }

  /** Somebody speaks. */
  spoke(user: RemoteUserId, nick: string): void {
    if (this.#deps.named(user, nick)) this.#deps.sink.profileChanged(user);
    const known = this.#speakers.get(user);
    this.#speakers.set(
      user,
      known === undefined ? { present: true, role: undefined } : { ...known, present: true },
    );
  }

  /** What somebody may do is told once they have spoken, and when it changes. */
  tellRole(user: RemoteUserId, nick: string): void {
    const role = this.occupants.get(nick)?.role;
    const speaker = this.#speakers.get(user);
    if (role === undefined || speaker === undefined || speaker.role === role) return;
    this.#speakers.set(user, { ...speaker, role });
    if (speaker.role !== undefined || role !== 'member') {
      const mark = speaker.role === undefined ? 'first' : String(this.#deps.now());
      this.#tell(user, user, { kind: 'role', role }, mark);
    }
  }

  #seeHere({ nick, role, occupantId, address }: RoomPresence): void {
    if (this.#deps.isOurs({ nick, occupantId, address, archived: false })) return;
    const user = this.identify(nick, occupantId, address);
    this.#recognise(user, address);
    const speaker = this.#speakers.get(user);
    this.occupants.put({ nick, user, role, occupantId }, speaker !== undefined);
    if (speaker === undefined) return;
    if (this.#deps.named(user, nick)) this.#deps.sink.profileChanged(user);
    if (!speaker.present) {
      this.#speakers.set(user, { ...speaker, present: true });
      this.#tell(user, user, { kind: 'join' });
    }
    this.tellRole(user, nick);
  }

  /** Moderators are told the addresses that a room hides. A room is believed of people of its own server alone. */
  #recognise(user: RemoteUserId, address: RemoteUserId | undefined): void {
    const { room, sink, log } = this.#deps;
    // A nickname is the next one's tomorrow.
    const lasts = user.startsWith(`${room}?`) && !user.startsWith(`${room}?n`);
    if (address === undefined || !lasts || !isOfServer(domainOf(room), domainOf(address))) return;
    void task(log, 'xmpp-person', async () => sink.samePerson?.(user, { kind: 'account', remote: address }));
  }

  #seeGone(presence: RoomPresence): void {
    const { nick, codes, newNick, reason } = presence;
    const gone = this.occupants.remove(nick);
    if (gone === undefined || codes.has(332) || presence.own) return;
    if (codes.has(303) && newNick !== undefined) {
      this.#rename(gone, newNick);
      return;
    }
    const speaker = this.#speakers.get(gone.user);
    if (speaker?.present !== true || this.occupants.ofUser(gone.user) !== undefined) return;
    this.#speakers.set(gone.user, { ...speaker, present: false });
    const change = departure(codes, reason);
    this.#tell(gone.user, change.kind === 'leave' ? gone.user : this.actor(presence), change);
  }

  /** Who put somebody out: the room, where it names nobody. */
  actor({ actor }: RoomPresence): RemoteUserId {
    return (actor === undefined ? undefined : this.occupants.get(actor)?.user) ?? roomUser(this.#deps.room);
  }

  #rename(before: Occupant, nick: string): void {
    const byNick =
      this.identify(before.nick, before.occupantId, undefined) === before.user &&
      before.occupantId === undefined;
    const user = byNick ? this.identify(nick, undefined, undefined) : before.user;
    const speaker = this.#speakers.get(before.user);
    this.occupants.put({ ...before, nick, user }, speaker !== undefined);
    if (speaker === undefined) return;
    if (user !== before.user) {
      this.#speakers.set(before.user, { ...speaker, present: false });
      this.#tell(before.user, before.user, { kind: 'leave', reason: undefined });
    } else if (this.#deps.named(user, nick)) this.#deps.sink.profileChanged(user);
  }

  #tell(member: RemoteUserId, sender: RemoteUserId, change: MembershipEvent['change'], mark?: string): void {
    const party: Party = { in: 'remote', userId: member };
    const now = this.#deps.now();
    if (!this.#telling.take(now)) return;
    this.#happen({ kind: 'membership', member: party, change }, sender, mark ?? String(now));
  }
}

function domainOf(bare: string): string {
  return bare.slice(bare.indexOf('@') + 1);
}
