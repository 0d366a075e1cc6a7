import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../test/support/free-port.ts';
import { startNetworkStack, type NetworkStack } from '../../test/support/network-stack.ts';
import { ServerProcess } from '../../test/support/server-process.ts';
import type { AppPlan, AppUser } from './app/plan.ts';
import { readApps, readWire } from './app/record.ts';
import { eventStates } from './collect.ts';
import { stepsAt, type Step } from './content.ts';
import { stopCleanly } from './kill.ts';
import { MatrixPerson } from './matrix-person.ts';
import { MatrixWriter } from './matrix-writer.ts';
import { judgeApps, type AppChat, type AppJudgement } from './app/judgement.ts';
import { Random } from './random.ts';
import type { SecrecyRecord } from './record.ts';
import { Secrets } from './secrets.ts';
import { hostSettings, providerAt } from './thirdparty/stage.ts';

/** How hard a run is. */
export interface PartnerKillPlan {
  readonly dir: string;
  readonly seed: number;
  /** Of the bridge, and as many of the app. */
  readonly kills: number;
  readonly chats: number;
  /** Over all chats, each way. */
  readonly messages: number;
  readonly report: (line: string) => void;
}

const longestLifeMs = 7_000;
const meanLifeMs = 5_500;
const readyMs = 90_000;
const drainMs = 240_000;
const openMs = 400_000;
const PROCESS = fileURLToPath(new URL('./app/process.ts', import.meta.url));

/** One Matrix user, in a chat with each user of the app. */
interface Chat {
  readonly user: AppUser;
  readonly fromMatrix: readonly Step[];
  readonly writer: MatrixWriter;
  readonly accepted: string[];
  room: string | undefined;
}

/** Kills the bridge and the app again and again while messages flow both ways, and judges what became of them. */
export async function runPartnerKill(plan: PartnerKillPlan): Promise<AppJudgement> {
  const { dir, seed, kills, messages, report } = plan;
  const random = new Random(seed);
  const lengthMs = 2 * kills * meanLifeMs;
  const config = providerAt(join(dir, 'provider'), await freePort());
  const { url, networks } = await hostSettings(`http://127.0.0.1:${config.listen.port}`);
  await using stack = await startNetworkStack({
    ...{ dir, networks },
    config: { reach: { thirdparty: { opt_in: 'automatic' } }, requests: { enabled: false } },
  });
  const { userId, password } = await stack.synapse.createUser('alice', 'secret');
  await using secrets = await Secrets.login({ baseUrl: stack.synapse.baseUrl, userId, password });
  await using matrix = new MatrixPerson(await stack.synapse.login('alice', 'secret'), secrets);
  matrix.follow();
  const chats = chatsOf(plan, { random, lengthMs, userId, matrix });
  const wireLog = join(dir, 'wire.log');
  const began = Date.now() + 1_000;
  await writeFile(wireLog, '');
  const appPlan: AppPlan = { config, hostUrl: url, began, wireLog, users: chats.map(({ user }) => user) };
  await using app = await startApp(dir, appPlan);
  report('the servers, the bridge and the app run');
  const stop = new AbortController();
  const writing = Promise.all(
    chats.map((chat) => writeIn(chat, { matrix, stack, began, stop: stop.signal })),
  );
  writing.catch(() => undefined);
  const unexpectedEnds: string[] = [];
  const told = (): string => progress(matrix, chats, wireLog);
  await killByTurns({ bridge: stack.bridge, app, kills, random, unexpectedEnds, report, told });
  await writing;
  report(`everything is written; ${told()}`);
  const drained = await drain({ stack, app, matrix, chats, config, report });
  report(drained ? 'everything has settled' : 'something was still on its way');
  stop.abort();
  await stopCleanly(stack.bridge, unexpectedEnds);
  const apps = await readApps(config, appPlan.users);
  const rooms = await Promise.all(
    chats.map(async (chat): Promise<AppChat> => {
      const login = apps.find(({ name }) => name === chat.user.name)?.login ?? '';
      return chatRecord(chat, matrix, stack.ghostOf('thirdparty', login));
    }),
  );
  const secrecy = await secrecyOf(matrix, rooms);
  const states = await eventStates(stack.storage);
  const wire = readWire(wireLog);
  return judgeApps({ chats: rooms, apps, wire, secrecy, states, unexpectedEnds, kills, wanted: messages });
}

