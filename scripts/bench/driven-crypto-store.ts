/** The process that the benchmark of the crypto engine's store measures. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { OlmMachine } from '@matrix-org/matrix-sdk-crypto-wasm';
import { z } from 'zod';
import { openStore } from '../../src/crypto/megolm/store/open-store.ts';
import { KeyServer, openEvent, openMachine, sealText } from '../../test/support/key-server.ts';

const plan = z
  .object({
    dir: z.string(),
    machines: z.number(),
    messages: z.number(),
    rounds: z.number(),
    many: z.number(),
  })
  .parse(JSON.parse(process.argv[2] ?? ''));
const file = join(plan.dir, 'crypto.db');
const store = openStore(file);
store.install(globalThis);
const server = new KeyServer();

interface Sealed {
  readonly room: string;
  readonly event: string;
}

const room = (number: number): string => `!room${number}:x`;

async function timed<T>(work: () => Promise<T>): Promise<{ readonly ms: number; readonly value: T }> {
  const began = performance.now();
  const value = await work();
  return { ms: performance.now() - began, value };
}

async function newMachine(number: number): Promise<OlmMachine> {
  const machine = await openMachine(`@ghost${number}:x`, 'DEVICE');
  await server.settle(machine);
  return machine;
}

/** Seals in all rooms at once, in each one message after the other. */
function seal(ghosts: readonly OlmMachine[], round: number): Promise<readonly (readonly Sealed[])[]> {
  return Promise.all(
    ghosts.map(async (ghost, number) => {
      const sealed: Sealed[] = [];
      for (let message = 0; message < plan.messages; message += 1) {
        const id = `$${round}.${number}.${message}`;
        sealed.push({
          room: room(number),
          event: await sealText(ghost, room(number), id, `message ${message}`),
        });
      }
      return sealed;
    }),
  );
}

async function open(machine: OlmMachine, sealed: readonly (readonly Sealed[])[]): Promise<void> {
  await Promise.all(
    sealed.map(async (events) => {
      for (const { room: where, event } of events) await openEvent(machine, where, event);
    }),
  );
}

/** Commits for each seal, in the last round. */
let commits = 0;

async function measure(): Promise<Record<string, unknown>> {
  const bob = await openMachine('@bob:x', 'BOB');
  await server.settle(bob);
  const ghosts: OlmMachine[] = [];
  const made = await timed(async () => {
    for (let number = 0; number < plan.machines; number += 1) ghosts.push(await newMachine(number));
  });
  const shared = await timed(async () => {
    for (const [number, ghost] of ghosts.entries()) await server.share(ghost, room(number), ['@bob:x']);
  });
  await server.deliver(bob);
  const [seals, opens]: [number[], number[]] = [[], []];
  const count = plan.machines * plan.messages;
  for (let round = 0; round < plan.rounds; round += 1) {
    const before = store.commitCount;
    const sealing = await timed(() => seal(ghosts, round));
    seals.push(count / (sealing.ms / 1_000));
    commits = (store.commitCount - before) / count;
    const opening = await timed(() => open(bob, sealing.value));
    opens.push(count / (opening.ms / 1_000));
  }
  const [first] = ghosts;
  if (first === undefined) throw new Error('no machine');
  const alone = await timed(async () => {
    for (let message = 0; message < 300; message += 1)
      await sealText(first, room(0), `$alone${message}`, `message ${message}`);
  });
  for (const machine of [...ghosts, bob]) machine.close();
  return {
    machines: plan.machines,
    messagesPerSession: plan.messages * plan.rounds,
    newMs: made.ms / plan.machines,
    shareMs: shared.ms / plan.machines,
    seals,
    opens,
    commits,
    alone: 300 / (alone.ms / 1_000),
    ...(await manyMachines()),
  };
}

/** Makes many machines, closes them, and opens them again, all at once. */
async function manyMachines(): Promise<Record<string, unknown>> {
  for (let from = 0; from < plan.many; from += 50) {
    const batch = Array.from({ length: Math.min(50, plan.many - from) }, (_, index) =>
      newMachine(1_000 + from + index),
    );
    for (const machine of await Promise.all(batch)) machine.close();
  }
  const before = process.memoryUsage().rss;
  const machines: OlmMachine[] = [];
  const known = await timed(async () => {
    for (let number = 0; number < plan.many; number += 1)
      machines.push(await openMachine(`@ghost${1_000 + number}:x`, 'DEVICE'));
  });
  const { rss } = process.memoryUsage();
  const result = {
    many: plan.many,
    knownMs: known.ms / plan.many,
    residentMiB: rss / 2 ** 20,
    perMachineKiB: (rss - before) / 1_024 / plan.many,
    files: storeFiles(),
    fileMiB: statSync(file).size / 2 ** 20,
  };
  for (const machine of machines) machine.close();
  return result;
}

/** How many files the store consists of; it has them all open. */
function storeFiles(): number {
  return readdirSync(plan.dir).length;
}

const result = await measure();
await store.close();
process.send?.(result, () => process.exit(0));
