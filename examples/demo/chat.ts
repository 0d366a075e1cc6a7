import type { SeenEvent } from '../../test/support/matrix-event.ts';
import type { MatrixUser } from '../../test/support/matrix-user.ts';
import { attribute, type Stanza } from '../../test/support/xmpp-stanzas.ts';
import type { XmppUser } from '../../test/support/xmpp-user.ts';
import { patienceMs, type Row, type Shown } from './exchange.ts';

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
export class Chat {
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

  /** Undefined while there is no portal. */
  get opened(): Place | undefined {
    return this.#place;
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

  /** What an exchange showed in this chat. */
  shown(...rows: readonly Row[]): Shown {
    return { chat: this, rows };
  }

  /** The friend sends; resolves with what Alice's client shows of it. `send` resolves to the stanza's id. */
  async toMatrix(send: () => Promise<string>, expected: (event: SeenEvent) => boolean): Promise<Crossed> {
    const stanzaId = await send();
    const matrix = await this.hear(expected);
    return { matrix, xmpp: this.#sentStanza(stanzaId) };
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

  #sentStanza(id: string): Stanza {
    const sent = this.friend.sent.find((stanza) => attribute(stanza, 'id') === id);
    if (sent === undefined) throw new Error(`Nothing was sent under ${id}.`);
    return sent;
  }
}
