/** What it costs that the bot's watcher asks whose devices changed, when the bot is in thousands of rooms of a Synapse. */
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { matrixUserId } from '../../src/core/ids.ts';
import { createLog } from '../../src/log.ts';
import { Accounts } from '../../src/matrix/accounts.ts';
import { MatrixClient } from '../../src/matrix/client.ts';
import { Watcher, type WatcherDeps } from '../../src/matrix/crypto/watcher.ts';
import { freePort } from '../../test/support/free-port.ts';
import { startSynapse, type Synapse } from '../../test/support/synapse.ts';
import { bridgePlan, configOf } from './bridge-plan.ts';
import { cpuMsOf } from './process-cpu.ts';
import { benchDir, type Stage } from './stage.ts';
import { median, rounded } from './statistics.ts';
import { WatchedSyncs, type Sync } from './watched-syncs.ts';
import { fillRooms, newDevice } from './watcher-rooms.ts';

/** Times in milliseconds; medians, and what they are the medians of where these are few. */
export interface WatcherFigures {
  readonly rooms: number;
  /** How long it took to make the rooms, several at once. */
  readonly fillingMs: number;
  readonly firstMs: number;
  readonly firsts: readonly number[];
  /** Of an answer that says nothing new. */
  readonly emptyMs: number;
  readonly empties: readonly number[];
  readonly emptySyncs: number;
  /** Processor time of Synapse for one of them. */
  readonly firstCpuMs: number;
  readonly emptyCpuMs: number;
  /** From the login, or the upload of the device's keys, to the engine being told. */
  readonly loginHeardMs: number;
  readonly keysHeardMs: number;
  readonly logins: readonly number[];
  readonly keys: readonly number[];
  readonly load: readonly [number, number];
}

type Parts = Omit<WatcherDeps, 'client' | 'engine' | 'pollMs'> & { readonly client: MatrixClient };

/** As in the bridge with the defaults of its configuration. */
const pollMs = 30_000;
const password = 'the password of alice';

/** Measures the watcher of a bot on a Synapse of its own, which has nothing else to do. */
export async function benchWatcher({ quick, say }: Stage): Promise<WatcherFigures> {
  const began = rounded(loadavg()[0] ?? 0, 1);
  await using stack = new AsyncDisposableStack();
  const { synapse, parts } = await start(stack);
  await synapse.createUser('alice', password);
  const rooms = quick ? 50 : 2_000;
  const alice = await synapse.login('alice', password);
  const filled = performance.now();
  await fillRooms({ client: parts.client, bot: parts.as, user: alice, rooms, say });
  const fillingMs = Math.round(performance.now() - filled);
  // What Synapse still has to do about the rooms would be taken for the syncs' part.
  await sleep(quick ? 1_000 : 20_000);
  const { pid } = synapse;
  const starts = [];
  for (let n = 0; n < (quick ? 3 : 7); n += 1) starts.push(await asking(parts, pid, quick ? 20 : 100));
  const firsts = starts.map(({ first }) => rounded(first.ms));
  const empties = starts.map(({ later }) => rounded(median(later.map(({ ms }) => ms))));
  say(`  first ${firsts.join(' ')} ms; empty ${empties.join(' ')} ms`);
  const heard = await hearing(parts, synapse, quick ? 3 : 15);
  return {
    ...{ rooms, fillingMs, firsts, empties },
    firstMs: median(firsts),
    emptyMs: median(empties),
    emptySyncs: starts.reduce((sum, { later }) => sum + later.length, 0),
    firstCpuMs: rounded(median(starts.map(({ first }) => first.cpuMs))),
    emptyCpuMs: rounded(median(starts.map(({ laterCpuMs }) => laterCpuMs))),
    loginHeardMs: rounded(median(heard.logins)),
    keysHeardMs: rounded(median(heard.keys)),
    ...heard,
    load: [began, rounded(loadavg()[0] ?? 0, 1)],
  };
}

