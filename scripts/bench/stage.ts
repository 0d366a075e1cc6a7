import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What the parts of the benchmark share. */
export interface Stage {
  readonly quick: boolean;
  readonly profile: string | undefined;
  readonly say: (line: string) => void;
}

const root = fileURLToPath(new URL('../../var/bench', import.meta.url));

/** A folder for one part, on the project's own disk, so that what is durable is so on a real one. Disposal removes it. */
export async function benchDir(): Promise<AsyncDisposable & { readonly path: string }> {
  await mkdir(root, { recursive: true });
  const path = await mkdtemp(join(root, 'run-'));
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      if (process.env['KEEP'] !== '1') await rm(path, { recursive: true, force: true });
    },
  };
}
