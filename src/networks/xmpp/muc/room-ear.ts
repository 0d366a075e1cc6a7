/** What is heard in a room, by the one of our occupants that listens, and what it comes to. */
import { createHash } from 'node:crypto';
import type { Element } from '@xmpp/xml';
import type { MembershipEvent, Party } from '../../../core/event.ts';
import type { RemoteChatId, RemoteUserId } from '../../../core/ids.ts';
import type { Arrival, EventSink } from '../../../core/network.ts';
import { remoteMessageId } from '../../../core/ids.ts';
import { isStateOnly, isWithinLimits } from '../inbound.ts';
import { signalsIn } from '../signals.ts';
import type { ArchivedStanza } from './archive.ts';
import { Held } from './held.ts';
import { writeHappening, type Happening } from './happening.ts';
import { roomUser, occupantUser } from './occupant-names.ts';
import { Occupants, type Occupant } from './occupants.ts';
import type { Reflections } from './reflections.ts';
import { BoundedMap } from '../../../core/bounded-map.ts';
import type { RoomInfo } from './room-info.ts';
import type { RoomJournal } from './room-journal.ts';
import {
  archivedAddress,
  outerIdOfRoom,
  ownIdsOf,
  rawOf,
  roomNameOf,
  roomTimeOf,
  saidAt,
  topicOf,
} from './room-message.ts';
import { topicMark } from './topic-mark.ts';
import { departure, occupantIdOf, type RoomPresence } from './room-presence.ts';
import { createSpeakers, TellingLimit, type Speakers } from './speakers.ts';
import { namespaces } from './namespaces.ts';
import type { Position } from './catch-up.ts';

export interface EarDeps {
  readonly room: RemoteChatId;
  readonly sink: Pick<EventSink, 'profileChanged' | 'signal'>;
  readonly journal: RoomJournal;
  readonly reflections: Reflections;
  /** Whether an occupant is one of ours. */
  readonly isOurs: (who: Sighting) => boolean;
  /** Notes the nickname of somebody who speaks; true where it is new. */
  readonly named: (user: RemoteUserId, nick: string) => boolean;
  /** The room says that something about it has changed. */
  readonly reconfigured: () => void;
  readonly mostOccupants: number;
  /** When the first user joined the room; `undefined` where users are in it from before. */
  readonly joinedAt: number | undefined;
  readonly now: () => number;
}

/** What is known of the author of something. A nickname tells who has it now, not who had it in the archive. */
export interface Sighting {
  readonly nick: string;
  readonly occupantId: string | undefined;
  readonly address: RemoteUserId | undefined;
  readonly archived: boolean;
}

type Traits = Pick<RoomInfo, 'showsAddresses' | 'occupantIds' | 'stanzaIds' | 'archive'>;

const mostSpeakers = 2000;

/** A message that was heard or read. */
interface Said {
  readonly stanza: Element;
  readonly nick: string;
  readonly name: string | undefined;
  /** The time that the room tells, for what it tells later. */
  readonly told: number | undefined;
  readonly archived: boolean;
}

export class RoomEar {
  readonly occupants: Occupants;
  readonly #deps: EarDeps;
  readonly #speakers: Speakers = createSpeakers(mostSpeakers);
  readonly #telling = new TellingLimit(100, 500);
  /** The names of messages that were handed on, so that what is both heard and read counts once. */
  readonly #taken = new BoundedMap<string, true>(5000);
  #traits: Traits = { showsAddresses: false, occupantIds: false, stanzaIds: false, archive: false };
  #held: Held | undefined;
  #topic: string | undefined;
  #refused = 0;

  constructor(deps: EarDeps) {
    this.#deps = deps;
    this.occupants = new Occupants(deps.mostOccupants);
  }

  /** How many stanzas were beyond all bounds, and passed over. */
  get refused(): number {
    return this.#refused;
  }

  /** What the room can do; who is who depends on it. */
  learn(traits: Traits): void {
    this.#traits = traits;
  }

