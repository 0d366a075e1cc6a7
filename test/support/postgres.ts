import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { findProgram } from './find-program.ts';
import { freePort } from './free-port.ts';
import { ServerProcess, type ServerControl } from './server-process.ts';

/** A running database server of one's own, on loopback alone, with its durability as PostgreSQL ships it. */
export interface Postgres extends ServerControl {
  readonly port: number;
  /** The address of a database of that name. */
  url(database: string): string;
  /** Makes an empty database and resolves to its address. */
  createDatabase(name: string): Promise<string>;
  /** Drops a database, and whoever is connected to it. */
  dropDatabase(name: string): Promise<void>;
}

/** An account of the system that PostgreSQL may run under. */
interface Account {
  readonly uid: number;
  readonly gid: number;
}

const SUPERUSER = 'causeway';
const run = promisify(execFile);

/**
 * Starts a fresh cluster in `dir` and waits until it answers; rejects with the end of its log. PostgreSQL
 * refuses to run as root: root starts it as the account `postgres`, which must be able to enter `dir`.
 */
export async function startPostgres(options: { readonly dir: string }): Promise<Postgres> {
  const data = join(options.dir, 'data');
  await mkdir(data, { recursive: true, mode: 0o700 });
  const account = process.getuid?.() === 0 ? postgresAccount() : undefined;
  if (account !== undefined) await chown(data, account.uid, account.gid);
  await initialise(data, account);
  const server = new PostgresServer(options.dir, data, await freePort(), account);
  await server.start();
  return server;
}

class PostgresServer extends ServerProcess implements Postgres {
  readonly port: number;

  constructor(dir: string, data: string, port: number, account: Account | undefined) {
    super({
      name: 'PostgreSQL',
      program: postgresProgram('postgres'),
      args: [
        '-D',
        data,
        '-p',
        `${port}`,
        '-c',
        'listen_addresses=127.0.0.1',
        '-c',
        'unix_socket_directories=',
      ],
      cwd: data,
      logFile: join(dir, 'postgres.log'),
      stopSignal: 'SIGINT',
      ...(account === undefined ? {} : { account }),
      ready: async () => {
        await this.#query('SELECT 1');
        return true;
      },
    });
    this.port = port;
  }

  url(database: string): string {
    return `postgres://${SUPERUSER}@127.0.0.1:${this.port}/${encodeURIComponent(database)}`;
  }

  async createDatabase(name: string): Promise<string> {
    await this.#query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
    return this.url(name);
  }

  async dropDatabase(name: string): Promise<void> {
    await this.#query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`);
  }

  async #query(sql: string): Promise<void> {
    const client = new pg.Client({ connectionString: this.url('postgres'), connectionTimeoutMillis: 2_000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query(sql);
    } finally {
      await client.end();
    }
  }
}

async function initialise(data: string, account: Account | undefined): Promise<void> {
  const args = ['-D', data, '-U', SUPERUSER, '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
  try {
    await run(postgresProgram('initdb'), args, { cwd: data, ...account });
  } catch (cause) {
    const why =
      account === undefined ? '' : ` The account postgres (${account.uid}) must be able to enter it.`;
    throw new Error(`initdb failed in ${data}.${why}`, { cause });
  }
}

function postgresProgram(name: string): string {
  const program = findProgram(name, debianFolders());
  if (program === undefined) {
    throw new Error(`PostgreSQL (${name}) is not installed. On Debian: apt-get install postgresql`);
  }
  return program;
}

/** Debian keeps the server's programs out of PATH; the newest version comes first. */
function debianFolders(): readonly string[] {
  const root = '/usr/lib/postgresql';
  try {
    const versions = readdirSync(root).sort((a, b) => Number(b) - Number(a));
    return versions.map((version) => join(root, version, 'bin'));
  } catch {
    return [];
  }
}

function postgresAccount(): Account {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith('postgres:'));
  const [, , uid, gid] = line?.split(':') ?? [];
  if (uid === undefined || gid === undefined) {
    throw new Error('PostgreSQL does not run as root, and there is no account postgres to run it under.');
  }
  return { uid: Number(uid), gid: Number(gid) };
}
