/** Matrix to network: transactions from a stub in place of the homeserver, the loopback network as the far end. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { freePort } from '../../test/support/free-port.ts';
import { BridgeHandle } from './bridge-handle.ts';
import { bridgePlan, tokensOf } from './bridge-plan.ts';
import { heard, type Heard } from './orders.ts';
import { seed } from './seed.ts';
import { benchDir, type Stage } from './stage.ts';
import { latencyOf, median, rounded, type Latency } from './statistics.ts';
import { startStubHomeserver } from './stub-homeserver.ts';
import { TransactionFeed } from './transactions.ts';

const portals = 32;

/** What was measured with transactions of so many events. */
export interface ToNetworkFigures {
  readonly events: number;
  readonly rounds: number;
  /** Events a second from the first transaction's arrival to the last record, the median of the rounds. */
  readonly rate: number;
  readonly rates: readonly number[];
  readonly cpuMsPerEvent: number;
  /** Events a second at which the latency was measured. */
  readonly pace: number;
  /** From the transaction's arrival to the far end having the event, in milliseconds. */
  readonly own: Latency;
}

interface Scene {
  readonly bridge: BridgeHandle;
  readonly feed: TransactionFeed;
  readonly rooms: readonly string[];
}

interface Load {
  /** How many events a transaction has, and how many transactions a round. */
  readonly events: number;
  readonly transactions: number;
  /** For the latency: a transaction every so many milliseconds. */
  readonly everyMs: number;
}

export async function benchToNetwork(stage: Stage): Promise<readonly ToNetworkFigures[]> {
  await using stack = new AsyncDisposableStack();
  const dir = stack.use(await benchDir());
  const stub = stack.use(await startStubHomeserver());
  const plan = bridgePlan({
    dir: dir.path,
    homeserver: stub.baseUrl,
    domain: 'localhost',
    port: await freePort(),
  });
  const user = '@alice:localhost';
  const chats = await seed(plan, user, portals);
  const bridge = stack.use(await BridgeHandle.start(plan, stage.profile));
  await bridge.ask({ kind: 'meet', people: chats.map(({ person }) => person) }, z.null());
  const feed = stack.use(new TransactionFeed(plan.port, tokensOf(plan).hsToken, user));
  const scene = { bridge, feed, rooms: chats.map(({ room }) => room) };
  await run(scene, portals, 5, 0);
  const scale = stage.quick ? 1 : 5;
  return [
    await measure(stage, scene, { events: 1, transactions: 200 * scale, everyMs: 20 }),
    await measure(stage, scene, { events: 100, transactions: 20 * scale, everyMs: 200 }),
  ];
}

async function measure(stage: Stage, scene: Scene, load: Load): Promise<ToNetworkFigures> {
  const rounds: Heard[] = [];
  const count = stage.quick ? 2 : 5;
  for (let round = 0; round < count; round += 1) {
    rounds.push(await run(scene, load.events, load.transactions, 0));
  }
  const paced = await run(scene, load.events, stage.quick ? 50 : load.events === 1 ? 500 : 100, load.everyMs);
  const rates = rounds.map(({ sent, ms }) => rounded((sent * 1000) / ms, 0));
  stage.say(`  transactions of ${load.events}: ${rates.join(' ')} events/s`);
  return {
    events: load.events,
    rounds: count,
    rate: median(rates),
    rates,
    cpuMsPerEvent: rounded(median(rounds.map(({ cpuMs, sent }) => cpuMs / sent))),
    pace: Math.round((load.events * 1000) / load.everyMs),
    own: latencyOf(paced.latencies),
  };
}

/** Sends transactions, as fast as they are answered or one every so often, and waits for the end of their events. */
async function run(
  { bridge, feed, rooms }: Scene,
  events: number,
  transactions: number,
  everyMs: number,
): Promise<Heard> {
  const count = events * transactions;
  await bridge.ask({ kind: 'listen', count }, z.null());
  const began = performance.now();
  for (let done = 0; done < transactions; done += 1) {
    const due = began + done * everyMs - performance.now();
    if (due > 0) await sleep(due);
    const first = done * events;
    await feed.send(Array.from({ length: events }, (_, n) => rooms[(first + n) % rooms.length] ?? ''));
  }
  const result = await bridge.ask({ kind: 'heard' }, heard);
  if (result.sent !== count || result.latencies.length !== count) {
    throw new Error(`Of ${count} events ${result.sent} were sent and ${result.latencies.length} arrived.`);
  }
  return result;
}
