import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { puppetRegistration } from './bridge.ts';
import { FaultProxy } from './fault-proxy.ts';
import { freePort } from './free-port.ts';
import { startPostgres, type Postgres } from './postgres.ts';
import { startProsody, type Prosody, type ProsodyOptions } from './prosody.ts';
import { ServerProcess } from './server-process.ts';
import { startSynapse, type Synapse } from './synapse.ts';

/** What a stack is to be. */
export interface StackOptions {
  /** Where everything lives; others must be able to pass through it (PostgreSQL runs under its own account). */
  readonly dir: string;
  readonly database: 'sqlite' | 'postgres';
  /** The accounts on the XMPP server. */
  readonly xmppUsers: readonly { readonly local: string; readonly password: string }[];
  /** Whether a proxy that has faults on demand stands between the bridge and the XMPP server. */
  readonly faultyLink?: boolean;
  /** Whether a proxy of that kind stands between the bridge and the homeserver too. */
  readonly faultyHomeserver?: boolean;
  /** Whether the homeserver has a second registration, by which the bridge acts as its users. */
  readonly doublePuppeting?: boolean;
  /** Whether the bridge makes its rooms encrypted; by default it does not, for people whose clients cannot read those. */
  readonly encrypted?: boolean;
  /** What else is about the XMPP server. */
  readonly prosody?: Pick<ProsodyOptions, 'extra' | 'roomModules'>;
  /** Laid over the bridge's configuration, section by section. */
  readonly config?: Readonly<Record<string, unknown>>;
}

/** Real servers and the bridge as a process of its own. Disposal stops all of them. */
export interface Stack extends AsyncDisposable {
  readonly synapse: Synapse;
  readonly prosody: Prosody;
  readonly postgres: Postgres | undefined;
  readonly bridge: BridgeProcess;
  /** What stands between the bridge and the XMPP server, where that was asked for. */
  readonly link: FaultProxy | undefined;
  /** The same between the bridge and the homeserver. */
  readonly homeserverLink: FaultProxy | undefined;
  /** The domain of the bridge's XMPP component: `alice@<domain>` is the Matrix user alice. */
  readonly componentDomain: string;
  /** The Matrix user ID of the bridge's bot. */
  readonly botUserId: string;
  /** The Matrix user ID of the ghost of an XMPP user. */
  ghostOf(jid: string): string;
  /** Where the bridge keeps its state: the path of the SQLite file, or the address of the PostgreSQL database. */
  readonly storage: { readonly file: string } | { readonly url: string };
}

/** What runs the bridge. */
export const BRIDGE_MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const run = promisify(execFile);
/** Settings of the bridge in this process's own environment would go before the configuration file. */
export const withoutSettings: Readonly<Record<string, undefined>> = Object.fromEntries(
  Object.keys(process.env)
    .filter((name) => name.startsWith('CAUSEWAY_'))
    .map((name) => [name, undefined]),
);

/**
 * The bridge, started by its command line. `start` and `restart` resolve as soon as the process is there, so that it
 * can be killed at any moment of its life; `untilReady` waits until it works.
 */
export class BridgeProcess extends ServerProcess {
  readonly baseUrl: string;
  /** Variables of the environment for the next start. */
  readonly environment: Record<string, string | undefined>;

  constructor(options: { readonly dir: string; readonly configFile: string; readonly port: number }) {
    const environment: Record<string, string | undefined> = { ...withoutSettings };
    super({
      name: 'The bridge',
      program: process.execPath,
      args: [BRIDGE_MAIN, '-c', options.configFile],
      cwd: options.dir,
      logFile: join(options.dir, 'bridge.log'),
      env: environment,
      ready: async () => true,
    });
    this.environment = environment;
    this.baseUrl = `http://127.0.0.1:${options.port}`;
  }

