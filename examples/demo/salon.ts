import { randomUUID } from 'node:crypto';
import { xml } from '@xmpp/client';
import type { SeenEvent } from '../../test/support/matrix-event.ts';
import type { MatrixUser } from '../../test/support/matrix-user.ts';
import { RoomGuest, stanzaIdOf } from '../../test/support/room-scene.ts';
import { attribute, NS, type Stanza } from '../../test/support/xmpp-stanzas.ts';
import type { XmppUser } from '../../test/support/xmpp-user.ts';
import { patienceMs, type Direction, type Row, type Shown, type XmppTalk } from './exchange.ts';

/** Something that crossed: Alice's event, and the room's copy of it as Bob's client has it. */
export interface Heard {
  readonly matrix: SeenEvent;
  readonly xmpp: Stanza;
}

/** A group, which is a room on the XMPP server (XEP-0045); Alice is in it from her Matrix client. */
export class Salon implements XmppTalk {
  readonly alice: MatrixUser;
  /** The address of the room. */
  readonly address: string;
  readonly #bobAt: XmppUser;
  readonly #carolAt: XmppUser;
  readonly #told = new Map<string, Heard>();
  readonly #names = new Map<string, string>();
  #bob: RoomGuest | undefined;
  #carol: RoomGuest | undefined;
  #room: string | undefined;
  /** What Alice is called in the room. */
  #nick: string | undefined;

  constructor(alice: MatrixUser, bob: XmppUser, carol: XmppUser, address: string) {
    this.alice = alice;
    this.#bobAt = bob;
    this.#carolAt = carol;
    this.address = address;
  }

  /** Bob makes the room, in which everybody may be and its members may change the topic. */
  async found(title: string): Promise<void> {
    const settings = { roomname: title, changesubject: '1', persistentroom: '1' };
    this.#bob ??= await RoomGuest.enter(this.#bobAt, this.address, 'Bob', settings);
  }

  /** Carol comes in, again where she was here before. */
  async admitCarol(): Promise<RoomGuest> {
    this.#carol = await RoomGuest.enter(this.#carolAt, this.address, 'Carol');
    return this.#carol;
  }

  /** Alice's end, once she is in. */
  opened(room: string, nick: string): void {
    this.#room = room;
    this.#nick = nick;
  }

