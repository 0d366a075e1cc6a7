import { setTimeout as sleep } from 'node:timers/promises';
import { startStack, type Stack } from '../../test/support/bridge-process.ts';
import type { ServerControl } from '../../test/support/server-process.ts';
import { collectChats, drain, eventStates } from './collect.ts';
import { judge, type Judgement } from './judgement.ts';
import { progress, stopCleanly } from './kill.ts';
import { groupAccounts } from './group.ts';
import { Load, xmppAccounts, type LoadPlan } from './load.ts';
import { Random } from './random.ts';

/** What can be gone. */
export const servers = ['synapse', 'prosody', 'postgres'] as const;
export type ServerName = (typeof servers)[number];

/** How hard a run is. */
export interface OutagePlan {
  readonly dir: string;
  readonly seed: number;
  readonly server: ServerName;
  readonly goneMs: number;
  readonly chats: number;
  /** Over all chats, each way. */
  readonly messages: number;
  readonly groups: LoadPlan['groups'];
  readonly encrypted: boolean;
  readonly report: (line: string) => void;
}

const BEFORE_MS = 10_000;
const AFTER_MS = 15_000;
const OPEN_MS = 60_000;
const DRAIN_MS = 150_000;

/** Kills one of the servers while messages flow, starts it again after a while, and judges what became of them. */
export async function runOutage(plan: OutagePlan): Promise<Judgement> {
  const { dir, chats, messages, groups, encrypted, server, goneMs, report } = plan;
  const random = new Random(plan.seed);
  const database = server === 'postgres' ? 'postgres' : 'sqlite';
  const xmppUsers = [...xmppAccounts(chats), ...groupAccounts(groups.groups)];
  await using stack = await startStack({ dir, database, xmppUsers, encrypted });
  report(`the servers and the bridge run; ${server} will be gone for ${goneMs / 1000} s`);
  const lengthMs = BEFORE_MS + goneMs + AFTER_MS;
  const much = { chats, messages, groups, encrypted, lengthMs, openingMs: 0, random };
  await using load = await Load.prepare(stack, much);
  load.begin();
  await allOpen(load);
  await sleep(BEFORE_MS);
  await takeAway(serverOf(stack, server), goneMs, () => report(`${server} is gone; ${progress(load)}`));
  report(`${server} is back; ${progress(load)}`);
  await load.written();
  report(`everything is written; ${progress(load)}`);
  const view = server === 'prosody' ? 'archived' : 'live';
  if (view === 'archived') for (const { person } of load.chats) await person.user.online();
  const drained = await drain(stack, load, view, DRAIN_MS);
  report(drained ? 'everything has settled' : `something was still on its way after ${DRAIN_MS / 1000} s`);
  const unexpectedEnds: string[] = [];
  await stopCleanly(stack.bridge, unexpectedEnds);
  const states = await eventStates(stack.storage);
  const records = await collectChats(stack, load, view);
  const wanted = { wanted: messages, wantedInGroups: groups.messages };
  return judge({ ...records, ...wanted, kills: 1, states, unexpectedEnds });
}

async function allOpen(load: Load): Promise<void> {
  const deadline = performance.now() + OPEN_MS;
  while (load.open() < load.chats.length && performance.now() < deadline) await sleep(100);
}

async function takeAway(server: ServerControl, goneMs: number, gone: () => void): Promise<void> {
  await server.kill();
  gone();
  await sleep(goneMs);
  await server.restart();
}

function serverOf(stack: Stack, name: ServerName): ServerControl {
  switch (name) {
    case 'synapse':
      return stack.synapse;
    case 'prosody':
      return stack.prosody;
    case 'postgres':
      if (stack.postgres === undefined) throw new Error('This stack has no PostgreSQL.');
      return stack.postgres;
  }
}
