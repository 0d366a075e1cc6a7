import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { freePort } from '../../test/support/free-port.ts';
import { startProsody, type Prosody } from '../../test/support/prosody.ts';
import { ServerProcess, type ServerControl } from '../../test/support/server-process.ts';
import { startSynapse, type Synapse } from '../../test/support/synapse.ts';
import { configureApp, hostConfig, makeAppPlan, type AppPlan } from './app-plan.ts';
import type { Progress } from './progress.ts';
import { projectPath } from './run-folder.ts';

/** The two servers and the bridge between them, running. */
export interface Servers {
  readonly synapse: Synapse;
  readonly prosody: Prosody;
  readonly bridge: ServerControl;
  readonly plan: Plan;
}

/** What is settled before anything runs. */
export interface Plan {
  readonly folder: string;
  readonly matrixDomain: string;
  readonly xmppDomain: string;
  /** The domain at which XMPP users reach Matrix users. */
  readonly component: string;
  readonly secret: string;
  readonly homeserverPort: number;
  readonly componentPort: number;
  readonly bridgePort: number;
  readonly bridgeUrl: string;
  readonly configFile: string;
  /** The third-party app, which has the bridge as its host. */
  readonly app: AppPlan;
  readonly registrationFile: string;
}

const run = promisify(execFile);

/** Configures and starts Synapse, Prosody and the bridge in `folder`; what has started is put on the stack. */
export async function startServers(
  stack: AsyncDisposableStack,
  folder: string,
  progress: Progress,
): Promise<Servers> {
  const plan = await makePlan(folder);
  await progress.step(
    'Writing the configuration and the registration of the bridge',
    () => configure(plan),
    () => ({ ok: true, text: `Configuration: ${plan.configFile}` }),
  );
  const prosody = await progress.step(
    'Starting Prosody',
    async () => stack.use(await startProsodyFor(plan)),
    ({ service }) => ({ ok: true, text: `Prosody (XMPP) runs: ${service}` }),
  );
  const synapse = await progress.step(
    'Starting Synapse',
    async () => stack.use(await startSynapseFor(plan)),
    ({ baseUrl }) => ({ ok: true, text: `Synapse (Matrix) runs: ${baseUrl}` }),
  );
  const bridge = await progress.step(
    'Starting the bridge',
    () => startBridge(stack, plan),
    () => ({ ok: true, text: `The bridge runs: ${plan.bridgeUrl}` }),
  );
  return { synapse, prosody, bridge, plan };
}

/** Whether a server has not ended. */
export function isRunning(server: ServerControl): boolean {
  try {
    return server.pid > 0;
  } catch {
    return false;
  }
}

async function makePlan(folder: string): Promise<Plan> {
  const bridgePort = await freePort();
  return {
    folder,
    matrixDomain: 'localhost',
    xmppDomain: 'xmpp.localhost',
    component: 'matrix.xmpp.localhost',
    secret: randomBytes(24).toString('hex'),
    homeserverPort: await freePort(),
    componentPort: await freePort(),
    bridgePort,
    bridgeUrl: `http://127.0.0.1:${bridgePort}`,
    configFile: join(folder, 'config.yaml'),
    app: await makeAppPlan(folder),
    registrationFile: join(folder, 'registration.yaml'),
  };
}

/** The configuration that an administrator would write, and the registration that the bridge writes from it. */
async function configure(plan: Plan): Promise<void> {
  const { folder, matrixDomain, component, secret, bridgeUrl, configFile, registrationFile } = plan;
  const config = {
    homeserver: { url: `http://127.0.0.1:${plan.homeserverPort}`, domain: matrixDomain },
    appservice: { url: bridgeUrl, bind: { port: plan.bridgePort }, registration: registrationFile },
    storage: { file: join(folder, 'causeway.db'), key: randomBytes(32).toString('hex') },
    networks: {
      xmpp: {
        service: `xmpp://127.0.0.1:${plan.componentPort}`,
        domain: component,
        secret,
        // The demo's own servers are on loopback, and so are the files that they keep.
        media: { allow_private_addresses: true },
      },
      thirdparty: hostConfig(plan.app),
    },
    permissions: { [matrixDomain]: 'user', [`@alice:${matrixDomain}`]: 'admin' },
    message_status: 'all',
    // Bob's first message is to open a chat.
    requests: { enabled: false },
  };
  await writeFile(configFile, stringify(config), { mode: 0o600 });
  await configureApp(plan.app);
  const args = ['-r', '-u', bridgeUrl, '-c', configFile, '-f', registrationFile];
  await run(process.execPath, [projectPath('src/main.ts'), ...args]);
}

function startProsodyFor(plan: Plan): Promise<Prosody> {
  return startProsody({
    dir: join(plan.folder, 'prosody'),
    domain: plan.xmppDomain,
    componentPort: plan.componentPort,
    components: [{ domain: plan.component, secret: plan.secret }],
    users: [],
  });
}

function startSynapseFor(plan: Plan): Promise<Synapse> {
  return startSynapse({
    dir: join(plan.folder, 'synapse'),
    serverName: plan.matrixDomain,
    port: plan.homeserverPort,
    registrations: [plan.registrationFile],
  });
}

async function startBridge(stack: AsyncDisposableStack, plan: Plan): Promise<ServerControl> {
  const bridge = new ServerProcess({
    name: 'The bridge',
    program: process.execPath,
    args: [projectPath('src/main.ts'), '-c', plan.configFile],
    cwd: plan.folder,
    logFile: join(plan.folder, 'bridge.log'),
    ready: async () => (await fetch(`${plan.bridgeUrl}/ready`, { signal: AbortSignal.timeout(2_500) })).ok,
  });
  stack.use(bridge);
  await bridge.start();
  return bridge;
}
