import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { BRIDGE_MAIN, BridgeProcess, withoutSettings } from './bridge-process.ts';
import { freePort } from './free-port.ts';
import { MatrixUser } from './matrix-user.ts';
import { startSynapse, type Synapse } from './synapse.ts';

type Json = Readonly<Record<string, unknown>>;

/** What a stack is to be. */
export interface NetworkStackOptions {
  readonly dir: string;
  readonly serverName?: string;
  /** The part of the bridge's configuration under `networks`, in the words of the file. */
  readonly networks: Json;
  /** Laid over the rest of the configuration, section by section. */
  readonly config?: Json;
}

/** A homeserver and the bridge as a process of its own, without an XMPP server. Rooms are encrypted. */
export interface NetworkStack extends AsyncDisposable {
  readonly synapse: Synapse;
  readonly bridge: BridgeProcess;
  readonly botUserId: string;
  readonly storage: { readonly file: string };
  ghostOf(network: string, remote: string): string;
  /** A new user of the homeserver at a client that encrypts; stopped with the stack. */
  matrixUser(name: string): Promise<MatrixUser>;
}

/** The password of every user of a stack. */
export const stackPassword = 'a password';
const run = promisify(execFile);

/** Starts Synapse and then the bridge; resolves when the bridge is ready. */
export async function startNetworkStack(options: NetworkStackOptions): Promise<NetworkStack> {
  await using started = new AsyncDisposableStack();
  const { dir, serverName = 'localhost' } = options;
  await mkdir(dir, { recursive: true });
  const [port, synapsePort] = [await freePort(), await freePort()];
  const [configFile, registration] = [join(dir, 'config.yaml'), join(dir, 'registration.yaml')];
  const storage = { file: join(dir, 'bridge.db') };
  const config = {
    homeserver: { url: `http://127.0.0.1:${synapsePort}`, domain: serverName },
    appservice: { bind: { host: '127.0.0.1', port }, registration },
    storage: { ...storage, key: randomBytes(32).toString('hex') },
    networks: options.networks,
    logging: { level: 'info', redact_ids: false },
    rooms: { spaces: false },
    message_status: 'all',
    ...options.config,
  };
  await writeFile(configFile, stringify(config));
  const args = [BRIDGE_MAIN, '-r', '-u', `http://127.0.0.1:${port}`, '-c', configFile, '-f', registration];
  await run(process.execPath, args, { cwd: dir, env: { ...process.env, ...withoutSettings } });
  const synapse = started.use(
    await startSynapse({
      ...{ dir: join(dir, 'synapse'), serverName },
      ...{ registrations: [registration], port: synapsePort },
    }),
  );
  const bridge = started.use(new BridgeProcess({ dir, configFile, port }));
  await bridge.start();
  await bridge.untilReady();
  const all = started.move();
  return {
    ...{ synapse, bridge, storage, botUserId: `@causeway:${serverName}` },
    ghostOf: (network, remote) => `@_${network}_${remote.replaceAll('@', '=40')}:${serverName}`,
    matrixUser: async (name) => {
      const { userId, password } = await synapse.createUser(name, stackPassword);
      const { baseUrl } = synapse;
      const login = { baseUrl, userId, password, displayName: name, encryption: {} };
      return all.use(await MatrixUser.login(login));
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
