import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { findProgram } from './find-program.ts';
import { freePort } from './free-port.ts';
import {
  accountFile,
  prosodyConfig,
  uploadDomain,
  type ProsodyComponent,
  type RoomModules,
} from './prosody-config.ts';
import { ServerProcess, type ServerControl } from './server-process.ts';

/** What a caller may choose about the XMPP server. */
export interface ProsodyOptions {
  /** Where its files live; made when missing. */
  readonly dir: string;
  readonly components: readonly ProsodyComponent[];
  readonly users: readonly { readonly local: string; readonly password: string }[];
  readonly domain?: string;
  readonly c2sPort?: number;
  readonly componentPort?: number;
  /** Lua appended to the generated configuration; it belongs to the last component. */
  readonly extra?: string;
  readonly roomModules?: RoomModules;
}

/** A running XMPP server of one's own, on loopback alone. */
export interface Prosody extends ServerControl {
  /** The domain of the accounts, which is not resolved: connect to 127.0.0.1. */
  readonly domain: string;
  /** `xmpp://127.0.0.1:port` for clients. */
  readonly service: string;
  /** `xmpp://127.0.0.1:port` for external components. */
  readonly componentService: string;
  readonly c2sPort: number;
  readonly componentPort: number;
  readonly httpPort: number;
  /** The address to ask for upload slots (XEP-0363). */
  readonly uploadDomain: string;
  /** What upload and download addresses begin with. */
  readonly uploadUrl: string;
  /** The domain of group chats (XEP-0045). */
  readonly roomsDomain: string;
  /** Makes an account, or changes its password; the server need not be restarted. `domain` is another host of it. */
  addUser(
    local: string,
    password: string,
    domain?: string,
  ): Promise<{ readonly jid: string; readonly password: string }>;
}

/** Starts a fresh Prosody in `dir` and waits until its ports answer; rejects with the end of its log. */
export async function startProsody(options: ProsodyOptions): Promise<Prosody> {
  const program = findProgram('prosody');
  if (program === undefined) {
    throw new Error('Prosody is not installed. On Debian: apt-get install prosody prosody-modules');
  }
  const ports = {
    c2sPort: options.c2sPort ?? (await freePort()),
    componentPort: options.componentPort ?? (await freePort()),
    httpPort: await freePort(),
  };
  const domain = options.domain ?? 'xmpp.localhost';
  const { dir, components, extra = '', roomModules } = options;
  await mkdir(join(dir, 'data'), { recursive: true });
  await writeFile(
    join(dir, 'prosody.cfg.lua'),
    prosodyConfig({ dir, domain, components, extra, roomModules, ...ports }),
  );
  // Prosody opens the port for components only when it expects one.
  const { c2sPort, componentPort, httpPort } = ports;
  const awaited = components.length === 0 ? [c2sPort, httpPort] : [c2sPort, httpPort, componentPort];
  const server = new ProsodyServer(program, dir, domain, ports, awaited);
  for (const { local, password } of options.users) await server.addUser(local, password);
  await server.start();
  return server;
}

interface Ports {
  readonly c2sPort: number;
  readonly componentPort: number;
  readonly httpPort: number;
}

class ProsodyServer extends ServerProcess implements Prosody {
  readonly domain: string;
  readonly c2sPort: number;
  readonly componentPort: number;
  readonly httpPort: number;
  readonly #dir: string;

  constructor(program: string, dir: string, domain: string, ports: Ports, awaited: readonly number[]) {
    super({
      name: 'Prosody',
      program,
      args: ['-F', '--config', join(dir, 'prosody.cfg.lua')],
      cwd: dir,
      logFile: join(dir, 'prosody.log'),
      ready: async () => {
        await Promise.all(awaited.map((port) => answers(port)));
        return true;
      },
    });
    this.domain = domain;
    this.c2sPort = ports.c2sPort;
    this.componentPort = ports.componentPort;
    this.httpPort = ports.httpPort;
    this.#dir = dir;
  }

  get service(): string {
    return `xmpp://127.0.0.1:${this.c2sPort}`;
  }

  get componentService(): string {
    return `xmpp://127.0.0.1:${this.componentPort}`;
  }

  get uploadDomain(): string {
    return uploadDomain(this.domain);
  }

  get uploadUrl(): string {
    return `http://127.0.0.1:${this.httpPort}/file_share/`;
  }

  get roomsDomain(): string {
    return `rooms.${this.domain}`;
  }

  async addUser(
    local: string,
    password: string,
    domain = this.domain,
  ): Promise<{ jid: string; password: string }> {
    const { path, content } = accountFile(domain, local, password);
    const file = join(this.#dir, 'data', path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
    return { jid: `${local}@${domain}`, password };
  }
}

function answers(port: number): Promise<boolean> {
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  const socket = connect(port, '127.0.0.1');
  socket.once('connect', () => {
    socket.destroy();
    resolve(true);
  });
  socket.once('error', reject);
  return promise;
}
