/** What the doctor looks at, on a real installation. */
import { fullness } from './core/request.ts';
import { requestLimits } from './requests-config.ts';
import { createServer } from 'node:http';
import type { BridgeConfig } from './config-schema.ts';
import { matrixUserId, parseMatrixUserId, type NetworkId } from './core/ids.ts';
import type { EventSink, Network } from './core/network.ts';
import { task, type Log } from './core/task.ts';
import { linkTrouble } from './core/trouble.ts';
import { bridgeProbe } from './doctor-bridge.ts';
import type {
  BridgePart,
  BridgeProbe,
  DatabaseProbe,
  DoctorContext,
  HomeserverProbe,
  LinkProbe,
  PingListener,
  ProbeAnswer,
} from './doctor/context.ts';
import { openNetworks, webProbes } from './doctor-webs.ts';
import { keysProbe } from './keys-probe.ts';
import type { Registration } from './registration.ts';
import { soundProbe } from './sound-probe.ts';
import { StorageError } from './storage/errors.ts';
import { inspectStorage } from './storage/storage.ts';

const requestTimeout = 20_000;
const linkPatience = 10_000;

/** What the doctor needs: the configuration, the registration, and the networks as they would be started. */
export interface Installation {
  readonly config: BridgeConfig;
  readonly registration: Registration;
  readonly puppetRegistration: Registration | undefined;
  readonly networks: readonly Network[];
  readonly log: Log;
}

/** Puts together what the checks look at. Nothing is contacted before a check asks. */
export function doctorContext(installation: Installation): DoctorContext {
  const { config, registration, puppetRegistration, networks, log } = installation;
  const { homeserver, appservice } = config.matrix;
  const bridge = bridgeProbe(config.http.bind ?? appservice.bind);
  const open = openNetworks(config.networks);
  const ids = [...networks.map(({ id }) => id), ...open];
  return {
    homeserver: homeserverProbe(homeserver.url, appservice.asToken, puppetRegistration?.as_token),
    homeserverUrl: homeserver.url,
    domain: homeserver.domain,
    registration: {
      ...{ id: registration.id, url: registration.url, users: registration.namespaces.users },
      ...{ aliases: registration.namespaces.aliases ?? [], protocols: registration.protocols ?? [] },
      ephemeral: registration.receive_ephemeral || registration['de.sorunome.msc2409.push_ephemeral'],
    },
    puppetRegistration: puppetRegistration && { users: puppetRegistration.namespaces.users },
    bot: matrixUserId(`@${appservice.botLocalpart}:${homeserver.domain}`),
    ghosts: ids.flatMap((id) => {
      const userId = parseMatrixUserId(`@${appservice.ghostPrefix}${id}_doctor:${homeserver.domain}`);
      return userId === undefined ? [] : [{ network: id, userId }];
    }),
    aliases: config.groups.aliases.offered
      ? ids.map((id) => ({
          network: id,
          alias: `#${appservice.ghostPrefix}${id}_doctor:${homeserver.domain}`,
        }))
      : [],
    deviceId: appservice.deviceId,
    listener: pingListener(appservice.bind, appservice.hsToken),
    database: databaseProbe(config),
    sound: soundProbe(process.env['PATH']),
    keys: keysProbe(config.matrix.encryption),
    bridge,
    links: [...networks.map((network) => linkProbe(network, bridge, log)), ...open.map(asked(bridge))],
    ...webProbes(config.networks),
    now: Date.now,
  };
}

function homeserverProbe(url: string, asToken: string, puppetToken = ''): HomeserverProbe {
  return {
    request: async ({ method, path, body, anonymous, puppet }) => {
      const started = performance.now();
      try {
        // As the bridge asks: below the path of the address, and never on to where an answer points.
        const response = await fetch(url.replace(/\/+$/, '') + path, {
          method,
          redirect: 'manual',
          headers: {
            ...(anonymous === true
              ? {}
              : { authorization: `Bearer ${puppet === true ? puppetToken : asToken}` }),
            ...(body === undefined
              ? {}
              : { 'content-type': typeof body === 'string' ? 'text/plain' : 'application/json' }),
          },
          ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
          signal: AbortSignal.timeout(requestTimeout),
        });
        return answerOf(response, await response.text(), Math.round(performance.now() - started));
      } catch (error) {
        return { kind: 'unreachable', code: codeOf(error) };
      }
    },
  };
}

