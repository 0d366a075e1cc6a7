import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import type { LoopbackWorld } from '../../src/networks/loopback/index.ts';
import { startBridge } from '../../src/bridge.ts';
import { bridgeConfig, configSchema } from '../../src/config-schema.ts';
import type { OpenEngine } from '../../src/encryption.ts';
import type { Log } from '../../src/core/task.ts';
import type { LinkTimes } from '../../src/networks/xmpp/index.ts';
import { newPuppetRegistration, parseRegistration } from '../../src/registration.ts';
import { freePort } from './free-port.ts';
import { RecordingLog } from './recording-log.ts';
import { startSynapse, type Synapse } from './synapse.ts';

const READY_MS = 30_000;

/** What a bridge under test is to bridge to. */
export interface BridgeOptions {
  /** Where its database and the homeserver's files live. */
  readonly dir: string;
  /** The part of the configuration under `networks`. */
  readonly networks: Readonly<Record<string, unknown>>;
  readonly maxMediaBytes: number;
  readonly loopbackWorld?: LoopbackWorld;
  readonly log?: Log;
  /** Laid over the generated sections of the configuration, key by key. */
  readonly config?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly xmppTimes?: LinkTimes;
  /** What opens the crypto engine, where a test is to make it fail. */
  readonly openEngine?: OpenEngine;
  /** Whether the bridge makes its rooms encrypted; by default it does not, for people whose clients cannot read those. */
  readonly encrypted?: boolean;
  /** Whether the registration gives the bridge aliases of rooms; by default it does. */
  readonly aliases?: boolean;
  /** Whether the homeserver has a second registration, by which the bridge acts as its users. */
  readonly doublePuppeting?: boolean;
  /** What stands before the homeserver for the bridge, or before the bridge for the homeserver: a port for a port. */
  readonly detours?: {
    readonly toHomeserver?: (port: number) => Promise<number>;
    readonly toBridge?: (port: number) => Promise<number>;
  };
}

/** A homeserver with the bridge on it. */
export interface BridgedHomeserver extends AsyncDisposable {
  readonly synapse: Synapse;
  readonly botUserId: string;
  /** Where the bridge itself listens, without a detour. */
  readonly bridgeUrl: string;
  readonly hsToken: string;
  readonly databaseFile: string;
  readonly asToken: string;
  /** The Matrix user ID of the ghost of a remote user. */
  ghostOf(network: string, remote: string): string;
  /** Stops the bridge, does what is given, starts it again on the same database, and waits until it is connected. */
  restart(meanwhile?: () => Promise<void>): Promise<void>;
}

/** Starts a homeserver, and the bridge in this process. */
export async function startBridged(options: BridgeOptions): Promise<BridgedHomeserver> {
  const port = await freePort();
  const tokens = { as: randomBytes(32).toString('hex'), hs: randomBytes(32).toString('hex') };
  const registration = join(options.dir, 'registration.yaml');
  const reached = (await options.detours?.toBridge?.(port)) ?? port;
  await writeFile(registration, stringify(registrationOf(reached, tokens, options.aliases ?? true)));
  const registrations = [registration];
  const puppets = options.doublePuppeting === true ? await puppetRegistration(options.dir) : undefined;
  if (puppets !== undefined) registrations.push(puppets.file);
  const synapse = await startSynapse({ dir: join(options.dir, 'synapse'), registrations });
  const direct = Number(new URL(synapse.baseUrl).port);
  const homeserver = (await options.detours?.toHomeserver?.(direct)) ?? direct;
  const start = (): Promise<AsyncDisposable> =>
    run(options, `http://127.0.0.1:${homeserver}`, synapse.serverName, port, {
      ...tokens,
      puppet: puppets?.token,
    });
  let bridge = await start();
  return {
    synapse,
    botUserId: `@causeway:${synapse.serverName}`,
    bridgeUrl: `http://127.0.0.1:${port}`,
    hsToken: tokens.hs,
    databaseFile: databaseIn(options.dir),
    asToken: tokens.as,
    ghostOf: (network, remote) => `@_${network}_${remote.replaceAll('@', '=40')}:${synapse.serverName}`,
    restart: async (meanwhile) => {
      await bridge[Symbol.asyncDispose]();
      await meanwhile?.();
      bridge = await start();
    },
    [Symbol.asyncDispose]: async () => {
      await bridge[Symbol.asyncDispose]();
      await synapse.stop();
    },
  };
}

