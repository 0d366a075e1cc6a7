/** The third-party app of the demo: what the bridge is told of it, and what it is told of the bridge. */
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { createLog } from '../../src/log.ts';
import { freePort } from '../../test/support/free-port.ts';
import { providerSchema } from '../partner-app/config.ts';
import { openProvider, type Provider } from '../partner-app/provider.ts';

/** What is settled of the app before anything runs. */
export interface AppPlan {
  /** Where the app keeps everything. */
  readonly folder: string;
  /** What `npm run partner-app` is started with. */
  readonly configFile: string;
  readonly appPort: number;
  /** Where the bridge serves third-party apps. */
  readonly hostPort: number;
  readonly hostUrl: string;
}

/** What the bridge and the app call each other by. */
export const app = { integrator: 12, name: 'bird', shownName: 'Bird', domain: 'bird.example' } as const;

const loopback = '127.0.0.1';

export async function makeAppPlan(demoFolder: string): Promise<AppPlan> {
  const folder = join(demoFolder, app.name);
  const hostPort = await freePort();
  return {
    ...{ folder, configFile: join(folder, `${app.name}.yaml`), appPort: await freePort() },
    ...{ hostPort, hostUrl: `http://${loopback}:${hostPort}` },
  };
}

/** `networks.thirdparty`, as an administrator would write it for this app. */
export function hostConfig({ appPort, hostPort, hostUrl }: AppPlan): Readonly<Record<string, unknown>> {
  const url = `http://${loopback}:${appPort}`;
  return {
    listen: { host: loopback, port: hostPort },
    public_url: hostUrl,
    providers: [
      {
        ...{ id: app.integrator, name: app.name, domain: app.domain, identifier: 'email' },
        jwks_url: `${url}/.well-known/oauth/openid/jwks`,
        push_url: url,
        media_url: `${url}/media`,
        // The app is on loopback, without TLS.
        trusted_hosts: [loopback],
      },
    ],
  };
}

/** Writes the app's own configuration, with which a person can start it too. */
export async function configureApp(plan: AppPlan): Promise<void> {
  await mkdir(plan.folder, { recursive: true, mode: 0o700 });
  await writeFile(plan.configFile, stringify(appConfig(plan)), { mode: 0o600 });
}

/** Starts the app's server in this process; it has the bridge as its host. */
export async function startApp(stack: AsyncDisposableStack, plan: AppPlan): Promise<Provider> {
  const logFile = createWriteStream(join(plan.folder, `${app.name}.log`));
  stack.defer(() => void logFile.end());
  const log = createLog({ level: 'warn', redactIds: true, format: 'pretty' }, app.name, logFile);
  const provider = stack.use(await openProvider(providerSchema.parse(appConfig(plan)), log));
  await provider.meetAt(plan.hostUrl);
  return provider;
}

function appConfig({ folder, appPort, hostUrl }: AppPlan): Readonly<Record<string, unknown>> {
  return {
    integrator: app.integrator,
    name: app.shownName,
    issuer: app.name,
    identifier: 'email',
    listen: { host: loopback, port: appPort },
    folder,
    host_url: hostUrl,
    trusted_hosts: [loopback],
  };
}