  /** Resolves once database and links are there (`/ready`); rejects when the process ended or the time is over. */
  async untilReady(timeoutMs = 30_000): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (Date.now() < deadline) {
      if (!this.isRunning) throw new Error(`The bridge ended (${this.lastEnd}). See ${this.logFile}`);
      if (await this.isReady()) return;
      await sleep(25);
    }
    throw new Error(`The bridge is not ready after ${timeoutMs} ms. See ${this.logFile}`);
  }

  async isReady(): Promise<boolean> {
    return (await this.#get('/ready'))?.ok === true;
  }

  /** The value of a metric without labels, undefined where it cannot be had. */
  async metric(name: string): Promise<number | undefined> {
    const text = await (await this.#get('/metrics'))?.text();
    const line = text?.split('\n').find((candidate) => candidate.startsWith(`${name} `));
    return line === undefined ? undefined : Number(line.slice(name.length + 1));
  }

  async #get(path: string): Promise<Response | undefined> {
    try {
      return await fetch(this.baseUrl + path, { signal: AbortSignal.timeout(3_000) });
    } catch {
      return undefined;
    }
  }
}

/** Starts Synapse, Prosody and, where it is asked for, PostgreSQL, and then the bridge; resolves when it is ready. */
export async function startStack(options: StackOptions): Promise<Stack> {
  await using started = new AsyncDisposableStack();
  const { dir } = options;
  const port = await freePort();
  const component = { domain: 'matrix.xmpp.localhost', secret: randomBytes(16).toString('hex') };
  const postgres = options.database === 'postgres' ? started.use(await startPostgres({ dir })) : undefined;
  const prosody = started.use(
    await startProsody({
      ...{ dir: join(dir, 'prosody'), components: [component], users: options.xmppUsers },
      ...options.prosody,
    }),
  );
  const link =
    options.faultyLink === true ? started.use(await FaultProxy.before(prosody.componentPort)) : undefined;
  const service = link === undefined ? prosody.componentService : `xmpp://127.0.0.1:${link.port}`;
  const storage =
    postgres === undefined
      ? { file: join(dir, 'bridge.db') }
      : { url: await postgres.createDatabase('bridge') };
  const configFile = join(dir, 'config.yaml');
  const registration = join(dir, 'registration.yaml');
  const synapsePort = await freePort();
  const homeserverLink =
    options.faultyHomeserver === true ? started.use(await FaultProxy.before(synapsePort)) : undefined;
  const puppets = options.doublePuppeting === true ? (await puppetRegistration(dir)).file : undefined;
  const config = {
    homeserver: { url: `http://127.0.0.1:${homeserverLink?.port ?? synapsePort}`, domain: 'localhost' },
    appservice: { bind: { host: '127.0.0.1', port }, registration },
    storage: { ...storage, key: randomBytes(32).toString('hex') },
    networks: {
      xmpp: {
        ...{ service, ...component, server: prosody.domain },
        media: { trusted_hosts: [new URL(prosody.uploadUrl).host] },
      },
    },
    reach: { xmpp: { opt_in: 'automatic' } },
    logging: { level: 'info', redact_ids: false },
    rooms: { spaces: false },
    requests: { enabled: false },
    // Clients that cannot encrypt cannot read there.
    encryption: options.encrypted === true ? {} : { allow: false },
    ...(puppets === undefined ? {} : { double_puppeting: { registration: puppets } }),
    ...options.config,
  };
  await writeFile(configFile, stringify(config));
  const url = `http://127.0.0.1:${port}`;
  const env = { ...process.env, ...withoutSettings };
  await run(process.execPath, [BRIDGE_MAIN, '-r', '-u', url, '-c', configFile, '-f', registration], {
    cwd: dir,
    env,
  });
  const synapse = started.use(
    await startSynapse({
      dir: join(dir, 'synapse'),
      registrations: [registration, ...(puppets === undefined ? [] : [puppets])],
      port: synapsePort,
    }),
  );
  const bridge = started.use(new BridgeProcess({ dir, configFile, port }));
  await bridge.start();
  await bridge.untilReady();
  const all = started.move();
  return {
    ...{ synapse, prosody, postgres, bridge, link, homeserverLink, storage },
    componentDomain: component.domain,
    botUserId: `@causeway:${synapse.serverName}`,
    ghostOf: (jid) => `@_xmpp_${jid.replaceAll('@', '=40')}:${synapse.serverName}`,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
