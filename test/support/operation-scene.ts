import { randomBytes, randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { networksOf, startBridge, type Bridge } from '../../src/bridge.ts';
import { bridgeConfig, configSchema, type BridgeConfig } from '../../src/config-schema.ts';
import { doctorContext } from '../../src/doctor-probes.ts';
import { examine } from '../../src/doctor/examine.ts';
import { reportText } from '../../src/doctor/report.ts';
import { newRegistration, readRegistration, type Registration } from '../../src/registration.ts';
import { eventually } from '../conformance/eventually.ts';
import { FaultProxy } from './fault-proxy.ts';
import { freePort } from './free-port.ts';
import { startProsody, type Prosody } from './prosody.ts';
import { RecordingLog } from './recording-log.ts';
import { makeRunDir } from './run-dir.ts';
import { startSynapse, type Synapse } from './synapse.ts';

const patience = 60_000;
const homeserver = { requestTimeoutMs: 4_000, probeIntervalMs: 300, pingIntervalMs: 500 };
const health = {
  homeserverSlow: 800,
  databaseSlow: 250,
  backlogStuck: 600_000,
  clockOff: 30_000,
  linkSilent: 1_000,
  flapWindow: 20_000,
};
const xmppTimes = {
  ...{ backOff: { firstMs: 100, longestMs: 500 }, hopelessMs: 500 },
  ...{ connectMs: 1_500, idleMs: 1_000, answerMs: 1_500 },
};

/** What is otherwise about a bridge than that all is well. */
export interface Otherwise {
  readonly asToken?: string;
  readonly hsToken?: string;
  readonly secret?: string;
  /** The database: the path of a SQLite file, or a PostgreSQL address. */
  readonly database?: string;
  readonly health?: Partial<typeof health>;
}

/** How `/ready` says that a part is. */
export interface PartSaid {
  readonly state: string;
  readonly since: string;
  readonly code?: string;
  readonly what?: string;
}

/** A bridge in this process, with what an operator sees of it. */
export interface OperatedBridge extends AsyncDisposable {
  readonly bridge: Bridge;
  readonly config: BridgeConfig;
  readonly databaseFile: string;
  ready(): Promise<{ readonly status: number; readonly parts: Readonly<Record<string, PartSaid>> }>;
  /** Resolves once `/ready` says so: `state code` of a part, or `ok`. */
  until(part: string, said: string): Promise<PartSaid>;
  /** Resolves once all is well. */
  untilWell(): Promise<void>;
  metrics(): Promise<string>;
  /** The sum of a metric over all series whose labels match. */
  metric(name: string, labels?: RegExp): Promise<number>;
  /** Resolves once a metric has risen above a value: what the homeserver asks and answers goes on meanwhile. */
  rises(name: string, labels: RegExp, above?: number): Promise<void>;
  /** What the doctor tells people. */
  doctor(): Promise<string>;
}

/** Real servers, each behind a proxy that has faults on demand, and one bridge after the other on them. */
export interface OperationScene extends AsyncDisposable {
  readonly dir: string;
  readonly synapse: Synapse;
  readonly prosody: Prosody;
  readonly toHomeserver: FaultProxy;
  readonly toBridge: FaultProxy;
  readonly toXmpp: FaultProxy;
  readonly componentDomain: string;
  readonly botUserId: string;
  start(otherwise?: Otherwise): Promise<OperatedBridge>;
}

export async function makeOperationScene(name: string): Promise<OperationScene> {
  await using stack = new AsyncDisposableStack();
  const dir = stack.use(await makeRunDir(name)).path;
  const component = { domain: 'matrix.xmpp.localhost', secret: randomUUID() };
  const prosody = stack.use(
    await startProsody({ dir: join(dir, 'prosody'), components: [component], users: [] }),
  );
  const toXmpp = stack.use(await FaultProxy.before(prosody.componentPort));
  const port = await freePort();
  const toBridge = stack.use(await FaultProxy.before(port));
  const text = newRegistration({
    ...{ id: 'causeway', url: `http://127.0.0.1:${toBridge.port}`, domain: 'localhost' },
    ...{ senderLocalpart: '_causeway', botLocalpart: 'causeway', ghostPrefix: '_', networks: ['xmpp'] },
  });
  const file = join(dir, 'registration.yaml');
  await writeFile(file, text);
  const { registration } = readAs('registration', readRegistration(file));
  const synapse = stack.use(await startSynapse({ dir: join(dir, 'synapse'), registrations: [file] }));
  const toHomeserver = stack.use(await FaultProxy.before(Number(new URL(synapse.baseUrl).port)));
  const configOf = (otherwise: Otherwise): BridgeConfig => {
    const database = otherwise.database ?? join(dir, 'bridge.sqlite');
    const parsed = configSchema.parse({
      homeserver: { url: `http://127.0.0.1:${toHomeserver.port}`, domain: 'localhost', ...homeserver },
      appservice: { bind: { host: '127.0.0.1', port } },
      messageStatus: 'all',
      // Whatever the database: the people's devices stay the same.
      encryption: { file: join(dir, 'keys.sqlite') },
      storage: {
        ...(database.startsWith('postgres') ? { url: database } : { file: database }),
        key: '00'.repeat(32),
      },
      networks: {
        xmpp: {
          ...{ service: `xmpp://127.0.0.1:${toXmpp.port}`, ...component, server: prosody.domain },
          ...(otherwise.secret === undefined ? {} : { secret: otherwise.secret }),
          media: { trusted_hosts: [new URL(prosody.uploadUrl).host] },
        },
      },
      permissions: { localhost: 'admin' },
      reach: { xmpp: { optIn: 'automatic' } },
      requests: { enabled: false },
      http: { health: { ...health, ...otherwise.health } },
    });
    return bridgeConfig(parsed, {
      asToken: otherwise.asToken ?? registration.as_token,
      hsToken: otherwise.hsToken ?? registration.hs_token,
    });
  };
  const all = stack.move();
  return {
    ...{ dir, synapse, prosody, toHomeserver, toBridge, toXmpp },
    ...{ componentDomain: component.domain, botUserId: '@causeway:localhost' },
    start: (otherwise = {}) => operate(configOf(otherwise), registration),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

function readAs<K extends string, T extends { readonly kind: string }>(
  kind: K,
  value: T,
): Extract<T, { readonly kind: K }> {
  if (value.kind !== kind) throw new Error(`this is ${value.kind}`);
  return value as Extract<T, { readonly kind: K }>;
}

export function wrongToken(): string {
  return randomBytes(32).toString('hex');
}

async function operate(config: BridgeConfig, registration: Registration): Promise<OperatedBridge> {
  const log = new RecordingLog();
  const bridge = await startBridge({ config, log, version: 'test', xmppTimes });
  const get = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${bridge.port}${path}`);
  const ready: OperatedBridge['ready'] = async () => {
    const response = await get('/ready');
    const { parts } = (await response.json()) as { readonly parts: Readonly<Record<string, PartSaid>> };
    return { status: response.status, parts };
  };
  const until: OperatedBridge['until'] = (name, said) => {
    let last = '';
    return eventually(
      `${name} to be called ${said}`,
      async () => {
        const part = (await ready()).parts[name];
        last = part === undefined ? 'nothing' : [part.state, part.code].filter(Boolean).join(' ');
        return last === said ? part : undefined;
      },
      patience,
    ).catch((cause: unknown) => {
      throw new Error(`${name} was called ${last} and not ${said}`, { cause });
    });
  };
  const metrics: OperatedBridge['metrics'] = async () => (await get('/metrics')).text();
  const metric: OperatedBridge['metric'] = async (name, labels = /^/) =>
    (await metrics())
      .split('\n')
      .flatMap((line) => /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line)?.slice(1) ?? [])
      .reduce((sum, part, index, parts) => {
        if (index % 3 !== 0 || part !== name || !labels.test(parts[index + 1] ?? '')) return sum;
        return sum + Number(parts[index + 2]);
      }, 0);
  return {
    ...{ bridge, config, databaseFile: config.storage.file, ready, until, metrics },
    untilWell: async () => {
      await eventually(
        'all parts to be well',
        async () => Object.values((await ready()).parts).every(({ state }) => state === 'ok') || undefined,
        patience,
      );
    },
    metric,
    rises: async (name, labels, above = 0) => {
      await eventually(
        `${name} to rise`,
        async () => (await metric(name, labels)) > above || undefined,
        patience,
      );
    },
    doctor: async () => {
      const networks = networksOf({ config, log, version: 'test', xmppTimes });
      return reportText(
        'en',
        await examine(doctorContext({ config, registration, puppetRegistration: undefined, networks, log })),
      );
    },
    [Symbol.asyncDispose]: () => bridge[Symbol.asyncDispose](),
  };
}
