import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The path of a file of the project. */
export function projectPath(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}

/** Makes an empty folder for this run, `var/demo/<process id>`, and removes those of runs that have ended. */
export async function makeRunFolder(): Promise<string> {
  const demos = projectPath('var/demo');
  await mkdir(demos, { recursive: true });
  for (const name of await readdir(demos)) {
    if (!isAnotherRun(name)) await rm(join(demos, name), { recursive: true, force: true });
  }
  const folder = join(demos, String(process.pid));
  await mkdir(folder, { mode: 0o700 });
  return folder;
}

function isAnotherRun(name: string): boolean {
  const pid = Number(name);
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
