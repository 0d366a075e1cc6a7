import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { freePort } from './free-port.ts';

/** Stands before a server and keeps all that it is sent. */
export class TrafficTap implements AsyncDisposable {
  readonly port: number;
  readonly #chunks: Buffer[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #server;

  private constructor(port: number, target: number) {
    this.port = port;
    this.#server = createServer((client) => {
      const server = connect(target, '127.0.0.1');
      for (const socket of [client, server]) {
        this.#sockets.add(socket);
        socket.on('error', () => undefined).once('close', () => this.#sockets.delete(socket));
      }
      client.on('data', (bytes) => this.#chunks.push(bytes));
      client.pipe(server);
      server.pipe(client);
    });
  }

  static async before(target: number): Promise<TrafficTap> {
    const tap = new TrafficTap(await freePort(), target);
    tap.#server.listen(tap.port, '127.0.0.1');
    await once(tap.#server, 'listening');
    return tap;
  }

  /** What was sent since a mark, as bytes in a text. */
  sent(since = 0): string {
    return Buffer.concat(this.#chunks.slice(since)).toString('latin1');
  }

  mark(): number {
    return this.#chunks.length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}
