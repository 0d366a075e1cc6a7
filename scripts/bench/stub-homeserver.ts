import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A stub in place of a homeserver: answers at once what the bridge asks, and keeps nothing. */
export interface StubHomeserver extends AsyncDisposable {
  readonly baseUrl: string;
  /** How many requests of this kind it has answered. */
  count(kind: string): number;
}

/** Starts the stub on 127.0.0.1. */
export async function startStubHomeserver(): Promise<StubHomeserver> {
  const counts = new Map<string, number>();
  let events = 0;
  const server = createServer((request, response) => {
    const kind = kindOf(request);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    request.resume();
    request.once('end', () => {
      answer(
        response,
        bodyOf(kind, () => (events += 1)),
      );
    });
  });
  server.keepAliveTimeout = 120_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    count: (kind) => counts.get(kind) ?? 0,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const kinds: readonly (readonly [string, RegExp])[] = [
  ['send', /\/rooms\/[^/]+\/(?:send|redact)\//],
  ['messages', /\/rooms\/[^/]+\/messages/],
  ['versions', /\/versions$/],
  ['profile', /\/profile\//],
  ['createRoom', /\/createRoom$/],
  ['register', /\/register/],
  ['ping', /\/appservice\/[^/]+\/ping$/],
  ['joinedRooms', /\/joined_rooms/],
];

function kindOf({ url = '' }: IncomingMessage): string {
  return kinds.find(([, pattern]) => pattern.test(url))?.[0] ?? 'other';
}

function bodyOf(kind: string, next: () => number): unknown {
  switch (kind) {
    case 'send':
      return { event_id: `$stub-event-${next()}` };
    case 'messages':
      return { start: 's', chunk: [] };
    case 'versions':
      return { versions: ['v1.11'] };
    case 'profile':
      return { displayname: 'A user of the stub' };
    case 'createRoom':
      return { room_id: `!stub-room-${next()}:localhost` };
    case 'register':
      return { user_id: `@stub-user-${next()}:localhost` };
    case 'ping':
      return { duration_ms: 1 };
    case 'joinedRooms':
      return { joined_rooms: [] };
    default:
      return {};
  }
}

function answer(response: ServerResponse, body: unknown): void {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(body));
}