async function start(
  stack: AsyncDisposableStack,
): Promise<{ readonly synapse: Synapse; readonly parts: Parts }> {
  const dir = stack.use(await benchDir()).path;
  const [port, sinkPort] = [await freePort(), await freePort()];
  const plan = bridgePlan({
    ...{ dir, homeserver: `http://127.0.0.1:${port}`, domain: 'localhost', port: sinkPort },
  });
  const config = configOf(plan);
  // Takes what Synapse tells the bridge, which is not there.
  const sink = createServer((request, response) => request.resume().on('end', () => response.end('{}')));
  sink.listen(sinkPort, '127.0.0.1');
  await once(sink, 'listening');
  stack.defer(() => {
    sink.closeAllConnections();
    sink.close();
  });
  const registration = join(dir, 'registration.yaml');
  await writeFile(registration, plan.registration);
  await mkdir(join(dir, 'synapse'));
  const synapse = await startSynapse({
    ...{ dir: join(dir, 'synapse'), port, registrations: [registration] },
    // Or the second of equal questions within two minutes is answered from memory.
    config: { caches: { sync_response_cache_duration: 0 } },
  });
  stack.defer(() => synapse.stop());
  const { homeserver, appservice } = config.matrix;
  const log = createLog({ ...config.logging, level: 'warn' }, 'bench');
  const client = stack.use(new MatrixClient({ ...homeserver, asToken: appservice.asToken, log }));
  const accounts = new Accounts(client, appservice.deviceId);
  const bot = matrixUserId(`@${appservice.botLocalpart}:localhost`);
  const ensureBot: Parts['ensureBot'] = () => accounts.make(bot, appservice.botDisplayName);
  const failed = await ensureBot();
  if (failed !== undefined) throw new Error(`There is no bot: ${failed.reason}`);
  return { synapse, parts: { client, ensureBot, log, as: accounts.as(bot) } };
}

interface Start {
  readonly first: Sync;
  readonly later: readonly Sync[];
  /** Processor time of Synapse for one of the later ones. */
  readonly laterCpuMs: number;
}

/** A watcher that begins and, told not to let its questions wait, asks again so many times. */
async function asking(parts: Parts, pid: number, times: number): Promise<Start> {
  const client = new WatchedSyncs(parts.client, () => cpuMsOf(pid));
  {
    const engine = { devicesChanged: async () => undefined };
    await using watcher = new Watcher({ ...parts, client, engine, pollMs: 0 });
    watcher.start();
    await client.answered(times + 1);
  }
  const [first, ...later] = client.syncs;
  const [from, to] = [later[0]?.cpuAt, later.at(-1)];
  if (first === undefined || from === undefined || to === undefined) throw new Error('Nothing was asked.');
  // The clock of the processor's time is too coarse for one of them.
  return { first, later, laterCpuMs: (to.cpuAt + to.cpuMs - from) / later.length };
}

/** A user who shares a room with the bot logs in again and gives the new device keys. */
async function hearing(
  parts: Parts,
  synapse: Synapse,
  times: number,
): Promise<{ readonly logins: readonly number[]; readonly keys: readonly number[] }> {
  const client = new WatchedSyncs(parts.client, () => 0);
  let told = Promise.withResolvers<undefined>();
  const engine = {
    devicesChanged: async (changed: readonly string[]): Promise<undefined> => {
      if (changed.includes('@alice:localhost')) told.resolve(undefined);
      return undefined;
    },
  };
  await using watcher = new Watcher({ ...parts, client, engine, pollMs });
  watcher.start();
  await client.answered(1);
  const heard = async <T>(work: () => Promise<T>): Promise<{ readonly ms: number; readonly done: T }> => {
    // The next question has to be waiting there, or the change is in its way.
    await client.waits(100);
    told = Promise.withResolvers();
    const begun = performance.now();
    const done = work();
    const ms = told.promise.then(() => performance.now() - begun);
    return { done: await done, ms: rounded(await within(ms)) };
  };
  const [logins, keys]: [number[], number[]] = [[], []];
  for (let n = 0; n < times; n += 1) {
    const login = await heard(() => synapse.login('alice', password));
    logins.push(login.ms);
    keys.push((await heard(() => newDevice(login.done))).ms);
  }
  return { logins, keys };
}

function within(ms: Promise<number>): Promise<number> {
  const late = AbortSignal.timeout(2 * pollMs);
  const { promise, reject } = Promise.withResolvers<never>();
  late.addEventListener('abort', () => reject(new Error('The watcher did not hear of a new device.')));
  return Promise.race([ms, promise]);
}
