/** A user of a provider, for the benchmark of the host: acknowledges its mail, and waits for what it sends to be so. */
import type { Login } from '../../src/interop/enlistment/login.ts';
import { decodeNode } from '../../src/interop/node/decode.ts';
import { encodeNode } from '../../src/interop/node/encode.ts';
import type { Channel } from '../../src/interop/noise/channel.ts';
import { ackOf } from '../../src/interop/stanza/ack.ts';
import { parseStanza, renderStanza, type Stanza } from '../../src/interop/stanza/stanza.ts';
import { aMessage } from '../../test/support/chat-tester.ts';
import type { TestPerson } from '../../test/support/host-scene.ts';

export interface InteropUser {
  readonly person: TestPerson;
  readonly login: Login;
}

export class ConnectedUser {
  /** How long each mail was on its way, in milliseconds, by its name: how often it came. */
  readonly mails = new Map<string, number>();
  readonly latencies: number[] = [];
  readonly #channel: Channel;
  readonly #begun = Promise.withResolvers<undefined>();
  readonly #waiting = new Map<string, (value: undefined) => void>();

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** Resolves when the host has taken the user in. */
  get begun(): Promise<undefined> {
    return this.#begun.promise;
  }

  /** Takes what comes until the connection is over. */
  async run(): Promise<void> {
    for (;;) {
      const received = await this.#channel.receive();
      if (received.kind !== 'message') return;
      const decoded = decodeNode(received.body);
      if (decoded.kind === 'decoded') await this.#take(parseStanza(decoded.node));
    }
  }

  /** In how many milliseconds it was acknowledged. */
  async say(id: string): Promise<number> {
    const began = performance.now();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#waiting.set(id, resolve);
    await this.#send(aMessage(id));
    await promise;
    return performance.now() - began;
  }

  leave(): void {
    this.#channel.abort();
  }

  async #take(stanza: ReturnType<typeof parseStanza>): Promise<void> {
    if (stanza.kind === 'success') this.#begun.resolve(undefined);
    if (stanza.kind === 'ack') {
      this.#waiting.get(stanza.id)?.(undefined);
      this.#waiting.delete(stanza.id);
    }
    if (stanza.kind !== 'message') return;
    this.mails.set(stanza.id, (this.mails.get(stanza.id) ?? 0) + 1);
    this.latencies.push(Date.now() - Number(stanza.id.split('.')[1]));
    const ack = ackOf(renderStanza(stanza));
    if (ack !== undefined) await this.#send(ack);
  }

  async #send(stanza: Stanza): Promise<void> {
    const encoded = encodeNode(renderStanza(stanza));
    if (encoded.kind === 'encoded') await this.#channel.send(encoded.bytes);
  }
}