function databaseIn(dir: string): string {
  return join(dir, 'bridge.sqlite');
}

interface Tokens {
  readonly as: string;
  readonly hs: string;
  readonly puppet?: string | undefined;
}

/** Writes the second registration as the command line does. */
export async function puppetRegistration(
  dir: string,
): Promise<{ readonly file: string; readonly token: string }> {
  const file = join(dir, 'doublepuppet.yaml');
  const text = newPuppetRegistration({ id: 'causeway', domain: 'localhost', senderLocalpart: '_causeway' });
  const read = parseRegistration(text);
  if (read.kind !== 'registration') throw new Error('the second registration cannot be read');
  await writeFile(file, text);
  return { file, token: read.registration.as_token };
}

function registrationOf(port: number, tokens: Tokens, aliases: boolean): Readonly<Record<string, unknown>> {
  return {
    id: 'causeway',
    url: `http://127.0.0.1:${port}`,
    as_token: tokens.as,
    hs_token: tokens.hs,
    sender_localpart: '_causeway',
    rate_limited: false,
    receive_ephemeral: true,
    namespaces: {
      users: [
        { exclusive: true, regex: '@_(loopback|xmpp|thirdparty|whatsapp)_.*:.*' },
        { exclusive: true, regex: '@causeway:.*' },
      ],
      ...(aliases ? { aliases: [{ exclusive: true, regex: '#_(loopback|xmpp|thirdparty|whatsapp)_.*:.*' }] } : {}),
    },
    protocols: ['loopback', 'xmpp', 'thirdparty', 'whatsapp'],
  };
}

async function run(
  options: BridgeOptions,
  url: string,
  domain: string,
  port: number,
  tokens: Tokens,
): Promise<AsyncDisposable> {
  const { loopbackWorld, xmppTimes, openEngine, config = {} } = options;
  const { homeserver, appservice, storage, ...sections } = config;
  const file = configSchema.parse({
    homeserver: { url, domain, ...homeserver },
    appservice: { bind: { host: '127.0.0.1', port }, ...appservice },
    maxMediaBytes: options.maxMediaBytes,
    messageStatus: 'all',
    storage: { file: databaseIn(options.dir), key: '00'.repeat(32), ...storage },
    networks: options.networks,
    // Who has to opt in is what tests of opting in say.
    reach: { xmpp: { optIn: 'automatic' }, loopback: { optIn: 'automatic' } },
    ...sections,
    // Most of them take a first message to open a chat.
    requests: { enabled: false, ...sections['requests'] },
    // Tests take the next invitation to be to a chat.
    rooms: { spaces: false, ...sections['rooms'] },
    // Most of them read rooms with clients that cannot encrypt.
    encryption: { ...(options.encrypted === true ? {} : { allow: false }), ...sections['encryption'] },
  });
  const bridge = await startBridge({
    config: bridgeConfig(file, { asToken: tokens.as, hsToken: tokens.hs, puppetToken: tokens.puppet }),
    log: options.log ?? new RecordingLog(),
    version: 'test',
    ...(loopbackWorld === undefined ? {} : { loopbackWorld }),
    ...(xmppTimes === undefined ? {} : { xmppTimes }),
    ...(openEngine === undefined ? {} : { openEngine }),
  });
  await ready(bridge.port);
  return bridge;
}

/** Resolves once the homeserver and all networks are connected: before that an XMPP server bounces messages. */
async function ready(port: number): Promise<void> {
  for (const end = Date.now() + READY_MS; ;) {
    const response = await fetch(`http://127.0.0.1:${port}/ready`);
    const said = await response.text();
    if (response.ok) return;
    if (Date.now() > end) throw new Error(`The bridge is not ready: ${said}`);
    await sleep(50);
  }
}
