import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for one run of servers; disposing of it removes it, unless the environment says KEEP=1. */
export interface RunDir extends AsyncDisposable {
  readonly path: string;
}

/**
 * Makes an empty folder under the system's temporary folder. Other accounts may pass through it (PostgreSQL
 * runs under its own) but not list it.
 */
export async function makeRunDir(name: string): Promise<RunDir> {
  const path = await mkdtemp(join(tmpdir(), `causeway-${name}-`));
  await chmod(path, 0o711);
  return {
    path,
    async [Symbol.asyncDispose]() {
      if (process.env['KEEP'] === '1') return;
      await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}