async function killByTurns(of: {
  readonly bridge: NetworkStack['bridge'];
  readonly app: ServerProcess;
  readonly kills: number;
  readonly random: Random;
  readonly unexpectedEnds: string[];
  readonly report: (line: string) => void;
  readonly told: () => string;
}): Promise<void> {
  const { bridge, app, kills, random, unexpectedEnds, report, told } = of;
  const both = [
    { name: 'bridge', process: bridge },
    { name: 'app', process: app },
  ] as const;
  for (let kill = 1; kill <= 2 * kills; kill += 1) {
    const { name, process } = both[kill % 2 === 1 ? 0 : 1];
    // On a busy machine the bridge may need longer to start than it lives: so most times it lives from when it is ready.
    const isReady = random.next() < 0.6;
    const life = random.between(0, longestLifeMs);
    if (isReady) await bridge.untilReady(readyMs).catch(() => undefined);
    await sleep(life);
    for (const one of both)
      if (!one.process.isRunning)
        unexpectedEnds.push(`${one.name} before kill ${kill}: ${one.process.lastEnd}`);
    await process.kill();
    await process.start();
    const when = `after ${Math.round(life)} ms${isReady ? ' of being ready' : ''}`;
    report(`kill ${kill}/${2 * kills} of the ${name} ${when}; ${told()}`);
  }
}

/** How secret what ghosts said was. */
async function secrecyOf(matrix: MatrixPerson, chats: readonly AppChat[]): Promise<SecrecyRecord> {
  const steps: string[] = [];
  const clear: string[] = [];
  for (const { room } of chats) {
    if (room === undefined) continue;
    const found = await matrix.secrecy(room);
    steps.push(...found.steps);
    clear.push(...found.clear);
  }
  return { steps, clear, unopened: [...matrix.unopened] };
}

function chatsOf(
  { chats, messages }: Pick<PartnerKillPlan, 'chats' | 'messages'>,
  of: { random: Random; lengthMs: number; userId: string; matrix: MatrixPerson },
): readonly Chat[] {
  const { random, lengthMs, userId: to, matrix } = of;
  return Array.from({ length: chats }, (_, index): Chat => {
    const count = Math.floor(messages / chats) + (index < messages % chats ? 1 : 0);
    const first = (lengthMs * 0.2 * index) / chats;
    const steps = (): readonly Step[] =>
      stepsAt([first, ...random.moments(count - 1, lengthMs - first).map((at) => first + at)], random);
    const name = `person${index}`;
    const user = { name, identifier: `${name}@bird.example`, to, steps: steps() };
    return { user, fromMatrix: steps(), writer: new MatrixWriter(matrix), accepted: [], room: undefined };
  });
}

async function startApp(dir: string, plan: AppPlan): Promise<ServerProcess> {
  const file = join(dir, 'app.json');
  await writeFile(file, JSON.stringify(plan));
  const app = new ServerProcess({
    ...{ name: 'The app', program: process.execPath, args: [PROCESS, file], cwd: dir },
    ...{ logFile: join(dir, 'app.log'), ready: async () => true },
  });
  await app.start();
  return app;
}

