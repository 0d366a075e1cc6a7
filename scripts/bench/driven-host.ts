/** The process that the benchmark of the host measures: a host of third-party chats on SQLite, and who writes to its users. */
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ofHost, put } from '../../src/networks/thirdparty/host-records.ts';
import { storageSchema } from '../../src/storage/config.ts';
import { mailFrom } from '../../test/support/chat-tester.ts';
import { birdy, bob, hostScene, thirdparty } from '../../test/support/host-scene.ts';
import { newKey, open } from '../../test/support/storage.ts';

const plan = z.object({ dir: z.string(), provider: z.string() }).parse(JSON.parse(process.argv[2] ?? ''));
const asked = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('memory') }),
  z.object({
    kind: z.literal('deliver'),
    to: z.array(z.object({ integrator: z.number(), user: z.string() })),
    count: z.number(),
    perSecond: z.number(),
  }),
  z.object({ kind: z.literal('stop') }),
]);

const config = storageSchema.parse({ file: join(plan.dir, 'host.db'), key: newKey() });
const storage = await open(config);
const records = storage.networkRecords;
const unbounded = { perSecond: 1e6, burst: 1e6 };
const scene = await hostScene({
  records,
  providers: [birdy(plan.provider)],
  limits: {
    ...{ enlistmentsOfAddress: unbounded, enlistmentsOfProvider: unbounded },
    ...{ handshakes: 2_000, handshakesOfAddress: 2_000 },
  },
});
// What comes is kept, as the bridge does before it acknowledges.
scene.listener.taking = async ({ id, sealed }) => {
  const value = Buffer.from(sealed[0]?.ciphertext ?? []).toString('base64');
  await records.commit(thirdparty, [put(ofHost(`kept ${id}`), value, Date.now())]);
  return {};
};

/** The moment is in the name of each, for whoever gets it. */
async function deliver({
  to,
  count,
  perSecond,
}: Extract<z.infer<typeof asked>, { kind: 'deliver' }>): Promise<number> {
  const began = performance.now();
  const kept: Promise<string>[] = [];
  for (let at = 0; at < count; at += 1) {
    const login = to[(at * 6_007) % to.length];
    if (login === undefined) break;
    kept.push(scene.host.deliver(login, mailFrom(bob, `r${at}.${Date.now()}`)));
    const due = began + ((at + 1) / perSecond) * 1_000;
    if (due > performance.now()) await sleep(due - performance.now());
  }
  return (await Promise.all(kept)).filter((one) => one === 'kept').length;
}

async function answer(message: unknown): Promise<void> {
  const said = asked.parse(message);
  switch (said.kind) {
    case 'memory':
      globalThis.gc?.();
      process.send?.({ kind: 'memory', rss: process.memoryUsage().rss });
      return;
    case 'deliver':
      process.send?.({ kind: 'delivered', kept: await deliver(said) });
      return;
    case 'stop':
      await scene[Symbol.asyncDispose]();
      await storage[Symbol.asyncDispose]();
      process.disconnect();
  }
}

process.on('message', (message) => {
  answer(message).catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
});
const { serial, key } = scene.root;
process.send?.({
  ...{ kind: 'ready', url: scene.url, port: scene.host.port() },
  root: { serial, key: Buffer.from(key).toString('base64') },
});