  /**
   * From now on what is heard waits, until all of ours are in, so that they are known, and the archive has been read.
   * Entering makes everybody's presence come again.
   */
  hold(): void {
    (this.#held ??= new Held()).hold();
  }

  /**
   * What waited goes on, in order. False where more came than could wait: then the archive has to be read once more.
   * Where it cannot be (`rereads` is false), what waited goes on all the same.
   */
  release(rereads = true): boolean {
    if (this.#held?.spilled === true && rereads) {
      this.#held.clear();
      return false;
    }
    const held = this.#held;
    this.#held = undefined;
    held?.go();
    return true;
  }

  /** What was taken may not have been kept: what the archive gives again counts again. */
  forget(): void {
    for (const [name] of [...this.#taken.entries()]) this.#taken.delete(name);
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

  /** A groupchat message, live. */
  hear(stanza: Element, nick: string): void {
    if (!isWithinLimits(stanza)) {
      this.#refused += 1;
      return;
    }
    const { room } = this.#deps;
    const name = this.#traits.stanzaIds ? roomNameOf(stanza, room) : undefined;
    this.#orHold(
      () => this.#take({ stanza, nick, name, told: roomTimeOf(stanza, room), archived: false }),
      () => stanza.toString().length,
    );
  }

  /** A message of the archive. */
  read({ id, at, stanza }: ArchivedStanza, nick: string): void {
    if (isWithinLimits(stanza)) this.#take({ stanza, nick, name: id, told: at, archived: true });
    else this.#refused += 1;
  }

  /** The names that our own messages have in the archive, and no more. */
  recognise({ id, stanza }: ArchivedStanza, nick: string): void {
    if (isWithinLimits(stanza) && this.#isOurs(stanza, nick, true)) this.#reflected(stanza, id);
  }

  /** A message of the archive as an arrival, for who wants to see what was said before; none where nobody said it. */
  recall({ id, at, stanza }: ArchivedStanza, nick: string): Arrival | undefined {
    if (nick === '' || !isWithinLimits(stanza) || this.#isOurs(stanza, nick, true)) return undefined;
    if (topicOf(stanza) !== undefined || isStateOnly(stanza)) return undefined;
    const said: Said = { stanza, nick, name: id, told: at, archived: true };
    const sender = this.#author(said);
    this.#deps.named(sender, nick);
    return this.#arrival(said, sender, saidAt(said, this.#traits, this.#deps.now()));
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

  /** A happening that the room itself is the cause of. `mark` makes its identity. */
  happen(happening: Happening, sender: RemoteUserId, mark: string): void {
    const { room, journal, now } = this.#deps;
    const raw = writeHappening(happening);
    const digest = createHash('sha256').update(raw).digest('base64url');
    const outerId = JSON.stringify(['room', room, 'happening', mark, digest]);
    this.#orHold(
      () => journal.add({ outerId, chat: room, sender, receiver: undefined, at: now(), raw }, undefined),
      () => raw.length,
    );
  }

  #orHold(go: () => void, size: () => number): void {
    if (this.#held === undefined) go();
    else this.#held.add(go, size());
  }

  #take(said: Said): void {
    const { journal } = this.#deps;
    const { stanza, nick, name, archived } = said;
    if (name !== undefined && this.#taken.has(name)) return;
    const at = saidAt(said, this.#traits, this.#deps.now());
    const position: Position | undefined = nick === '' ? undefined : { id: name, at };
    const topic = topicOf(stanza);
    if (this.#isOurs(stanza, nick, archived)) {
      this.#reflected(stanza, name);
      // What one of us set before is told to who enters, and may be news: the Matrix room can be newer than that.
      if (topic !== undefined && said.told !== undefined && !archived)
        this.#setTopic(topic, roomUser(this.#deps.room), said, position);
      else {
        this.#topic = archived ? this.#topic : (topic ?? this.#topic);
        journal.pass(position);
      }
      return;
    }
    if (nick === '' && this.#isNotice(stanza)) return;
    const sender = this.#author(said);
    if (topic !== undefined) this.#setTopic(topic, sender, said, position);
    else if (nick !== '' && !isStateOnly(stanza)) {
      this.#spoke(sender, nick);
      journal.add(this.#arrival(said, sender, at), position);
      if (!archived) this.#tellRole(sender, nick);
    } else {
      if (!archived) this.#signal(stanza, sender);
      journal.pass(position);
    }
    if (name !== undefined) this.#taken.set(name, true);
  }

  /** That somebody who spoke writes, or has read: told as it happens. */
  #signal(stanza: Element, sender: RemoteUserId): void {
    const { room, sink, now } = this.#deps;
    if (!this.#speakers.has(sender)) return;
    for (const signal of signalsIn(stanza, { chat: room, receiver: undefined, sender }, now()))
      sink.signal(signal);
  }

  #arrival({ stanza, name, told }: Said, sender: RemoteUserId, at: number): Arrival {
    const { room } = this.#deps;
    const outerId = outerIdOfRoom(stanza, room, { name, told, at });
    return { outerId, chat: room, sender, receiver: undefined, at, raw: rawOf(stanza, room, name) };
  }

  #isOurs(stanza: Element, nick: string, archived: boolean): boolean {
    if (nick === '') return false;
    const occupantId = this.#traits.occupantIds ? occupantIdOf(stanza) : undefined;
    return this.#deps.isOurs({ nick, occupantId, address: undefined, archived });
  }

  #reflected(stanza: Element, name: string | undefined): void {
    for (const id of ownIdsOf(stanza)) {
      this.#deps.reflections.seen(id, name === undefined ? undefined : remoteMessageId(name));
    }
  }

  /** XEP-0045, 10.9: a message of the room itself that says what has changed. */
  #isNotice(stanza: Element): boolean {
    const codes = stanza.getChild('x', namespaces.mucUser)?.getChildren('status') ?? [];
    const known = codes.some(({ attrs }) =>
      ['104', '170', '171', '172', '173', '174'].includes(String(attrs['code'])),
    );
    if (known) this.#deps.reconfigured();
    return known;
  }

  #author({ stanza, nick, archived }: Said): RemoteUserId {
    const occupantId = occupantIdOf(stanza);
    const there = this.occupants.get(nick);
    const same =
      there !== undefined && (!archived || (occupantId !== undefined && there.occupantId === occupantId));
    if (this.#traits.showsAddresses && same) return there.user;
    return this.identify(nick, occupantId, archived ? archivedAddress(stanza) : undefined);
  }

  #setTopic(topic: string, sender: RemoteUserId, { name, told }: Said, position: Position | undefined): void {
    const { now, journal, joinedAt } = this.#deps;
    if (name !== undefined || topic !== this.#topic) {
      const first = this.#topic === undefined ? { joinedAt } : undefined;
      this.happen({ kind: 'topic', text: topic }, sender, topicMark(name ?? told, first, now()));
    }
    this.#topic = topic;
    journal.pass(position);
  }

  #spoke(user: RemoteUserId, nick: string): void {
    if (this.#deps.named(user, nick)) this.#deps.sink.profileChanged(user);
    const known = this.#speakers.get(user);
    this.#speakers.set(
      user,
      known === undefined ? { present: true, role: undefined } : { ...known, present: true },
    );
  }

  /** What somebody may do is told once they have spoken, and when it changes. */
  #tellRole(user: RemoteUserId, nick: string): void {
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
    const speaker = this.#speakers.get(user);
    this.occupants.put({ nick, user, role, occupantId }, speaker !== undefined);
    if (speaker === undefined) return;
    if (this.#deps.named(user, nick)) this.#deps.sink.profileChanged(user);
    if (!speaker.present) {
      this.#speakers.set(user, { ...speaker, present: true });
      this.#tell(user, user, { kind: 'join' });
    }
    this.#tellRole(user, nick);
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
    this.happen({ kind: 'membership', member: party, change }, sender, mark ?? String(now));
  }
}
