import { createRequire } from 'node:module';
import { xml, type Client } from '@xmpp/client';
import { EventLog } from './event-log.ts';
import type { Stanza } from './xmpp-stanzas.ts';

/** The parts of the library's component that are used here; it comes without types. */
interface Entity extends Pick<Client, 'start' | 'stop' | 'send'> {
  readonly reconnect: { stop(): void };
  readonly iqCaller: { request(stanza: Stanza, timeoutMs: number): Promise<Stanza> };
  on(event: 'stanza', listener: (stanza: Stanza) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

interface ComponentLibrary {
  component(options: { service: string; domain: string; password: string }): Entity;
}

const require = createRequire(import.meta.url);
const PATIENCE_MS = 10_000;

/** An external component (XEP-0114) without a bridge behind it: it keeps what it receives and sends what it is told. */
export class BareComponent implements AsyncDisposable {
  readonly #entity: Entity;
  readonly #log = new EventLog<Stanza>((stanza) => stanza.toString());
  readonly errors: Error[] = [];

  private constructor(entity: Entity) {
    this.#entity = entity;
    entity.on('error', (error) => this.errors.push(error));
    entity.on('stanza', (stanza) => {
      if (!stanza.is('iq')) this.#log.push(stanza);
    });
  }

  /** Resolves once the server has accepted the secret; rejects when it has not. */
  static async connect(options: { service: string; domain: string; secret: string }): Promise<BareComponent> {
    const library = require('@xmpp/component') as ComponentLibrary;
    const { service, domain, secret } = options;
    const bare = new BareComponent(library.component({ service, domain, password: secret }));
    try {
      await bare.#entity.start();
      return bare;
    } catch (error) {
      await bare[Symbol.asyncDispose]();
      throw error;
    }
  }

  waitFor(predicate: (stanza: Stanza) => boolean, timeoutMs = PATIENCE_MS): Promise<Stanza> {
    return this.#log.waitFor(predicate, timeoutMs);
  }

  send(stanza: Stanza): Promise<void> {
    return this.#entity.send(stanza);
  }

  /** Asks as an address of the component and resolves to the first child of the answer; errors reject. */
  async request(type: 'get' | 'set', from: string, to: string, child: Stanza): Promise<Stanza | undefined> {
    const answer = await this.#entity.iqCaller.request(xml('iq', { type, from, to }, child), PATIENCE_MS);
    return answer.getChildElements()[0];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#entity.reconnect.stop();
    await this.#entity.stop().catch(() => undefined);
  }
}