/** What the Matrix user writes in a chat, once its ghost has invited them. */
async function writeIn(
  chat: Chat,
  of: { matrix: MatrixPerson; stack: NetworkStack; began: number; stop: AbortSignal },
): Promise<void> {
  const { matrix, began, stop } = of;
  const until = async (at: number): Promise<void> => {
    const left = began + at - Date.now();
    if (left > 0) await sleep(left, undefined, { signal: stop }).catch(() => undefined);
  };
  await until(chat.fromMatrix[0]?.at ?? 0);
  const room = await roomOf(chat, matrix, stop);
  if (room === undefined) throw new Error(`there is no room for ${chat.user.name}`);
  chat.room = room;
  for (const [index, { at, kind }] of chat.fromMatrix.entries()) {
    await until(at);
    if (stop.aborted) return;
    chat.accepted.push(await chat.writer.write(room, `m2a-${chat.user.name}-${index}`, kind));
  }
}

/** The room in which the first message of the person's is. */
async function roomOf({ user }: Chat, matrix: MatrixPerson, stop: AbortSignal): Promise<string | undefined> {
  const deadline = performance.now() + openMs;
  for (let looks = 1; !stop.aborted && performance.now() < deadline; looks += 1) {
    const room = matrix.roomHaving(`a2m-${user.name}-0`);
    if (room !== undefined) return room;
    await sleep(50);
    if (looks % 100 === 0) await matrix.refresh();
  }
  return undefined;
}

function progress(matrix: MatrixPerson, chats: readonly Chat[], wireLog: string): string {
  const sum = (count: (chat: Chat) => number): number =>
    chats.reduce((total, chat) => total + count(chat), 0);
  const rooms = sum(({ room }) => (room === undefined ? 0 : 1));
  const shown = sum(({ room }) => (room === undefined ? 0 : matrix.heardIn(room).size));
  return `${rooms} rooms; on Matrix ${sum(({ accepted }) => accepted.length)} written, ${shown} shown; ${readWire(wireLog).length} parts on the wire`;
}

/** Waits until nothing is on its way any more; the app is stopped then. */
async function drain(of: {
  stack: NetworkStack;
  app: ServerProcess;
  matrix: MatrixPerson;
  chats: readonly Chat[];
  config: AppPlan['config'];
  report: (line: string) => void;
}): Promise<boolean> {
  const { stack, app, matrix, chats, config, report } = of;
  const deadline = performance.now() + drainMs;
  const marks = new Map(chats.map(({ user, accepted }) => [user.name, accepted]));
  const users = chats.map(({ user }) => user);
  for (;;) {
    await sleep(5_000);
    const queued = await stack.bridge.metric('causeway_queue_events');
    const shown = chats.map(({ room, user }) =>
      room === undefined ? user.steps.length : user.steps.length - matrix.heardIn(room).size,
    );
    const isShown = shown.every((missing) => missing <= 0);
    if ((queued === 0 && isShown) || performance.now() > deadline) {
      await app.stop();
      const apps = await readApps(config, users);
      const missing = apps.flatMap(({ name, received }) =>
        (marks.get(name) ?? []).filter((mark) => !received.includes(mark)),
      );
      const owed = apps.flatMap(({ written, delivered }) => written.filter((mark) => !delivered.has(mark)));
      if (isShown && missing.length === 0 && owed.length === 0) return true;
      report(`missing on Matrix ${shown.join(' ')}; in the app ${missing.length}; receipts ${owed.length}`);
      if (performance.now() > deadline) return false;
      await app.start();
    }
  }
}

async function chatRecord(
  { user, accepted, room }: Chat,
  matrix: MatrixPerson,
  ghost: string,
): Promise<AppChat> {
  const timeline = room === undefined ? [] : await matrix.timeline(room);
  const own = timeline.filter(({ sender }) => sender === matrix.userId).map(({ text }) => text);
  return {
    ...{ name: user.name, room, wanted: user.steps.length },
    accepted: [...own, ...accepted.filter((text) => !own.includes(text))],
    shown: timeline.filter(({ sender }) => sender === ghost).map(({ text }) => text),
    rooms: matrix.roomsWith(ghost),
  };
}
