import { attribute, bodyOf, NS, type Stanza } from '../support/xmpp-stanzas.ts';
import type { XmppUser } from '../support/xmpp-user.ts';
import { xml } from '@xmpp/client';
import type { Chat, SampleFile, Seen } from './rig.ts';
import { readStanza } from './xmpp-reading.ts';

/** What XMPP people need to know of the servers. */
export interface XmppPlace {
  readonly uploadDomain: string;
  /** The address of a Matrix user at the component. */
  readonly addressOf: (userId: string) => string;
}

/** A person's end of a chat, at an XMPP client. */
export class XmppChat implements Chat {
  readonly #user: XmppUser;
  readonly #place: XmppPlace;
  readonly #to: string;

  constructor(user: XmppUser, place: XmppPlace, to: string) {
    this.#user = user;
    this.#place = place;
    this.#to = to;
  }

  say(text: string): Promise<string> {
    return this.#user.sendText(this.#to, text);
  }

  sayBold(text: string, word: string): Promise<string> {
    const [before = '', after = ''] = text.split(word);
    return this.#user.sendFormatted(this.#to, text, [before, xml('strong', {}, word), after]);
  }

  reply(target: string, text: string): Promise<string> {
    const original = this.#message(target);
    const from = (original && attribute(original, 'from')) ?? this.#user.jid;
    return this.#user.reply(this.#to, { id: target, from, body: (original && bodyOf(original)) ?? '' }, text);
  }

  edit(target: string, text: string): Promise<string> {
    return this.#user.correct(this.#to, target, text);
  }

  async react(target: string, emojis: readonly string[]): Promise<void> {
    await this.#user.react(this.#to, target, emojis);
  }

  async retract(target: string): Promise<void> {
    await this.#user.retract(this.#to, target);
  }

  async sendFile(file: SampleFile): Promise<string> {
    return this.#user.sendFile(this.#to, await this.#user.upload(this.#place.uploadDomain, file));
  }

  async nothing(): Promise<string> {
    return 'never-sent';
  }

  seen(): readonly Seen[] {
    const seen = new Set<string>();
    return this.incoming().flatMap((stanza) => {
      const id = attribute(stanza, 'id') ?? '';
      if (attribute(stanza, 'type') === 'error' || (id !== '' && seen.has(id))) return [];
      seen.add(id);
      return readStanza(stanza, id);
    });
  }

  isDelivered(id: string): boolean {
    return this.incoming().some((stanza) => {
      const received = stanza.getChild('received', NS.receipts);
      return received !== undefined && attribute(received, 'id') === id;
    });
  }

  isRefused(id: string): boolean {
    return this.incoming().some(
      (stanza) => attribute(stanza, 'type') === 'error' && attribute(stanza, 'id') === id,
    );
  }

  /** The messages of the other, in the order of their coming. */
  incoming(): readonly Stanza[] {
    return this.#user.stanzas.filter(
      (stanza) => stanza.is('message') && attribute(stanza, 'from')?.split('/')[0] === this.#to,
    );
  }

  #message(id: string): Stanza | undefined {
    return [...this.incoming(), ...this.#user.sent].find((stanza) => attribute(stanza, 'id') === id);
  }
}
