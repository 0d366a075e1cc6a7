/** What is heard in a room, by the one of our occupants that listens, and what it comes to. */
import { createHash } from 'node:crypto';
import type { Element } from '@xmpp/xml';
import { BoundedMap } from '../../../core/bounded-map.ts';
import { remoteMessageId, type RemoteUserId } from '../../../core/ids.ts';
import type { Arrival, EventSink } from '../../../core/network.ts';
import { isStateOnly, isWithinLimits } from '../inbound.ts';
import { signalsIn } from '../signals.ts';
import type { ArchivedStanza } from './archive.ts';
import type { Position } from './catch-up.ts';
import { writeHappening, type Happening } from './happening.ts';
import { HeldBack } from './held-back.ts';
import { moderationIn, type Moderation } from './moderation.ts';
import { namespaces } from './namespaces.ts';
import { roomUser } from './occupant-names.ts';
import type { OwnMarks } from './own-marks.ts';
import type { Reflections } from './reflections.ts';
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
import { withAddresses } from './room-mentions.ts';
import { RoomPeople, type RoomPeopleDeps } from './room-people.ts';
import { occupantIdOf } from './room-presence.ts';
import { topicMark } from './topic-mark.ts';

export interface EarDeps extends RoomPeopleDeps {
  readonly sink: Pick<EventSink, 'profileChanged' | 'signal' | 'samePerson'>;
  readonly journal: RoomJournal;
  readonly reflections: Reflections;
  readonly marks: OwnMarks;
  /** The address of the Matrix user who has a nickname now. */
  readonly addressAt: (nick: string) => string | undefined;
  /** The room says that something about it has changed. */
  readonly reconfigured: () => void;
  /** When the first user joined the room; `undefined` where users are in it from before. */
  readonly joinedAt: number | undefined;
}

type Traits = Pick<RoomInfo, 'showsAddresses' | 'occupantIds' | 'stanzaIds' | 'archive'>;

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
  readonly people: RoomPeople;
  readonly held = new HeldBack();
  readonly #deps: EarDeps;
  /** The names of messages that were handed on, so that what is both heard and read counts once. */
  readonly #taken = new BoundedMap<string, true>(5000);
  #traits: Traits = { showsAddresses: false, occupantIds: false, stanzaIds: false, archive: false };
  #topic: string | undefined;
  #refused = 0;

  constructor(deps: EarDeps) {
    this.#deps = deps;
    this.people = new RoomPeople(deps, (happening, sender, mark) => this.happen(happening, sender, mark));
  }

  /** How many stanzas were beyond all bounds, and passed over. */
  get refused(): number {
    return this.#refused;
  }

  /** What the room can do; who is who depends on it. */
  learn(traits: Traits): void {
    this.#traits = traits;
    this.people.learn(traits);
  }

  /** What was taken may not have been kept: what the archive gives again counts again. */
  forget(): void {
    for (const [name] of [...this.#taken.entries()]) this.#taken.delete(name);
  }

  /** A groupchat message, live. */
  hear(stanza: Element, nick: string): void {
    if (!isWithinLimits(stanza)) {
      this.#refused += 1;
      return;
    }
    const { room } = this.#deps;
    const name = this.#traits.stanzaIds ? roomNameOf(stanza, room) : undefined;
    this.held.do(
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
    if (!isWithinLimits(stanza) || this.#isOurs(stanza, nick, true)) return undefined;
    const said: Said = { stanza, nick, name: id, told: at, archived: true };
    const moderation = moderationIn(stanza, this.#deps.room);
    const by = moderation && this.#moderator(said, moderation);
    const time = saidAt(said, this.#traits, this.#deps.now());
    if (by !== undefined) return by === 'ours' ? undefined : this.#arrival(said, by, time);
    if (nick === '' || topicOf(stanza) !== undefined || isStateOnly(stanza)) return undefined;
    const sender = this.#authorOf(said);
    this.#deps.named(sender, nick);
    return this.#arrival(said, sender, time);
  }

  /** A happening that the room itself is the cause of. `mark` makes its identity. */
  happen(happening: Happening, sender: RemoteUserId, mark: string): void {
    const { room, journal, now } = this.#deps;
    const raw = writeHappening(happening);
    const digest = createHash('sha256').update(raw).digest('base64url');
    const outerId = JSON.stringify(['room', room, 'happening', mark, digest]);
    this.held.do(
      () => journal.add({ outerId, chat: room, sender, receiver: undefined, at: now(), raw }, undefined),
      () => raw.length,
    );
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
    const moderation = moderationIn(stanza, this.#deps.room);
    if (moderation !== undefined) {
      this.#moderated(said, moderation, at);
      return;
    }
    if (nick === '' && this.#isNotice(stanza)) return;
    const sender = this.#authorOf(said);
    if (topic !== undefined) this.#setTopic(topic, sender, said, position);
    else if (nick !== '' && !isStateOnly(stanza)) {
      this.people.spoke(sender, nick);
      journal.add(this.#arrival(said, sender, at), position);
      if (!archived) this.people.tellRole(sender, nick);
    } else {
      if (!archived) this.#signal(stanza, sender);
      journal.pass(position);
    }
    if (name !== undefined) this.#taken.set(name, true);
  }

  /** Somebody took back what another wrote. What the room did not say itself is forged: it ends when it is opened. */
  #moderated(said: Said, moderation: Moderation, at: number): void {
    const { journal } = this.#deps;
    const { nick, name } = said;
    const position = name === undefined && nick === '' ? undefined : { id: name, at };
    const by = this.#moderator(said, moderation);
    if (by === 'ours') journal.pass(position);
    else journal.add(this.#arrival(said, by, at), position);
    if (name !== undefined) this.#taken.set(name, true);
  }

  #moderator(said: Said, { nick, occupantId }: Moderation): RemoteUserId | 'ours' {
    const { archived } = said;
    if (said.nick !== '') return this.#authorOf(said);
    if (nick === undefined) return roomUser(this.#deps.room);
    const known = this.#traits.occupantIds ? occupantId : undefined;
    if (this.#deps.isOurs({ nick, occupantId: known, address: undefined, archived })) return 'ours';
    return this.people.author(nick, known, archived ? { address: undefined } : undefined);
  }

  /** That somebody who spoke writes, or has read: told as it happens. */
  #signal(stanza: Element, sender: RemoteUserId): void {
    const { room, sink, now } = this.#deps;
    if (!this.people.hasSpoken(sender)) return;
    for (const signal of signalsIn(stanza, { chat: room, receiver: undefined, sender }, now()))
      sink.signal(signal);
  }

  #arrival({ stanza, name, told, archived }: Said, sender: RemoteUserId, at: number): Arrival {
    const { room, addressAt } = this.#deps;
    const outerId = outerIdOfRoom(stanza, room, { name, told, at });
    const said = archived ? stanza : withAddresses(stanza, room, addressAt);
    return { outerId, chat: room, sender, receiver: undefined, at, raw: rawOf(said, room, name) };
  }

  #isOurs(stanza: Element, nick: string, archived: boolean): boolean {
    if (nick === '') return false;
    const occupantId = this.#traits.occupantIds ? occupantIdOf(stanza) : undefined;
    // A nickname tells who has it now, not who had it then.
    if (archived && occupantId === undefined) return this.#deps.marks.isOurs(stanza, this.#deps.room);
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

  #authorOf({ stanza, nick, archived }: Said): RemoteUserId {
    const added = archived ? { address: archivedAddress(stanza) } : undefined;
    return this.people.author(nick, occupantIdOf(stanza), added);
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
}
