import { spawn, execFile } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { findProgram } from '../../test/support/find-program.ts';
import type { Progress } from './progress.ts';

const run = promisify(execFile);

/** Something is missing on this machine that the demo may not install itself; the message says what to run. */
export class MissingPackages extends Error {}

/** Installs the Debian packages that the servers need and that are not there, where this process may. */
export async function installPackages(progress: Progress): Promise<void> {
  const missing = await missingPackages();
  if (missing.length === 0) return;
  const asRoot = await rootPrefix();
  const aptGet = findProgram('apt-get');
  if (aptGet === undefined || asRoot === undefined) throw new MissingPackages(whatToRun(missing, aptGet));
  await progress.loudStep(`Installing ${missing.join(', ')} from Debian's packages`, async () => {
    const install = ['install', '--yes', '--no-install-recommends', ...missing];
    if (await aptGetRuns(asRoot, aptGet, install)) return;
    // The lists of packages may be old, or not there at all.
    await aptGetRuns(asRoot, aptGet, ['update']);
    if (!(await aptGetRuns(asRoot, aptGet, install))) throw new MissingPackages(whatToRun(missing, aptGet));
  });
}

async function missingPackages(): Promise<readonly string[]> {
  const python = (await pythonHasVenv()) ? [] : ['python3', 'python3-venv'];
  return [...(await missingOfProsody()), ...python];
}

/** The demo's rooms need community modules, which Debian packs apart; who built Prosody by hand has their own. */
async function missingOfProsody(): Promise<readonly string[]> {
  if (findProgram('prosody') === undefined) return ['prosody', 'prosody-modules'];
  const [server, modules] = await Promise.all(['prosody', 'prosody-modules'].map(isInstalled));
  return server === true && modules === false ? ['prosody-modules'] : [];
}

async function isInstalled(name: string): Promise<boolean> {
  return run('dpkg-query', ['-W', '-f', '${db:Status-Status}', name]).then(
    ({ stdout }) => stdout === 'installed',
    () => false,
  );
}

async function pythonHasVenv(): Promise<boolean> {
  return run('python3', ['-c', 'import venv, ensurepip']).then(
    () => true,
    () => false,
  );
}

/** What goes before a command to run it as root: nothing, or sudo where it asks for no password. */
async function rootPrefix(): Promise<readonly string[] | undefined> {
  if (process.getuid?.() === 0) return [];
  return run('sudo', ['-n', 'true']).then(
    () => ['sudo', '-n'],
    () => undefined,
  );
}

async function aptGetRuns(
  asRoot: readonly string[],
  aptGet: string,
  args: readonly string[],
): Promise<boolean> {
  const [program = 'env', ...rest] = [
    ...asRoot,
    'env',
    'DEBIAN_FRONTEND=noninteractive',
    aptGet,
    '-q',
    ...args,
  ];
  const child = spawn(program, rest, { stdio: ['ignore', 'inherit', 'inherit'] });
  const exit = Promise.withResolvers<number | null>();
  child.once('exit', (code) => exit.resolve(code));
  await once(child, 'spawn');
  return (await exit.promise) === 0;
}

function whatToRun(missing: readonly string[], aptGet: string | undefined): string {
  const packages = missing.join(' ');
  if (aptGet === undefined)
    return `The demo needs these programs, and this system has no apt-get to install them with: ${packages}`;
  return `The demo needs packages that it may not install itself. Run this, then start the demo again:\n\n    sudo apt-get update && sudo apt-get install --yes ${packages}\n`;
}
