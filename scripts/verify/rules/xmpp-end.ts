import { randomUUID } from 'node:crypto';
import { xml } from '@xmpp/client';
import { attribute, NS, type Stanza } from '../../../test/support/xmpp-stanzas.ts';
import type { XmppUser } from '../../../test/support/xmpp-user.ts';
import type { Deed, End, Said, Shape, Told } from './end.ts';
import { partsOf } from './xmpp-parts.ts';
import { ownText, seenOnXmpp } from './xmpp-shapes.ts';

const stanzaIds = 'urn:xmpp:sid:0';
const patienceMs = 20_000;

/** Where a person on XMPP meets a Matrix user. */
export interface Meeting {
  readonly user: XmppUser;
  readonly type: 'chat' | 'groupchat';
  /** Where messages go: the Matrix user's address, or the room's. */
  readonly to: string;
  /** By what the Matrix user's stanzas are known: their address, or the room's with their nick. */
  readonly other: string;
  readonly uploadDomain: string;
}

/** The end of somebody on XMPP, at a client that knows the XEPs for every feature. */
export class XmppEnd implements End {
  readonly #at: Meeting;
  /** What the room called what was sent, by the ids of the stanzas. */
  readonly #names = new Map<string, string>();

  constructor(at: Meeting) {
    this.#at = at;
  }

  say(text: string): Promise<Said> {
    return this.#send([xml('body', {}, text)]);
  }

  async heard(text: string): Promise<Said> {
    const isIt = (stanza: Stanza): boolean => this.#isTheirs(stanza) && ownText(stanza) === text;
    return this.#said(await this.#at.user.waitFor(isIt, patienceMs, `"${text}"`));
  }

  async act(deed: Deed): Promise<string> {
    const { user } = this.#at;
    const bare = ['typing', 'read-receipt'].includes(deed.feature);
    if (deed.feature === 'presence') {
      await user.send(xml('presence', {}, xml('status', {}, deed.mark)));
      return '';
    }
    // The client says by itself that a message has arrived.
    if (deed.feature === 'delivery-receipt') return '';
    const parts = await partsOf(deed, this.#at);
    return bare ? this.#post(parts) : (await this.#send(parts)).stanza;
  }

  /** Waits until the other side has said that it has taken a message (XEP-0184). */
  async taken(id: string): Promise<void> {
    const isIt = (stanza: Stanza): boolean => {
      const received = stanza.getChild('received', NS.receipts);
      return received !== undefined && attribute(received, 'id') === id;
    };
    await this.#at.user.waitFor(isIt, patienceMs, `the receipt of ${id}`);
  }

  nameOf(id: string): string {
    return this.#names.get(id) ?? id;
  }

  async end({ feature }: Deed): Promise<void> {
    if (feature === 'typing') await this.#post([xml('paused', { xmlns: NS.chatStates })]);
  }

  sees(deed: Deed): Shape | undefined {
    const theirs = this.#at.user.stanzas.filter((stanza) => this.#isTheirs(stanza));
    return seenOnXmpp(deed, theirs);
  }

  /** Errors, with the condition and the words that they have. */
  told(id: string): Told {
    const refusals = this.#at.user.stanzas
      .filter((stanza) => attribute(stanza, 'type') === 'error' && attribute(stanza, 'id') === id)
      .map((stanza) => stanza.getChild('error')?.toString() ?? '');
    return { refusals, changes: [] };
  }

  #isTheirs(stanza: Stanza): boolean {
    const from = attribute(stanza, 'from') ?? '';
    const { type, other } = this.#at;
    return (type === 'chat' ? from.split('/')[0] : from) === other && attribute(stanza, 'type') !== 'error';
  }

  async #post(parts: readonly Stanza[]): Promise<string> {
    const { user, type, to } = this.#at;
    const id = randomUUID();
    await user.send(xml('message', { type, to, id }, ...parts));
    return id;
  }

  async #send(parts: readonly Stanza[]): Promise<Said> {
    const { user, type, to } = this.#at;
    if (type === 'chat') {
      const stanza = await user.sendMessage(to, parts);
      return { name: stanza, stanza };
    }
    const id = await this.#post([...parts, xml('origin-id', { xmlns: stanzaIds, id: randomUUID() })]);
    const isEcho = (stanza: Stanza): boolean =>
      attribute(stanza, 'id') === id && attribute(stanza, 'from')?.split('/')[0] === to;
    const said = this.#said(await user.waitFor(isEcho, patienceMs, 'the own message in the room'));
    this.#names.set(id, said.name);
    return said;
  }

  #said(stanza: Stanza): Said {
    const id = attribute(stanza, 'id') ?? '';
    const given = stanza.getChildren('stanza-id', stanzaIds);
    const named = given.find((element) => attribute(element, 'by') === this.#at.to);
    const isRoom = this.#at.type === 'groupchat';
    return { name: isRoom && named !== undefined ? (attribute(named, 'id') ?? id) : id, stanza: id };
  }
}
