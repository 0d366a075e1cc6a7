import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import Database from 'better-sqlite3';

/** The release of Synapse that the tests and the demo run against. */
export const SYNAPSE_VERSION = '1.163.2';

const run = promisify(execFile);
const OLDEST_PYTHON = '3.10';

/** The folder that downloaded tools live in: `var/tools` of the project, or CAUSEWAY_TOOLS. */
export function toolsDir(): string {
  return process.env['CAUSEWAY_TOOLS'] ?? fileURLToPath(new URL('../../var/tools', import.meta.url));
}

/** The Python of the virtual environment that `installSynapse` fills. */
export function synapsePython(): string {
  return join(toolsDir(), 'synapse', 'bin', 'python');
}

/**
 * Puts the pinned Synapse into a virtual environment of the project, unless it is there already. Several
 * processes may call it at once: one installs, the others wait. Rejects with a text that says what to install.
 */
export async function installSynapse(report: (line: string) => void): Promise<void> {
  if ((await installedVersion()) === SYNAPSE_VERSION) {
    report(`Synapse ${SYNAPSE_VERSION} is installed in ${toolsDir()}.`);
    return;
  }
  await mkdir(toolsDir(), { recursive: true });
  const release = await takeLock(join(toolsDir(), 'synapse.lock'), report);
  try {
    await installOnce(report);
  } finally {
    release();
  }
}

async function installOnce(report: (line: string) => void): Promise<void> {
  if ((await installedVersion()) === SYNAPSE_VERSION) {
    report(`Synapse ${SYNAPSE_VERSION} was installed by another process.`);
    return;
  }
  await requirePython();
  const venv = join(toolsDir(), 'synapse');
  report(`Making a Python virtual environment in ${venv} ...`);
  await runVisibly('python3', ['-m', 'venv', '--clear', venv]);
  report(`Installing Synapse ${SYNAPSE_VERSION} into it (one to three minutes) ...`);
  await runVisibly(synapsePython(), [
    ...['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', '--progress-bar', 'off'],
    `matrix-synapse==${SYNAPSE_VERSION}`,
  ]);
  report(`Synapse ${SYNAPSE_VERSION} is installed.`);
}

async function installedVersion(): Promise<string | undefined> {
  const question = 'from importlib.metadata import version; print(version("matrix-synapse"))';
  try {
    const { stdout } = await run(synapsePython(), ['-c', question]);
    return stdout.trim();
  } catch {
    return undefined;
  }
}

async function requirePython(): Promise<void> {
  const question = `import sys, venv, ensurepip; sys.exit(sys.version_info < (${OLDEST_PYTHON.replace('.', ', ')}))`;
  try {
    await run('python3', ['-c', question]);
  } catch (cause) {
    throw new Error(
      `Synapse needs Python ${OLDEST_PYTHON} or later with its venv module. ` +
        'On Debian or Ubuntu: apt-get install python3 python3-venv',
      { cause },
    );
  }
}

async function runVisibly(program: string, args: readonly string[]): Promise<void> {
  const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  const exit = Promise.withResolvers<number | null>();
  child.once('exit', (code) => exit.resolve(code));
  await once(child, 'spawn');
  const code = await exit.promise;
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} failed (${code ?? 'killed'}); see above.`);
}

/**
 * Waits for the exclusive lock of an SQLite file: the kernel lets go of it when its holder dies, so that no
 * crash leaves a stale one.
 */
async function takeLock(path: string, report: (line: string) => void): Promise<() => void> {
  const database = new Database(path, { timeout: 0 });
  let told = false;
  while (!tryLock(database)) {
    if (!told) report(`Another process is installing Synapse (${path}); waiting for it ...`);
    told = true;
    await sleep(500);
  }
  return () => void database.close();
}

function tryLock(database: Database.Database): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if (error instanceof Database.SqliteError && error.code === 'SQLITE_BUSY') return false;
    throw error;
  }
}