  get room(): string {
    if (this.#room === undefined) throw new Error('Alice never came in.');
    return this.#room;
  }

  get nick(): string {
    if (this.#nick === undefined) throw new Error('Alice never came in.');
    return this.#nick;
  }

  get bob(): RoomGuest {
    if (this.#bob === undefined) throw new Error('Bob never came in.');
    return this.#bob;
  }

  get carol(): RoomGuest {
    if (this.#carol === undefined) throw new Error('Carol never came in.');
    return this.#carol;
  }

  /** A guest says something of these parts; resolves with what Alice's client shows of it. */
  async toMatrix(
    guest: RoomGuest,
    parts: readonly Stanza[],
    expected: (event: SeenEvent) => boolean,
  ): Promise<Heard> {
    const id = randomUUID();
    await guest.send(id, ...parts, xml('origin-id', { xmlns: 'urn:xmpp:sid:0', id }));
    const matrix = await this.hear((event) => event.sender !== this.alice.userId && expected(event));
    const xmpp = await this.bobHears((stanza) => attribute(stanza, 'id') === id);
    this.#names.set(matrix.sender, guest.nick);
    return { matrix, xmpp };
  }

  /** Alice sends; resolves with what Bob's client shows of it. */
  async toNetwork(send: () => Promise<string>, expected: (stanza: Stanza) => boolean): Promise<Heard> {
    const eventId = await send();
    const from = `${this.address}/${this.nick}`;
    const xmpp = await this.bobHears((stanza) => attribute(stanza, 'from') === from && expected(stanza));
    return { matrix: await this.hear((event) => event.eventId === eventId), xmpp };
  }

  /** An event that Alice's client shows in the room, or will show in time. */
  hear(expected: (event: SeenEvent) => boolean): Promise<SeenEvent> {
    return this.alice.waitForEvent(this.room, expected, patienceMs);
  }

  bobHears(expected: (stanza: Stanza) => boolean): Promise<Stanza> {
    return this.#bobAt.waitFor(
      (stanza) => attribute(stanza, 'from')?.startsWith(`${this.address}/`) === true && expected(stanza),
      patienceMs,
    );
  }

  /** What is in Bob's client already, so that only what is new is waited for. */
  soFar(): ReadonlySet<Stanza> {
    return new Set(this.#bobAt.stanzas);
  }

  /** The account that stands for a guest who has spoken. */
  ghostOf(nick: string): string {
    const found = [...this.#names].find(([, name]) => name === nick);
    if (found === undefined) throw new Error(`${nick} has never spoken.`);
    return found[0];
  }

  /** Keeps a message that later ones are about. */
  remember(body: string, heard: Heard): Heard {
    this.#told.set(body, heard);
    return heard;
  }

  /** The message that was told before with this text, under the names that both sides have for it. */
  told(body: string): { readonly eventId: string; readonly roomsId: string; readonly xmpp: Stanza } {
    const heard = this.#told.get(body);
    if (heard === undefined) throw new Error(`The message "${body}" that this is about never got through.`);
    const { matrix, xmpp } = heard;
    return { eventId: matrix.eventId, roomsId: stanzaIdOf(xmpp, this.address), xmpp };
  }

  shown(...rows: readonly Row[]): Shown {
    return { chat: this, rows };
  }

  get headings(): readonly [string, string] {
    return ["The group at Alice's Matrix client", `At Bob's XMPP client (${this.address})`];
  }

  matrixSpeaker({ sender }: SeenEvent): string {
    if (sender === this.alice.userId) return 'Alice';
    return this.#names.get(sender) ?? 'Bot';
  }

  xmppSpeaker(stanza: Stanza): string {
    const nick = attribute(stanza, 'from')?.split('/').slice(1).join('/') ?? '';
    return nick === this.#nick ? 'Alice' : nick;
  }

  event(id: string): SeenEvent | undefined {
    return this.alice.timeline(this.room).find((event) => event.eventId === id);
  }

  /** Reactions and replies name what the room named, corrections what the sender did. */
  stanza(id: string): Stanza | undefined {
    return this.#bobAt.stanzas.find(
      (stanza) =>
        attribute(stanza, 'id') === id ||
        stanza.getChildren('stanza-id', 'urn:xmpp:sid:0').some((one) => attribute(one, 'id') === id),
    );
  }

  /** What Alice and the bot write to each other elsewhere stays on Matrix. */
  directionOf({ matrix, direction }: Row): Direction | undefined {
    if (direction !== undefined || matrix === undefined || 'speaker' in matrix) return direction;
    if (matrix.roomId !== this.#room) return undefined;
    return matrix.sender === this.alice.userId ? 'to-network' : 'to-matrix';
  }
}

/** The id that an element of a stanza names; undefined where there is none. */
export function referred(stanza: Stanza, name: string, namespace: string): string | undefined {
  const child = stanza.getChild(name, namespace);
  return child && attribute(child, 'id');
}

/** The emojis of a stanza that says which reactions a message has; undefined where it is not about that. */
export function reactionsIn(stanza: Stanza, target: string): string | undefined {
  const reactions = stanza.getChild('reactions', NS.reactions);
  if (reactions === undefined || attribute(reactions, 'id') !== target) return undefined;
  return reactions
    .getChildren('reaction')
    .map((reaction) => reaction.text())
    .join();
}

/** The address of the group of the demo. */
export function groupAddress({ roomsDomain }: { readonly roomsDomain: string }): string {
  return `salon@${roomsDomain}`;
}
