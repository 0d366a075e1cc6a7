import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import express, { type RequestHandler } from 'express';
import type { MatrixArrival } from '../../src/core/homeserver.ts';
import { laneId, remoteChatId } from '../../src/core/ids.ts';
import { features, type Capabilities, type Feature, type Level } from '../../src/core/network.ts';
import type { Stores } from '../../src/core/stores.ts';
import { matrixSchema } from '../../src/matrix/config.ts';
import { makeHomeserver, type RunningHomeserver } from '../../src/matrix/homeserver.ts';
import { stringify } from 'yaml';
import { EventLog } from './event-log.ts';
import { memoryStores } from './memory-stores.ts';
import { RecordingLog } from './recording-log.ts';

export interface MatrixSideOptions {
  readonly homeserverUrl: string;
  readonly serverName: string;
  readonly port: number;
  readonly stores?: Stores;
  readonly capabilities?: Capabilities;
  readonly nameOf?: (remote: string) => string;
  /** Laid over the section `rooms` of the configuration. */
  readonly rooms?: Readonly<Record<string, unknown>>;
  /** The token of a second registration; users are then puppeted without doing anything. */
  readonly puppetToken?: string;
}

const everything: Capabilities = {
  features: Object.fromEntries(features.map((name) => [name, 'full'])) as Record<Feature, Level>,
  maxTextBytes: 65_536,
  maxMediaBytes: 1_000_000,
};

/** The Matrix side of a bridge alone, listening, with what it keeps. */
export interface MatrixSideUnderTest extends AsyncDisposable {
  readonly side: RunningHomeserver;
  readonly stores: Stores;
  readonly kept: EventLog<MatrixArrival>;
  readonly log: RecordingLog;
  /** What was held back, cleaned or set apart. */
  readonly bounded: string[];
  /** Transactions that hold one of these texts get lost on the way; the homeserver takes them for delivered. */
  readonly losing: Map<string, () => void>;
}

/** What the bridge of `writeRegistration` shows to the homeserver. */
export const AS_TOKEN = 'an-as-token-for-tests-only';
const HS_TOKEN = 'an-hs-token-for-tests-only';

/** Writes a registration file for the homeserver; answers its path. */
export async function writeRegistration(dir: string, port: number): Promise<string> {
  await mkdir(dir, { recursive: true });
  const file = join(dir, 'causeway.yaml');
  const users = ['@_(xmpp|loopback)_.*:.*', '@causeway:.*'];
  const registration = {
    id: 'causeway',
    url: `http://127.0.0.1:${port}`,
    as_token: AS_TOKEN,
    hs_token: HS_TOKEN,
    sender_localpart: '_causeway',
    rate_limited: false,
    receive_ephemeral: true,
    namespaces: { users: users.map((regex) => ({ exclusive: true, regex })), aliases: [], rooms: [] },
  };
  await writeFile(file, stringify(registration));
  return file;
}

/** Starts the Matrix side, and waits until the homeserver is there, has been pinged and all rooms are in step. */
export async function startMatrixSide(options: MatrixSideOptions): Promise<MatrixSideUnderTest> {
  const stores = options.stores ?? memoryStores();
  const kept = new EventLog<MatrixArrival>((arrival) => arrival.raw);
  const log = new RecordingLog();
  const bounded: string[] = [];
  const shutOut: string[] = [];
  const config = matrixSchema.parse({
    homeserver: { url: options.homeserverUrl, domain: options.serverName, probeIntervalMs: 500 },
    appservice: { asToken: AS_TOKEN, hsToken: HS_TOKEN },
    messageStatus: 'all',
    rooms: options.rooms ?? {},
    doublePuppeting: options.puppetToken === undefined ? {} : { asToken: options.puppetToken },
  });
  const up = Promise.withResolvers<undefined>();
  const side = makeHomeserver({
    config,
    stores,
    log,
    keep: async (arrivals) => {
      const lane = laneId('test');
      const events = arrivals.map(
        ({ eventId, raw }) => ({ source: 'matrix', outerId: eventId, lane, payload: raw }) as const,
      );
      const answers = await stores.events.keep(events);
      for (const [at, arrival] of arrivals.entries()) if (answers[at] !== undefined) kept.push(arrival);
    },
    groups: {
      network: (id) => ({ id, capabilities: options.capabilities ?? everything }),
      nameOf: async (_network, remote) => options.nameOf?.(remote),
      meter: { bounded: (_network, what) => void bounded.push(what) },
      words: (reason) => `because: ${reason}`,
      said: (what, chat) => ({ plain: `${what}: ${chat}`, html: `${what}: ${chat}` }),
    },
    puppetLevelOf: () => (options.puppetToken === undefined ? 'none' : 'automatic'),
    ghostWanted: async ({ remote }) => ({ userId: remote, chat: remoteChatId(remote), name: 'Asked For' }),
    signal: () => undefined,
    shutOut: (portal) => void shutOut.push(portal.room),
    presencePerSecond: 5,
    profileChanged: () => undefined,
    linkChanged: (health) => {
      if (health.kind === 'up') up.resolve(undefined);
    },
  });
  const losing = new Map<string, () => void>();
  const server = createServer(express().use(express.json({ limit: '50mb' }), lose(losing), side.router));
  server.listen(options.port, '127.0.0.1');
  await once(server, 'listening');
  side.begin();
  await up.promise;
  await side.management.ensureBot();
  await side.reconciler.idle();
  return { side, stores, kept, log, bounded, losing, [Symbol.asyncDispose]: () => stop(side, server) };
}

async function stop(side: RunningHomeserver, server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await side[Symbol.asyncDispose]();
}

function lose(losing: ReadonlyMap<string, () => void>): RequestHandler {
  return (request, response, next) => {
    const text = JSON.stringify(request.body ?? {});
    const lost = [...losing].find(([part]) => request.url.includes('/transactions/') && text.includes(part));
    if (lost === undefined) next();
    else {
      response.json({});
      lost[1]();
    }
  };
}
