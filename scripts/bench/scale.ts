/** A database with many ghosts and portals: how soon the bridge is ready, and how much memory it takes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { freePort } from '../../test/support/free-port.ts';
import { BridgeHandle } from './bridge-handle.ts';
import { bridgePlan, tokensOf, type BridgePlan } from './bridge-plan.ts';
import { heard, talked } from './orders.ts';
import { seed } from './seed.ts';
import { benchDir, type Stage } from './stage.ts';
import { median, rounded } from './statistics.ts';
import { startStubHomeserver, type StubHomeserver } from './stub-homeserver.ts';
import { TransactionFeed } from './transactions.ts';

const user = '@alice:localhost';

export interface ScaleFigures {
  readonly portals: number;
  /** From the start of the process to `/ready`, in milliseconds: the median of the starts, and each. */
  readonly readyMs: number;
  readonly starts: readonly number[];
  /** From being ready until every room was looked through for missed events, in milliseconds. */
  readonly inStepMs: number;
  /** Resident memory in MiB: 10 s after it was ready, with every room in step, and after a message each way through each. */
  readonly idleMiB: number;
  readonly inStepMiB: number;
  readonly afterToMatrixMiB: number;
  readonly afterBothMiB: number;
}

export async function benchScale(stage: Stage): Promise<ScaleFigures> {
  await using stack = new AsyncDisposableStack();
  const dir = stack.use(await benchDir());
  const stub = stack.use(await startStubHomeserver());
  const plan = bridgePlan({
    dir: dir.path,
    homeserver: stub.baseUrl,
    domain: 'localhost',
    port: await freePort(),
  });
  const portals = stage.quick ? 1_000 : 10_000;
  stage.say(`Seeding ${portals} ghosts and portals …`);
  const chats = await seed(plan, user, portals);
  const starts: number[] = [];
  for (let start = 0; start < (stage.quick ? 1 : 4); start += 1) {
    await using trial = await BridgeHandle.start(plan, undefined);
    starts.push(Math.round(trial.readyMs));
  }
  const looked = stub.count('messages');
  const bridge = stack.use(await BridgeHandle.start(plan, stage.profile));
  starts.push(Math.round(bridge.readyMs));
  stage.say(`  ready after ${starts.join(' ')} ms`);
  const { idleMiB, inStepMs } = await rest(bridge, stub, looked + portals);
  const inStepMiB = rounded(bridge.residentMiB(), 0);
  const people = chats.map(({ person }) => person);
  const said = await bridge.ask(
    { kind: 'talk', people, receiver: user, window: 1, until: { each: 1 } },
    talked,
  );
  if (said.sent !== portals) throw new Error('Not every message to Matrix went over.');
  const afterToMatrixMiB = rounded(bridge.residentMiB(), 0);
  await answerAll(
    bridge,
    plan,
    chats.map(({ room }) => room),
  );
  const afterBothMiB = rounded(bridge.residentMiB(), 0);
  const readyMs = median(starts);
  return { portals, readyMs, starts, inStepMs, idleMiB, inStepMiB, afterToMatrixMiB, afterBothMiB };
}

/** Waits ten seconds, and until so many rooms have been looked through. */
async function rest(
  bridge: BridgeHandle,
  stub: StubHomeserver,
  rooms: number,
): Promise<{ readonly idleMiB: number; readonly inStepMs: number }> {
  const began = performance.now();
  const inStep = (async (): Promise<number> => {
    while (stub.count('messages') < rooms) {
      if (performance.now() - began > 300_000)
        throw new Error('The rooms are not in step after five minutes.');
      await sleep(20);
    }
    return Math.round(performance.now() - began);
  })();
  await sleep(10_000);
  const idleMiB = rounded(bridge.residentMiB(), 0);
  return { idleMiB, inStepMs: await inStep };
}

/** One message from Matrix in each room, in transactions of 100. */
async function answerAll(bridge: BridgeHandle, plan: BridgePlan, rooms: readonly string[]): Promise<void> {
  await using feed = new TransactionFeed(plan.port, tokensOf(plan).hsToken, user);
  await bridge.ask({ kind: 'listen', count: rooms.length }, z.null());
  for (let from = 0; from < rooms.length; from += 100) await feed.send(rooms.slice(from, from + 100));
  const result = await bridge.ask({ kind: 'heard' }, heard);
  if (result.sent !== rooms.length) throw new Error('Not every message to the network went over.');
}
