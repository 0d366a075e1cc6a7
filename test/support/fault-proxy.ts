import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.ts';

/** What befalls the traffic to a server. */
export type Fault =
  | { readonly kind: 'none' }
  /** Connections are refused, and those that are open are reset. */
  | { readonly kind: 'down' }
  /** Connections are accepted; what they say is swallowed and never answered, on old connections too. */
  | { readonly kind: 'hang' }
  /** Everything that the server says comes so many milliseconds late. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** The server's clock, as its HTTP answers tell it (`Date`), is so many milliseconds ahead. */
  | { readonly kind: 'clock'; readonly ms: number }
  /** What is asked, where it begins like `request`, is answered with these bytes; the server never hears of it. */
  | { readonly kind: 'answer'; readonly bytes: string | Buffer; readonly request: RegExp }
  /** The server gets what begins like this; in place of its answer the connection is reset. */
  | { readonly kind: 'lose'; readonly request: RegExp };

/** A TCP server on loopback that stands before another one and has its faults on demand. */
export class FaultProxy implements AsyncDisposable {
  readonly port: number;
  readonly #target: number;
  readonly #passages = new Set<Passage>();
  #server: Server | undefined;
  #fault: Fault = { kind: 'none' };
  #suffered = 0;

  private constructor(port: number, target: number) {
    this.port = port;
    this.#target = target;
  }

  /** Begins to listen; what comes is passed on to the target's port on 127.0.0.1. */
  static async before(target: number): Promise<FaultProxy> {
    const proxy = new FaultProxy(await freePort(), target);
    await proxy.#listen();
    return proxy;
  }

  /** How often the present fault has befallen something; what only is refused is not counted. */
  get suffered(): number {
    return this.#suffered;
  }

  /** From now on this is what happens. */
  async set(fault: Fault): Promise<void> {
    const before = this.#fault;
    this.#fault = fault;
    this.#suffered = 0;
    if (fault.kind === 'down') await this.#shut();
    else if (before.kind === 'down') await this.#listen();
  }

  /** All is well again for what comes from now on; connections that were hung stay so. */
  heal(): Promise<void> {
    return this.set({ kind: 'none' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#shut();
  }

  async #listen(): Promise<void> {
    const server = createServer((client) => this.#accept(client));
    server.listen(this.port, '127.0.0.1');
    await once(server, 'listening');
    this.#server = server;
  }

  async #shut(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = once(server, 'close');
    server.close();
    for (const passage of this.#passages) passage.reset();
    await closed;
  }

  #accept(client: Socket): void {
    const passage = new Passage(client, connect(this.#target, '127.0.0.1'), () => this.#fault);
    passage.onSuffered = () => (this.#suffered += 1);
    this.#passages.add(passage);
    client.once('close', () => this.#passages.delete(passage));
  }
}

/** One connection through the proxy. */
class Passage {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #fault: () => Fault;
  /** Everything said to the client, in its order and not before its time. */
  #said: Promise<unknown> = Promise.resolve();
  /** Nothing passes any more, whatever becomes of the fault. */
  #mute = false;
  #losing = false;
  onSuffered: () => void = () => undefined;

  constructor(client: Socket, server: Socket, fault: () => Fault) {
    this.#client = client;
    this.#server = server;
    this.#fault = fault;
    for (const socket of [client, server]) socket.setNoDelay(true).on('error', () => undefined);
    client.on('data', (bytes) => this.#asked(bytes));
    server.on('data', (bytes) => this.#answered(bytes));
    client.once('close', () => server.destroy());
    server.once('close', () => this.#say(() => client.end()));
  }

  reset(): void {
    this.#mute = true;
    this.#client.resetAndDestroy();
    this.#server.destroy();
  }

  #asked(bytes: Buffer): void {
    if (this.#mute) return;
    const fault = this.#fault();
    switch (fault.kind) {
      case 'hang':
        this.#mute = true;
        this.onSuffered();
        return;
      case 'answer':
        if (!fault.request.test(bytes.toString('latin1'))) break;
        this.#mute = true;
        this.onSuffered();
        this.#client.end(fault.bytes);
        return;
      case 'lose':
        this.#losing ||= fault.request.test(bytes.toString('latin1'));
        break;
      case 'none':
      case 'down':
      case 'slow':
      case 'clock':
        break;
    }
    this.#server.write(bytes);
  }

  #answered(bytes: Buffer): void {
    if (this.#mute) return;
    const fault = this.#fault();
    if (this.#losing) {
      this.onSuffered();
      this.reset();
    } else if (fault.kind === 'hang') {
      this.#mute = true;
      this.onSuffered();
    } else {
      if (fault.kind === 'slow') this.onSuffered();
      const due = Date.now() + (fault.kind === 'slow' ? fault.ms : 0);
      this.#say(async () => {
        await sleep(Math.max(0, due - Date.now()));
        this.#client.write(fault.kind === 'clock' ? this.#misdated(bytes, fault.ms) : bytes);
      });
    }
  }

  #misdated(bytes: Buffer, ms: number): Buffer {
    const head = /^(HTTP\/1\.1 [^]*?\r\ndate: )([^\r]{29})/i;
    const text = bytes.toString('latin1');
    if (!head.test(text)) return bytes;
    this.onSuffered();
    const shifted = (date: string): string => new Date(Date.parse(date) + ms).toUTCString();
    return Buffer.from(
      text.replace(head, (_, before: string, date: string) => before + shifted(date)),
      'latin1',
    );
  }

  #say(words: () => unknown): void {
    this.#said = this.#said.then(() => (this.#mute ? undefined : words()));
  }
}
