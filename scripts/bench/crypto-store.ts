/** The crypto engine over its durable store: seals and opens a second, and what many machines take. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { benchDir, type Stage } from './stage.ts';
import { median } from './statistics.ts';

const figures = z.object({
  machines: z.number(),
  /** Opening a machine that is new, and one that exists, in milliseconds. */
  newMs: z.number(),
  knownMs: z.number(),
  /** Giving a room's key to one device, in milliseconds. */
  shareMs: z.number(),
  messagesPerSession: z.number(),
  seals: z.array(z.number()),
  opens: z.array(z.number()),
  commits: z.number(),
  /** Seals one after the other in one room. */
  alone: z.number(),
  many: z.number(),
  residentMiB: z.number(),
  perMachineKiB: z.number(),
  files: z.number(),
  fileMiB: z.number(),
});
export type CryptoStoreFigures = z.infer<typeof figures> & { readonly seal: number; readonly open: number };

const driver = fileURLToPath(new URL('./driven-crypto-store.ts', import.meta.url));

/** Measures in a process of its own, so that its memory is its own. */
export async function benchCryptoStore(stage: Stage): Promise<CryptoStoreFigures> {
  await using dir = await benchDir();
  const plan = {
    dir: dir.path,
    machines: 32,
    messages: stage.quick ? 20 : 100,
    rounds: stage.quick ? 1 : 5,
    many: stage.quick ? 50 : 1_000,
  };
  const child = fork(driver, [JSON.stringify(plan)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const answer = new Promise<unknown>((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`the measuring process ended with ${String(code)}`)));
  });
  const found = figures.parse(await answer);
  if (child.exitCode === null) await once(child, 'exit');
  const result = { ...found, seal: Math.round(median(found.seals)), open: Math.round(median(found.opens)) };
  stage.say(`  ${result.seal} seals/s, ${result.open} opens/s`);
  return result;
}
