import type { SeenEvent } from '../../test/support/matrix-event.ts';
import type { MatrixUser } from '../../test/support/matrix-user.ts';
import { attribute, type Stanza } from '../../test/support/xmpp-stanzas.ts';
import type { XmppUser } from '../../test/support/xmpp-user.ts';
import { MatrixChat } from '../../test/conformance/matrix-chat.ts';
import type { XmppPlace } from '../../test/conformance/xmpp-chat.ts';
import { XmppRichChat } from '../../test/conformance/xmpp-rich-chat.ts';
import { patienceMs, type Direction, type Row, type Shown, type XmppTalk } from './exchange.ts';

/** Something that crossed, as both clients have it. */
export interface Crossed {
  readonly matrix: SeenEvent;
  readonly xmpp: Stanza;
}

/** A message under the names that both sides have for it. */
export interface Told extends Crossed {
  readonly eventId: string;
  readonly stanzaId: string;
}

/** Where the Matrix side of a chat is: the portal's room, and the account that stands for the XMPP user. */
export interface Place {
  readonly room: string;
  readonly ghost: string;
}

/** The direct chat of Alice, at her Matrix client, with one person at an XMPP client. */
export class Chat implements XmppTalk {
  readonly alice: MatrixUser;
  readonly friend: XmppUser;
  readonly friendName: string;
  /** The address at which the XMPP user reaches Alice. */
  readonly aliceAddress: string;
  readonly #told = new Map<string, Told>();
  #place: Place | undefined;

  constructor(alice: MatrixUser, friend: XmppUser, friendName: string, aliceAddress: string) {
    this.alice = alice;
    this.friend = friend;
    this.friendName = friendName;
    this.aliceAddress = aliceAddress;
  }

  get headings(): readonly [string, string] {
    return ["Alice's Matrix client", `${this.friendName}'s XMPP client (${this.friend.jid})`];
  }

  get place(): Place {
    if (this.#place === undefined) throw new Error('The chat was never opened.');
    return this.#place;
  }

  open(place: Place): void {
    this.#place = place;
  }

  /** The message that was told before with this text. */
  told(body: string): Told {
    const told = this.#told.get(body);
    if (told === undefined) throw new Error(`The message "${body}" that this is about never got through.`);
    return told;
  }

  /** Keeps a message that later ones are about. */
  remember(body: string, crossed: Crossed): Crossed {
    const { matrix, xmpp } = crossed;
    this.#told.set(body, { ...crossed, eventId: matrix.eventId, stanzaId: attribute(xmpp, 'id') ?? '' });
    return crossed;
  }

  /** Alice's end, at a client that shows every kind of content. */
  get aliceEnd(): MatrixChat {
    return new MatrixChat(this.alice, this.place.room, this.place.ghost);
  }

  /** The friend's end, at a client that knows the XEP for every kind of content. */
  friendEnd(place: XmppPlace): XmppRichChat {
    return new XmppRichChat(this.friend, place, this.aliceAddress);
  }

  /** What an exchange showed in this chat. */
  shown(...rows: readonly Row[]): Shown {
    return { chat: this, rows };
  }

  /** The friend sends; resolves with what Alice's client shows of it. `send` resolves to the stanza's id. */
  async toMatrix(send: () => Promise<string>, expected: (event: SeenEvent) => boolean): Promise<Crossed> {
    const stanzaId = await send();
    const matrix = await this.hear(expected);
    return { matrix, xmpp: this.sentStanza(stanzaId) };
  }

  /** Alice sends; resolves with what the friend's client shows of it. `send` resolves to the event's id. */
  async toNetwork(send: () => Promise<string>, expected: (stanza: Stanza) => boolean): Promise<Crossed> {
    const eventId = await send();
    const xmpp = await this.hearStanza(expected);
    return { matrix: await this.ownEvent(eventId), xmpp };
  }

  /** An event of the ghost that Alice's client shows, or will show in time. */
  hear(expected: (event: SeenEvent) => boolean): Promise<SeenEvent> {
    const { room, ghost } = this.place;
    return this.alice.waitForEvent(room, (event) => event.sender === ghost && expected(event), patienceMs);
  }

  /** A stanza of Alice's that the friend's client shows, or will show in time. */
  hearStanza(expected: (stanza: Stanza) => boolean): Promise<Stanza> {
    const matches = (stanza: Stanza): boolean =>
      stanza.is('message') && this.isFromAlice(stanza) && expected(stanza);
    return this.friend.waitFor(matches, patienceMs);
  }

  isFromAlice(stanza: Stanza): boolean {
    return attribute(stanza, 'from')?.split('/', 1)[0] === this.aliceAddress;
  }

  /** Alice's own event as her client shows it after a sync. */
  ownEvent(eventId: string): Promise<SeenEvent> {
    return this.alice.waitForEvent(this.place.room, (event) => event.eventId === eventId, patienceMs);
  }

  matrixSpeaker({ sender }: SeenEvent): string {
    if (sender === this.alice.userId) return 'Alice';
    return sender === this.#place?.ghost ? this.friendName : 'Bot';
  }

  xmppSpeaker(stanza: Stanza): string {
    const from = attribute(stanza, 'from');
    if (from === undefined) return this.friendName;
    return from.includes('@') ? 'Alice' : 'Bot';
  }

  event(id: string): SeenEvent | undefined {
    return this.alice.sdk
      .getRooms()
      .flatMap(({ roomId }) => this.alice.timeline(roomId))
      .find((event) => event.eventId === id);
  }

  stanza(id: string): Stanza | undefined {
    const all = [...this.friend.sent, ...this.friend.stanzas];
    return all.find((stanza) => attribute(stanza, 'id') === id);
  }

  directionOf({ matrix, xmpp, direction }: Row): Direction | undefined {
    if (direction !== undefined) return direction;
    if (xmpp !== undefined && !('speaker' in xmpp))
      return attribute(xmpp, 'from') === undefined ? 'to-matrix' : 'to-network';
    const fromFriend = matrix !== undefined && !('speaker' in matrix) && matrix.sender === this.#place?.ghost;
    return fromFriend ? 'to-matrix' : undefined;
  }

  /** What the friend's client sent under this id. */
  sentStanza(id: string): Stanza {
    const sent = this.friend.sent.find((stanza) => attribute(stanza, 'id') === id);
    if (sent === undefined) throw new Error(`Nothing was sent under ${id}.`);
    return sent;
  }
}
