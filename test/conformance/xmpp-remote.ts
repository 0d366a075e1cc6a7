import { attribute } from '../support/xmpp-stanzas.ts';
import type { XmppUser } from '../support/xmpp-user.ts';
import type { RemotePerson } from './rig.ts';
import type { XmppPlace } from './xmpp-chat.ts';
import { XmppRichChat } from './xmpp-rich-chat.ts';

/** A person at an XMPP client. */
export class XmppRemote implements RemotePerson {
  readonly ghost: string;
  readonly #user: XmppUser;
  readonly #place: XmppPlace;

  constructor(user: XmppUser, place: XmppPlace, ghost: string) {
    this.#user = user;
    this.#place = place;
    this.ghost = ghost;
  }

  /** The client itself, for verbs that are not of this class. */
  get client(): XmppUser {
    return this.#user;
  }

  get address(): string {
    return this.#user.jid;
  }

  chatWith(user: string): XmppRichChat {
    return new XmppRichChat(this.#user, this.#place, this.#place.addressOf(user));
  }

  async sendAgain(id: string): Promise<void> {
    const sent = this.#user.sent.find((stanza) => attribute(stanza, 'id') === id);
    if (sent === undefined) throw new Error(`nothing was sent under ${id}`);
    await this.#user.send(sent);
  }
}
