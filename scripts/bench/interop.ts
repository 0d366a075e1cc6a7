/** The host of third-party chats under load: many users connected at once, and messages in both directions. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { renderEnlistment } from '../../src/interop/enlistment/request.ts';
import type { PinnedRoot } from '../../src/interop/noise/certificate.ts';
import { ChatTester } from '../../test/support/chat-tester.ts';
import { posted, requestOf, testPerson, testProvider } from '../../test/support/host-scene.ts';
import { ConnectedUser, type InteropUser } from './interop-user.ts';
import { cpuMsOf } from './process-cpu.ts';
import { benchDir, type Stage } from './stage.ts';
import { latencyOf, rounded, type Latency } from './statistics.ts';
import { verdict, type Row } from './verdict-row.ts';

export interface InteropFigures {
  readonly users: number;
  readonly enlistedPerSecond: number;
  /** From the connection to the host's word that the user is in. */
  readonly handshake: Latency;
  readonly kibOfConnection: number;
  readonly perSecond: number;
  readonly seconds: number;
  /** From a user's message to its acknowledgement, and from a mail's delivery to its coming. */
  readonly said: Latency;
  readonly delivered: Latency;
  readonly lost: number;
  readonly doubled: number;
  readonly cpuMsOfMessage: number;
}

const ready = z.object({
  kind: z.literal('ready'),
  url: z.string(),
  port: z.number(),
  root: z.object({ serial: z.number(), key: z.string() }),
});
const memory = z.object({ kind: z.literal('memory'), rss: z.number() });
const delivered = z.object({ kind: z.literal('delivered'), kept: z.number() });
const driver = fileURLToPath(new URL('./driven-host.ts', import.meta.url));
const atOnce = 16;

interface Doors {
  readonly url: string;
  readonly root: PinnedRoot;
  readonly host: { readonly port: () => number };
}

/** Measures a host in a process of its own, on SQLite; its users are all in this one. */
export async function benchInterop(stage: Stage): Promise<InteropFigures> {
  const plan = { users: stage.quick ? 100 : 1_000, seconds: stage.quick ? 5 : 60, perSecond: 100 };
  await using dir = await benchDir();
  await using provider = await testProvider();
  const child = fork(driver, [JSON.stringify({ dir: dir.path, provider: provider.url })], {
    ...{ stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: ['--expose-gc'] },
  });
  try {
    const { url, port, root } = await heard(child, ready);
    const key = Uint8Array.from(Buffer.from(root.key, 'base64'));
    return await measured(
      child,
      { url, root: { serial: root.serial, key }, host: { port: () => port } },
      plan,
      stage,
    );
  } finally {
    if (child.connected) child.send({ kind: 'stop' });
    if (child.exitCode === null) await once(child, 'exit');
  }
}