function answerOf(response: Response, text: string, ms: number): ProbeAnswer {
  const date = Date.parse(response.headers.get('date') ?? '');
  return {
    kind: 'answer',
    status: response.status,
    text,
    json: objectOf(text),
    date: Number.isNaN(date) ? undefined : date,
    ms,
  };
}

/** Stands in for the bridge: answers the ping, and puts everything else off so that nothing is lost. */
function pingListener(bind: BridgeConfig['matrix']['appservice']['bind'], hsToken: string): PingListener {
  return {
    listen: async () => {
      const server = createServer((request, response) => {
        const known = request.headers.authorization === `Bearer ${hsToken}`;
        const isPing = request.method === 'POST' && request.url?.split('?')[0] === '/_matrix/app/v1/ping';
        response
          .writeHead(known ? (isPing ? 200 : 503) : 403, { 'content-type': 'application/json' })
          .end('{}');
      });
      const started = Promise.withResolvers<string | undefined>();
      server.once('error', (error) => started.resolve(codeOf(error)));
      server.listen(bind.port, bind.host, () => started.resolve(undefined));
      const code = await started.promise;
      if (code === 'EADDRINUSE') return { kind: 'in-use' };
      if (code !== undefined) return { kind: 'failed', code };
      return {
        kind: 'listening',
        [Symbol.asyncDispose]: async () => {
          const closed = Promise.withResolvers<undefined>();
          server.close(() => closed.resolve(undefined));
          server.closeAllConnections();
          await closed.promise;
        },
      };
    },
  };
}

function databaseProbe({ storage, requests: limits }: BridgeConfig): DatabaseProbe {
  return {
    look: async () => {
      try {
        const looked = await inspectStorage(storage);
        const { dialect, schema, holder, waitingForKey, unfollowed, requests } = looked;
        const engine = dialect === 'sqlite' ? 'SQLite' : 'PostgreSQL';
        return {
          kind: 'open',
          engine,
          schema,
          waitingForKey,
          unfollowed,
          requests: { count: requests.requests, fill: fullness(requests, requestLimits(limits)) },
          holder: holder === undefined ? undefined : `${holder.host}, ${holder.pid}`,
        };
      } catch (error) {
        if (!(error instanceof StorageError)) throw error;
        if (error.code === 'wrong-key') return { kind: 'wrong-key' };
        if (error.code === 'newer-database') return { kind: 'newer' };
        return { kind: 'failed', code: error.driverCode ?? error.code };
      }
    },
  };
}

/** Where the bridge runs, its own word counts. Where none does, the link is tried for a moment. */
function linkProbe(network: Network, bridge: BridgeProbe, log: Log): LinkProbe {
  return {
    network: network.id,
    look: async () => {
      const running = await bridge.look();
      return running?.find(({ name }) => name === network.id) ?? tried(network, log);
    },
  };
}

function asked(bridge: BridgeProbe): (network: NetworkId) => LinkProbe {
  return (network) => ({
    network,
    look: async () => (await bridge.look())?.find(({ name }) => name === network),
  });
}

async function tried(network: Network, log: Log): Promise<Pick<BridgePart, 'state' | 'trouble'>> {
  const stop = new AbortController();
  const changed = Promise.withResolvers<undefined>();
  const running = await network.start(
    refusingSink(() => changed.resolve(undefined)),
    stop.signal,
  );
  try {
    const patience = setTimeout(() => changed.resolve(undefined), linkPatience);
    if (running.health().kind !== 'up') await changed.promise;
    clearTimeout(patience);
    const health = running.health();
    return health.kind === 'up'
      ? { state: 'ok', trouble: undefined }
      : { state: 'failed', trouble: linkTrouble(health) };
  } finally {
    stop.abort();
    await task(log, 'doctor link', async () => running[Symbol.asyncDispose]());
  }
}

/** Keeps nothing and so lets nothing be acknowledged. */
function refusingSink(up: () => void): EventSink {
  return {
    receive: async () => Promise.reject(new Error('the doctor keeps nothing')),
    reachable: async () => 'unsure',
    signal: () => undefined,
    groups: async () => [],
    reached: () => undefined,
    displayName: async () => undefined,
    avatar: async () => undefined,
    profileChanged: () => undefined,
    linkChanged: (health) => {
      if (health.kind === 'up') up();
    },
  };
}

function objectOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '–';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error.cause === undefined ? error.name : codeOf(error.cause);
}
