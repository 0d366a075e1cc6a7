import { randomUUID } from 'node:crypto';
import { xml } from '@xmpp/client';
import { attribute, type Stanza } from '../support/xmpp-stanzas.ts';
import type { XmppUser } from '../support/xmpp-user.ts';
import type { BesideEnd, BesideOf } from './beside-chat.ts';
import { matrixBeside } from './matrix-beside.ts';
import type { XmppPlace } from './xmpp-chat.ts';
import { XmppRemote } from './xmpp-remote.ts';

const ns = {
  jingleMessage: 'urn:xmpp:jingle-message:0',
  rtp: 'urn:xmpp:jingle:apps:rtp:1',
  ephemeral: 'urn:xmpp:ephemeral:0',
  hints: 'urn:xmpp:hints',
} as const;

/** The ends of a chat between a Matrix user and somebody on XMPP. */
export function xmppBeside(place: XmppPlace): BesideOf {
  return async (pair) => {
    if (!(pair.remote instanceof XmppRemote)) throw new Error('no such person');
    const address = place.addressOf(pair.matrix.userId);
    return { matrix: matrixBeside(pair), remote: new XmppEnd(pair.remote.client, address) };
  };
}

class XmppEnd implements BesideEnd {
  readonly #user: XmppUser;
  readonly #to: string;

  constructor(user: XmppUser, to: string) {
    this.#user = user;
    this.#to = to;
  }

  async ring(): Promise<string> {
    const id = randomUUID();
    const description = xml('description', { xmlns: ns.rtp, media: 'audio' });
    await this.#send(xml('propose', { xmlns: ns.jingleMessage, id }, description));
    return id;
  }

  isDeclined(call: string): boolean {
    return this.#incoming().some((stanza) => {
      const reject = stanza.getChild('reject', ns.jingleMessage);
      return reject !== undefined && attribute(reject, 'id') === call;
    });
  }

  async sayFor(text: string, seconds: number): Promise<string> {
    return this.#user.sendMessage(this.#to, [xml('body', {}, text), ephemeral(seconds)]);
  }

  async setTimer(seconds: number | undefined): Promise<void> {
    await this.#send(ephemeral(seconds ?? 0));
  }

  timer(): number | undefined {
    const last = this.#incoming()
      .filter((stanza) => stanza.getChild('body') === undefined)
      .findLast((stanza) => stanza.getChild('ephemeral', ns.ephemeral) !== undefined);
    return secondsOn(last);
  }

  timeOf(text: string): number | undefined {
    return secondsOn(this.#incoming().find((stanza) => stanza.getChildText('body') === text));
  }

  async #send(child: Stanza): Promise<void> {
    const store = xml('store', { xmlns: ns.hints });
    await this.#user.send(xml('message', { type: 'chat', to: this.#to, id: randomUUID() }, child, store));
  }

  #incoming(): readonly Stanza[] {
    return this.#user.stanzas.filter(
      (stanza) => stanza.is('message') && attribute(stanza, 'from')?.split('/')[0] === this.#to,
    );
  }
}

function ephemeral(seconds: number): Stanza {
  return xml('ephemeral', { xmlns: ns.ephemeral, timer: String(seconds) });
}

/** Zero is for good. */
function secondsOn(stanza: Stanza | undefined): number | undefined {
  const found = stanza?.getChild('ephemeral', ns.ephemeral);
  const seconds = found === undefined ? 0 : Number(attribute(found, 'timer'));
  return seconds === 0 ? undefined : seconds;
}
