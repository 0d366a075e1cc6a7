import { createHmac, randomBytes } from 'node:crypto';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { passwordLogin, type MatrixSession } from './matrix-login.ts';
import { ServerProcess, type ServerControl } from './server-process.ts';
import { synapseFiles } from './synapse-config.ts';
import { synapsePython } from './synapse-venv.ts';

/** What a caller may choose about the homeserver. */
export interface SynapseOptions {
  /** Where its files live; made when missing. */
  readonly dir: string;
  /** Paths of application service registrations. */
  readonly registrations: readonly string[];
  readonly port?: number;
  readonly serverName?: string;
  readonly logLevel?: 'DEBUG' | 'INFO' | 'WARNING' | 'ERROR';
  readonly roomVersion?: string;
  /** Laid over the generated homeserver.yaml, key by key. */
  readonly config?: Readonly<Record<string, unknown>>;
}

/** An account as it was registered. */
export interface MatrixAccount {
  readonly userId: string;
  readonly password: string;
}

/** A running homeserver of one's own, on loopback alone. */
export interface Synapse extends ServerControl {
  readonly baseUrl: string;
  readonly serverName: string;
  /** Registers an account by the shared secret; `name` is the localpart. */
  createUser(name: string, password: string, admin?: boolean): Promise<MatrixAccount>;
  /** Logs in with a password; `user` is a localpart or a full user id. */
  login(user: string, password: string): Promise<MatrixSession>;
}

/** Starts a fresh Synapse on SQLite in `dir` and waits until it answers; rejects with the end of its log. */
export async function startSynapse(options: SynapseOptions): Promise<Synapse> {
  await access(synapsePython()).catch((cause: unknown) => {
    throw new Error('Synapse is not installed: run npm run setup:synapse', { cause });
  });
  await mkdir(options.dir, { recursive: true });
  const port = options.port ?? (await freePort());
  const sharedSecret = randomBytes(32).toString('hex');
  const serverName = options.serverName ?? 'localhost';
  const files = synapseFiles({
    dir: options.dir,
    serverName,
    port,
    sharedSecret,
    registrations: options.registrations,
    logLevel: options.logLevel ?? 'WARNING',
    roomVersion: options.roomVersion ?? '11',
    overrides: options.config ?? {},
  });
  for (const [name, content] of Object.entries(files)) await writeFile(join(options.dir, name), content);
  const server = new SynapseServer(options.dir, port, serverName, sharedSecret);
  await server.start();
  return server;
}

class SynapseServer extends ServerProcess implements Synapse {
  readonly baseUrl: string;
  readonly serverName: string;
  readonly #sharedSecret: string;

  constructor(dir: string, port: number, serverName: string, sharedSecret: string) {
    const baseUrl = `http://127.0.0.1:${port}`;
    super({
      name: 'Synapse',
      program: synapsePython(),
      args: ['-m', 'synapse.app.homeserver', '-c', join(dir, 'homeserver.yaml')],
      cwd: dir,
      logFile: join(dir, 'synapse.log'),
      env: { PYTHONUNBUFFERED: '1' },
      ready: async () =>
        (await fetch(`${baseUrl}/_matrix/client/versions`, { signal: AbortSignal.timeout(2_000) })).ok,
    });
    this.baseUrl = baseUrl;
    this.serverName = serverName;
    this.#sharedSecret = sharedSecret;
  }

  async createUser(name: string, password: string, admin = false): Promise<MatrixAccount> {
    const path = '/_synapse/admin/v1/register';
    const { nonce } = await this.#json('GET', path);
    const words = [String(nonce), name, password, admin ? 'admin' : 'notadmin'];
    const mac = createHmac('sha1', this.#sharedSecret).update(words.join('\0')).digest('hex');
    const answer = await this.#json('POST', path, { nonce, username: name, password, admin, mac });
    return { userId: String(answer['user_id']), password };
  }

  login(user: string, password: string): Promise<MatrixSession> {
    return passwordLogin(this.baseUrl, user, password);
  }

  async #json(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
    const response = await fetch(this.baseUrl + path, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} got ${response.status}: ${text}`);
    return JSON.parse(text) as Record<string, unknown>;
  }
}
