import { setTimeout as sleep } from 'node:timers/promises';
import { startStack, type BridgeProcess } from '../../test/support/bridge-process.ts';
import { collectChats, drain, eventStates } from './collect.ts';
import { judge, type Judgement } from './judgement.ts';
import { groupAccounts } from './group.ts';
import { Load, xmppAccounts, type LoadPlan } from './load.ts';
import { Random } from './random.ts';

/** How hard a run is. */
export interface KillPlan {
  readonly dir: string;
  readonly seed: number;
  readonly kills: number;
  readonly chats: number;
  /** Over all chats, each way. */
  readonly messages: number;
  readonly groups: LoadPlan['groups'];
  readonly encrypted: boolean;
  readonly report: (line: string) => void;
}

/** The longest time that the bridge lives once all chats are open, and the mean of a life, in milliseconds. */
const LONGEST_LIFE_MS = 6_000;
const MEAN_LIFE_MS = 3_200;
/** The part of the run, and of the kills, in which chats are opened. */
const EARLY = 0.3;
const DRAIN_MS = 120_000;

/** Kills the bridge again and again while messages flow, and judges what became of them. */
export async function runKill(plan: KillPlan): Promise<Judgement> {
  const { dir, chats, messages, groups, kills, encrypted, report } = plan;
  const random = new Random(plan.seed);
  const xmppUsers = [...xmppAccounts(chats), ...groupAccounts(groups.groups)];
  await using stack = await startStack({ dir, database: 'sqlite', xmppUsers, encrypted });
  report('the servers and the bridge run');
  const lengthMs = kills * MEAN_LIFE_MS;
  const openingMs = lengthMs * EARLY;
  const much = { chats, messages, groups, encrypted, lengthMs, openingMs, random };
  await using load = await Load.prepare(stack, much);
  const unexpectedEnds: string[] = [];
  load.begin();
  for (let kill = 1; kill <= kills; kill += 1) {
    const life = await live(stack.bridge, load, random, kill <= Math.ceil(kills * EARLY));
    if (!stack.bridge.isRunning) unexpectedEnds.push(`before kill ${kill}: ${stack.bridge.lastEnd}`);
    await stack.bridge.kill();
    await stack.bridge.start();
    report(`kill ${kill}/${kills} ${life}; ${progress(load)}`);
  }
  await load.written();
  report(`everything is written; ${progress(load)}`);
  const drained = await drain(stack, load, 'live', DRAIN_MS);
  report(drained ? 'everything has settled' : `something was still on its way after ${DRAIN_MS / 1000} s`);
  await stopCleanly(stack.bridge, unexpectedEnds);
  const states = await eventStates(stack.storage);
  const records = await collectChats(stack, load, 'live');
  const wanted = { wanted: messages, wantedInGroups: groups.messages };
  return judge({ ...records, ...wanted, kills, states, unexpectedEnds });
}

/**
 * Lets the bridge live a random time, and tells how long. While chats are still to be opened, and at most for the first
 * kills, that time begins when the bridge is ready, so that the kills fall into the making of rooms.
 */
async function live(bridge: BridgeProcess, load: Load, random: Random, early: boolean): Promise<string> {
  const opening = early && load.open() < load.chats.length;
  if (opening) await bridge.untilReady();
  const ms = opening ? random.between(0, 1_000) : random.between(0, LONGEST_LIFE_MS);
  await sleep(ms);
  return opening
    ? `${Math.round(ms)} ms after it was ready, ${load.open()}/${load.chats.length} chats open`
    : `after ${Math.round(ms)} ms`;
}

/** Tells the bridge to end and notes where that is not what it then does. */
export async function stopCleanly(bridge: BridgeProcess, unexpectedEnds: string[]): Promise<void> {
  if (!bridge.isRunning) {
    unexpectedEnds.push(`at the end: ${bridge.lastEnd}`);
    return;
  }
  await bridge.stop();
  if (bridge.lastEnd !== 'exit code 0') unexpectedEnds.push(`told to stop: ${bridge.lastEnd}`);
}

/** How far the load is. */
export function progress(load: Load): string {
  const sum = (count: (chat: Load['chats'][number]) => number): number =>
    load.chats.reduce((total, chat) => total + count(chat), 0);
  const accepted = sum((chat) => chat.accepted.length);
  const arrived = sum(({ person }) => new Set(person.live().delivered.map(({ text }) => text)).size);
  const written = sum(({ person }) => person.written.length);
  const receipted = sum(({ person }) => person.live().receipted.size);
  const shown = sum(({ ghost }) => load.matrix.heardFrom(ghost).size);
  const direct = `to XMPP ${arrived} of ${accepted}; to Matrix ${written} written, ${receipted} receipted, ${shown} there`;
  const inGroups = load.groups.chats.map(
    ({ accepted, room }) =>
      `${accepted.length}/${room === undefined ? 'no room' : load.matrix.heardIn(room).size}`,
  );
  return `${direct}; groups ${inGroups.join(' ')}`;
}
