import { randomUUID } from 'node:crypto';
import xml from '@xmpp/xml';
import type { Link } from './client.ts';

const bounceMs = 1500;

/** The bridge's own voice: messages from the component itself, whose bounces it hears. */
export class Bot {
  readonly #link: Link;
  readonly #address: string;
  readonly #listening = new Map<string, () => void>();

  constructor(link: Link, address: string) {
    this.#link = link;
    this.#address = address;
  }

  /** Sends a text, and waits a moment for the receiver's server to say that there is nobody. */
  async send(to: string, text: string): Promise<'sent' | 'no-such-user' | 'link-down'> {
    const id = randomUUID();
    const { promise, resolve } = Promise.withResolvers<'sent' | 'no-such-user'>();
    this.#listening.set(id, () => resolve('no-such-user'));
    try {
      const message = xml('message', { type: 'chat', from: this.#address, to, id }, xml('body', {}, text));
      if (!(await this.#link.deliver([message.toString()]))) return 'link-down';
      const timer = setTimeout(() => resolve('sent'), bounceMs);
      return await promise.finally(() => clearTimeout(timer));
    } finally {
      this.#listening.delete(id);
    }
  }

  /** To be told the id of every message of the component itself that came back. */
  bounced(messageId: string): void {
    this.#listening.get(messageId)?.();
  }
}
