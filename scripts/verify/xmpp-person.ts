import { attribute, NS, type Stanza } from '../../test/support/xmpp-stanzas.ts';
import type { XmppUser } from '../../test/support/xmpp-user.ts';
import { emojis, type Kind } from './content.ts';
import { isOriginal, isSecondPart, markOfStanza } from './marks.ts';
import type { DeliveredMessage } from './record.ts';
import { letterOf } from './stanza-parts.ts';

/** What a client received, as the checks want to know it. */
export interface Received {
  readonly delivered: readonly DeliveredMessage[];
  readonly receipted: ReadonlySet<string>;
  readonly bounced: ReadonlySet<string>;
}

/** A person on XMPP who writes to one address and notes what comes back. The mark of a message is its id too. */
export class XmppPerson implements AsyncDisposable {
  readonly user: XmppUser;
  readonly #to: string;
  readonly #uploadDomain: string;
  /** What was handed to the connection, in order. */
  readonly written: string[] = [];
  #read = 0;
  readonly #delivered: DeliveredMessage[] = [];
  readonly #receipted = new Set<string>();
  readonly #bounced = new Set<string>();
  readonly #marks = new Map<string, string>();
  readonly #texts: string[] = [];
  readonly #reacted = new Set<string>();
  /** The last message that came, corrections and reactions aside. */
  #last: DeliveredMessage | undefined;

  constructor(user: XmppUser, to: string, uploadDomain: string) {
    this.user = user;
    this.#to = to;
    this.#uploadDomain = uploadDomain;
  }

  /** Writes a message; false where there is no connection to write to. */
  async write(name: string, kind: Kind = 'text'): Promise<boolean> {
    const { receipted } = this.live();
    const known = [this.#last].find((last) => last !== undefined && !this.#reacted.has(last.id));
    try {
      const { mark, parts } = await letterOf(kind, name, {
        ...{ user: this.user, uploadDomain: this.#uploadDomain, react: known },
        emoji: emojis.people[0],
        correct: this.#texts.findLast((text) => receipted.has(text)),
      });
      await this.user.sendMessage(this.#to, parts, mark);
      this.written.push(mark);
      if (kind === 'text') this.#texts.push(mark);
      if (kind === 'reaction' && known !== undefined) this.#reacted.add(known.id);
      return true;
    } catch {
      return false;
    }
  }

  /** What the session received live so far. */
  live(): Received {
    const { stanzas } = this.user;
    for (; this.#read < stanzas.length; this.#read += 1) {
      const stanza = stanzas[this.#read];
      if (stanza === undefined) continue;
      const message = this.#note(stanza, this.#delivered);
      if (message !== undefined && isOriginal(stanza)) this.#last = message;
    }
    return { delivered: this.#delivered, receipted: this.#receipted, bounced: this.#bounced };
  }

  /** The same with the account's archive for what was delivered: for a client that was away for a while. */
  async archived(): Promise<Received> {
    const live = this.live();
    const delivered: DeliveredMessage[] = [];
    for (const { message } of await this.user.archive(this.#to)) this.#note(message, delivered);
    return { ...live, delivered };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.user.stop();
  }

  #note(stanza: Stanza, delivered: DeliveredMessage[]): DeliveredMessage | undefined {
    if (!stanza.is('message') || !attribute(stanza, 'from')?.startsWith(this.#to)) return undefined;
    const id = attribute(stanza, 'id') ?? '';
    const received = stanza.getChild('received', NS.receipts);
    if (attribute(stanza, 'type') === 'error') this.#bounced.add(id);
    else if (received !== undefined) this.#receipted.add(attribute(received, 'id') ?? '');
    else {
      const text = markOfStanza(stanza, (about) => this.#markOf(about));
      const message = { text: text ?? '', id };
      if (text === undefined || isSecondPart(message, (first) => this.#marks.get(first))) return undefined;
      this.#marks.set(id, text);
      delivered.push(message);
      return message;
    }
    return undefined;
  }

  /** One's own messages have their mark as their id. */
  #markOf(id: string): string | undefined {
    return this.written.includes(id) ? id : this.#marks.get(id);
  }
}
