import { attribute, bodyOf, NS, type Stanza } from '../../test/support/xmpp-stanzas.ts';
import type { XmppUser } from '../../test/support/xmpp-user.ts';
import type { DeliveredMessage } from './record.ts';

/** What a client received, as the checks want to know it. */
export interface Received {
  readonly delivered: readonly DeliveredMessage[];
  readonly receipted: ReadonlySet<string>;
  readonly bounced: ReadonlySet<string>;
}

/** A person on XMPP who writes to one address and notes what comes back. The text of a message is its id too. */
export class XmppPerson implements AsyncDisposable {
  readonly user: XmppUser;
  readonly #to: string;
  /** What was handed to the connection, in order. */
  readonly written: string[] = [];
  #read = 0;
  readonly #delivered: DeliveredMessage[] = [];
  readonly #receipted = new Set<string>();
  readonly #bounced = new Set<string>();

  constructor(user: XmppUser, to: string) {
    this.user = user;
    this.#to = to;
  }

  /** Writes a message; false where there is no connection to write to. */
  async write(text: string): Promise<boolean> {
    try {
      await this.user.sendText(this.#to, text, text);
      this.written.push(text);
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
      if (stanza !== undefined) this.#note(stanza, this.#delivered);
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

  #note(stanza: Stanza, delivered: DeliveredMessage[]): void {
    if (!stanza.is('message') || !attribute(stanza, 'from')?.startsWith(this.#to)) return;
    const id = attribute(stanza, 'id') ?? '';
    const received = stanza.getChild('received', NS.receipts);
    const body = bodyOf(stanza);
    if (attribute(stanza, 'type') === 'error') this.#bounced.add(id);
    else if (received !== undefined) this.#receipted.add(attribute(received, 'id') ?? '');
    else if (body !== undefined) delivered.push({ text: body, id });
  }
}
