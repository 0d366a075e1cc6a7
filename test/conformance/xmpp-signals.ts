import { createHash } from 'node:crypto';
import { xml } from '@xmpp/client';
import { attribute, NS, type Stanza } from '../support/xmpp-stanzas.ts';
import type { XmppUser } from '../support/xmpp-user.ts';
import { matrixEnd } from './matrix-signals.ts';
import type { SampleFile } from './rig.ts';
import type { PresenceState, SignalEnd, SignalsOf } from './signal-chat.ts';
import type { XmppPlace } from './xmpp-chat.ts';
import { XmppRemote } from './xmpp-remote.ts';

const ns = {
  pubsub: 'http://jabber.org/protocol/pubsub',
  event: 'http://jabber.org/protocol/pubsub#event',
  nick: 'http://jabber.org/protocol/nick',
  metadata: 'urn:xmpp:avatar:metadata',
  data: 'urn:xmpp:avatar:data',
} as const;
const states = { 'http://jabber.org/protocol/chatstates': true };

/** The ends of a chat between a Matrix user and somebody on XMPP; both follow each other's presence. */
export function xmppSignals(place: XmppPlace): SignalsOf {
  return async (pair) => {
    if (!(pair.remote instanceof XmppRemote)) throw new Error('no such person');
    const { client } = pair.remote;
    const address = place.addressOf(pair.matrix.userId);
    const presence = (type: string) => (stanza: Stanza) =>
      stanza.is('presence') && attribute(stanza, 'from') === address && attribute(stanza, 'type') === type;
    // Only who has asked for the roster hears of subscriptions.
    await client.request('get', xml('query', 'jabber:iq:roster'));
    await client.send(xml('presence', { type: 'subscribe', to: address }));
    await client.waitFor(presence('subscribed'));
    // Whom a user writes to is asked for their presence.
    await pair.matrixChat.say('may I see you?');
    await client.waitFor(presence('subscribe'), 20_000, 'a request for presence');
    await client.send(xml('presence', { type: 'subscribed', to: address }));
    return { matrix: matrixEnd(pair), remote: new XmppEnd(client, address) };
  };
}

class XmppEnd implements SignalEnd {
  readonly #user: XmppUser;
  readonly #to: string;

  constructor(user: XmppUser, to: string) {
    this.#user = user;
    this.#to = to;
  }

  async type(typing: boolean): Promise<void> {
    await this.#user.chatState(this.#to, typing ? 'composing' : 'paused');
  }

  async read(id: string): Promise<void> {
    await this.#user.displayed(this.#to, id);
  }

  async be(presence: PresenceState, status: string): Promise<void> {
    const type = presence === 'offline' ? { type: 'unavailable' } : {};
    const show = presence === 'away' ? [xml('show', {}, 'xa')] : [];
    await this.#user.send(xml('presence', type, ...show, xml('status', {}, status)));
  }

  async rename(name: string): Promise<void> {
    await this.#publish(ns.nick, 'current', xml('nick', { xmlns: ns.nick }, name));
  }

  async picture(file: SampleFile | undefined): Promise<void> {
    if (file === undefined) {
      await this.#publish(ns.metadata, 'none', xml('metadata', { xmlns: ns.metadata }));
      return;
    }
    const id = createHash('sha1').update(file.bytes).digest('hex');
    const base64 = Buffer.from(file.bytes).toString('base64');
    await this.#publish(ns.data, id, xml('data', { xmlns: ns.data }, base64));
    const info = xml('info', { id, type: file.type, bytes: String(file.bytes.byteLength) });
    await this.#publish(ns.metadata, id, xml('metadata', { xmlns: ns.metadata }, info));
  }

  isTyping(): boolean {
    const last = this.#incoming('message')
      .flatMap((stanza) => stanza.getChildElements())
      .findLast((child) => Object.hasOwn(states, child.getNS() ?? ''));
    return last?.getName() === 'composing';
  }

  isRead(id: string): boolean {
    return this.#incoming('message').some((stanza) => {
      const displayed = stanza.getChild('displayed', NS.markers);
      return displayed !== undefined && attribute(displayed, 'id') === id;
    });
  }

  async presence(): Promise<{ presence: PresenceState; status: string | undefined } | undefined> {
    const last = this.#incoming('presence').findLast((stanza) =>
      [undefined, 'unavailable'].includes(attribute(stanza, 'type')),
    );
    if (last === undefined) return undefined;
    const status = last.getChildText('status') ?? undefined;
    if (attribute(last, 'type') === 'unavailable') return { presence: 'offline', status };
    return { presence: last.getChildText('show') === 'away' ? 'away' : 'online', status };
  }

  async name(): Promise<string | undefined> {
    return this.#news(ns.nick)?.getChildText('nick') ?? undefined;
  }

  /** As told unasked, as the card has it, and as the presence names it: all of them have to agree. */
  async face(): Promise<Uint8Array | undefined> {
    const told = this.#news(ns.metadata)?.getChild('metadata')?.getChild('info');
    const id = told === undefined ? undefined : attribute(told, 'id');
    const named = this.#incoming('presence')
      .findLast((stanza) => attribute(stanza, 'type') === undefined)
      ?.getChild('x', 'vcard-temp:x:update')
      ?.getChildText('photo');
    const card = await this.#user.request('get', xml('vCard', 'vcard-temp'), this.#to);
    const photo = card?.getChild('PHOTO')?.getChildText('BINVAL') ?? undefined;
    if (id === undefined && (named ?? '') === '' && photo === undefined) return undefined;
    if (id === undefined || named !== id || photo === undefined) return new Uint8Array();
    const items = xml('items', { node: ns.data }, xml('item', { id }));
    const answer = await this.#user.request('get', xml('pubsub', { xmlns: ns.pubsub }, items), this.#to);
    const data = answer?.getChild('items')?.getChild('item')?.getChildText('data') ?? '';
    return data === photo ? Uint8Array.from(Buffer.from(data, 'base64')) : new Uint8Array();
  }

  #news(node: string): Stanza | undefined {
    return this.#incoming('message')
      .flatMap((stanza) => stanza.getChild('event', ns.event)?.getChild('items') ?? [])
      .findLast((items) => attribute(items, 'node') === node)
      ?.getChild('item');
  }

  async #publish(node: string, id: string, payload: Stanza): Promise<void> {
    const publish = xml('publish', { node }, xml('item', { id }, payload));
    await this.#user.request('set', xml('pubsub', { xmlns: ns.pubsub }, publish));
  }

  #incoming(name: string): readonly Stanza[] {
    return this.#user.stanzas.filter(
      (stanza) => stanza.is(name) && attribute(stanza, 'from')?.split('/')[0] === this.#to,
    );
  }
}
