import { setTimeout as sleep } from 'node:timers/promises';
import { xml } from '@xmpp/client';
import { RoomGuest } from '../../test/support/room-scene.ts';
import { attribute, type Stanza } from '../../test/support/xmpp-stanzas.ts';
import type { XmppUser } from '../../test/support/xmpp-user.ts';
import type { Kind } from './content.ts';
import { isOriginal, markOfStanza } from './marks.ts';
import { letterOf } from './stanza-parts.ts';

const ORIGIN = 'urn:xmpp:sid:0';
const REFLECTION_MS = 5_000;

/** The name that a room gave a message (XEP-0359). */
export function roomNameOf(stanza: Stanza, room: string): string | undefined {
  const given = stanza.getChildren('stanza-id', ORIGIN).find((id) => attribute(id, 'by') === room);
  return given && attribute(given, 'id');
}

/** A person on XMPP in a room, who comes back when the server was away. The name of what they write is its id. */
export class RoomPerson implements AsyncDisposable {
  readonly user: XmppUser;
  readonly nick: string;
  readonly #room: string;
  readonly #emoji: string;
  readonly #uploadDomain: string;
  #read = 0;
  readonly #marks = new Map<string, string>();
  /** The ids of one's own that the room has said back, and the last text among them. */
  readonly #reflected = new Set<string>();
  readonly #texts: string[] = [];
  readonly #reacted = new Set<string>();
  #last: { readonly id: string; readonly text: string } | undefined;

  constructor(
    user: XmppUser,
    place: { readonly room: string; readonly uploadDomain: string },
    nick: string,
    emoji: string,
  ) {
    this.user = user;
    this.nick = nick;
    this.#emoji = emoji;
    this.#room = place.room;
    this.#uploadDomain = place.uploadDomain;
  }

  /** Enters; makes the room where it is not there, so that it stays when everybody has left. */
  async enter(): Promise<void> {
    await RoomGuest.enter(this.user, this.#room, this.nick, { persistentroom: '1' });
  }

  /** Writes something; true once the room has said it back. Where it does not, one enters anew. */
  async write(name: string, kind: Kind): Promise<boolean> {
    try {
      this.#look();
      const react = [this.#last].find((last) => last !== undefined && !this.#reacted.has(last.id));
      const about = { user: this.user, uploadDomain: this.#uploadDomain, react, emoji: this.#emoji };
      const { parts } = await letterOf(kind, name, { ...about, correct: this.#texts.at(-1) });
      const origin = xml('origin-id', { xmlns: ORIGIN, id: name });
      await this.user.send(xml('message', { type: 'groupchat', to: this.#room, id: name }, ...parts, origin));
      if (!(await this.#saidBack(name))) {
        await this.#comeBack();
        return false;
      }
      if (kind === 'text') this.#texts.push(name);
      if (kind === 'reaction' && react !== undefined) this.#reacted.add(react.id);
      return true;
    } catch {
      await this.#comeBack();
      return false;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.user.stop();
  }

  async #saidBack(name: string): Promise<boolean> {
    const deadline = performance.now() + REFLECTION_MS;
    while (performance.now() < deadline) {
      this.#look();
      if (this.#reflected.has(name)) return true;
      await sleep(20);
    }
    return false;
  }

  async #comeBack(): Promise<void> {
    await this.user
      .online(2_000)
      .then(() => this.enter())
      .catch(() => sleep(500));
  }

  #look(): void {
    const { stanzas } = this.user;
    for (; this.#read < stanzas.length; this.#read += 1) {
      const stanza = stanzas[this.#read];
      if (stanza?.is('message') === true && attribute(stanza, 'type') === 'groupchat') this.#hear(stanza);
    }
  }

  #hear(stanza: Stanza): void {
    const from = attribute(stanza, 'from') ?? '';
    const id = roomNameOf(stanza, this.#room);
    const text = markOfStanza(stanza, (about) => this.#marks.get(about));
    if (!from.startsWith(`${this.#room}/`) || id === undefined || text === undefined) return;
    this.#marks.set(id, text);
    if (from === `${this.#room}/${this.nick}`) this.#reflected.add(attribute(stanza, 'id') ?? '');
    else if (isOriginal(stanza)) this.#last = { id, text };
  }
}
