import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it came to the fake homeserver. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly token: string | undefined;
  readonly body: Buffer;
}

/** What it answers: a status with JSON or with raw text, or `hang-up` to break the connection. */
export type FakeAnswer =
  | {
      readonly status: number;
      readonly json?: unknown;
      readonly text?: string | Uint8Array;
      readonly headers?: Record<string, string>;
      readonly afterMs?: number;
    }
  | 'hang-up';

/** An HTTP server that stands for a homeserver, where a test needs the answers that a real one gives only on bad days. */
export class FakeHomeserver implements AsyncDisposable {
  readonly seen: SeenRequest[] = [];
  readonly #server: Server;
  #answer: (request: SeenRequest, count: number) => FakeAnswer;

  private constructor(answer: (request: SeenRequest, count: number) => FakeAnswer) {
    this.#answer = answer;
    this.#server = createServer((request, response) => {
      void this.#serve(request, response);
    });
  }

  /** `answer` gets each request and how many there were before it. */
  static async start(answer: (request: SeenRequest, count: number) => FakeAnswer): Promise<FakeHomeserver> {
    const fake = new FakeHomeserver(answer);
    fake.#server.listen(0, '127.0.0.1');
    await once(fake.#server, 'listening');
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Answers differently from now on. */
  answer(answer: (request: SeenRequest, count: number) => FakeAnswer): void {
    this.#answer = answer;
  }

  /** Breaks all connections, as a server that restarts does. */
  breakConnections(): void {
    this.#server.closeAllConnections();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const seen: SeenRequest = {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      token: request.headers.authorization,
      body: Buffer.concat(chunks),
    };
    const answer = this.#answer(seen, this.seen.length);
    this.seen.push(seen);
    if (answer === 'hang-up') {
      request.socket.destroy();
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, answer.afterMs ?? 0));
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
    response.end(answer.text ?? JSON.stringify(answer.json ?? {}));
  }
}