async function measured(
  child: ChildProcess,
  doors: Doors,
  { users: count, seconds, perSecond }: { users: number; seconds: number; perSecond: number },
  { say }: Stage,
): Promise<InteropFigures> {
  const users: InteropUser[] = [];
  const began = performance.now();
  await inPlaces(count, async (at) => {
    const person = testPerson(`user${at}@birdy.example`);
    const answer = await posted(doors.url, renderEnlistment(requestOf(person)));
    if (answer.kind !== 'enlisted') throw new Error(answer.reason);
    users.push({ person, login: answer.login });
  });
  const enlistedPerSecond = rounded(count / ((performance.now() - began) / 1_000), 1);
  say(`  ${enlistedPerSecond} enlisted a second`);
  const before = await asked(child, { kind: 'memory' }, memory);
  const handshakes: number[] = [];
  const connected: ConnectedUser[] = [];
  const running: Promise<void>[] = [];
  await inPlaces(count, async (at) => {
    const user = users[at];
    if (user === undefined) return;
    const started = performance.now();
    const here = new ConnectedUser(await ChatTester.channelTo(doors, user.person, user.login));
    running.push(here.run());
    await here.begun;
    handshakes.push(performance.now() - started);
    connected.push(here);
  });
  const after = await asked(child, { kind: 'memory' }, memory);
  say(`  ${connected.length} connected`);
  const total = seconds * perSecond;
  const cpu = cpuMsOf(child.pid ?? 0);
  const to = users.map(({ login }) => login);
  const delivering = asked(child, { kind: 'deliver', to, count: total, perSecond }, delivered);
  const said = await spoken(connected, total, perSecond);
  const { kept } = await delivering;
  const came = (): number => connected.reduce((sum, { mails }) => sum + mails.size, 0);
  for (let tries = 0; came() < kept && tries < 1_000; tries += 1) await sleep(10);
  const cpuMs = cpuMsOf(child.pid ?? 0) - cpu;
  for (const user of connected) user.leave();
  await Promise.all(running);
  const times = connected.flatMap(({ mails }) => [...mails.values()]);
  return {
    ...{ users: connected.length, enlistedPerSecond, handshake: latencyOf(handshakes), perSecond, seconds },
    kibOfConnection: rounded((after.rss - before.rss) / count / 1_024, 1),
    said: latencyOf(said),
    delivered: latencyOf(connected.flatMap(({ latencies }) => latencies)),
    lost: total - said.length + (total - came()),
    doubled: times.filter((often) => often > 1).length,
    cpuMsOfMessage: rounded(cpuMs / (2 * total)),
  };
}

/** So many a second, each by another user; answers when the last was acknowledged. */
async function spoken(
  users: readonly ConnectedUser[],
  total: number,
  perSecond: number,
): Promise<readonly number[]> {
  const began = performance.now();
  const all: Promise<number>[] = [];
  for (let at = 0; at < total; at += 1) {
    const user = users[(at * 7_919) % users.length];
    if (user !== undefined) all.push(user.say(`s${at}`));
    const due = began + ((at + 1) / perSecond) * 1_000;
    if (due > performance.now()) await sleep(due - performance.now());
  }
  return Promise.all(all);
}

async function inPlaces(count: number, work: (at: number) => Promise<void>): Promise<void> {
  let next = 0;
  const one = async (): Promise<void> => {
    while (next < count) await work((next += 1) - 1);
  };
  await Promise.all(Array.from({ length: atOnce }, one));
}

async function asked<T>(child: ChildProcess, question: object, shape: z.ZodType<T>): Promise<T> {
  const answer = heard(child, shape);
  child.send(question);
  return answer;
}

/** The next message of this shape; rejects where the process ends before. */
async function heard<T>(child: ChildProcess, shape: z.ZodType<T>): Promise<T> {
  for (;;) {
    const [message] = (await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(([code]) => {
        throw new Error(`the host ended with ${String(code)}`);
      }),
    ])) as unknown[];
    const parsed = shape.safeParse(message);
    if (parsed.success) return parsed.data;
  }
}

/** The figures as rows of the report. */
export function interopRows(figures: InteropFigures): readonly Row[] {
  const { handshake, said, delivered: came, lost, doubled, perSecond, seconds } = figures;
  const none = lost === 0 && doubled === 0;
  return [
    ['enlistments a second', String(figures.enlistedPerSecond), '', '', `${atOnce} at once`],
    [
      'handshake until taken in',
      `p50 ${handshake.p50} ms`,
      '',
      '',
      `p99 ${handshake.p99} ms, ${atOnce} at once`,
    ],
    ['memory of a connection', `${figures.kibOfConnection} KiB`, '', '', "of the host's process"],
    [
      `lost or doubled of ${perSecond}/s each way for ${seconds} s`,
      String(lost + doubled),
      '0',
      verdict(none),
      `${said.count} said, ${came.count} delivered; CPU ${figures.cpuMsOfMessage} ms each`,
    ],
    ['a message until its acknowledgement', `p50 ${said.p50} ms`, '', '', `p99 ${said.p99} ms`],
    ['a mail from delivery to its coming', `p50 ${came.p50} ms`, '', '', `p99 ${came.p99} ms`],
  ];
}
