/** Third-party chats under load: many users of a provider connected at once to the host, and messages both ways. */
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import {
  alone,
  clock,
  cost,
  heard,
  hostPlace,
  memory,
  said,
  streams,
  type Alone,
  type Cost,
  type Heard,
  type HostPlan,
  type Memory,
} from './interop-orders.ts';
import { benchDir, type Stage } from './stage.ts';
import { isAll, wayOf, type WayFigures } from './interop-ways.ts';
import { latencyOf, rounded, type Latency } from './statistics.ts';
import { Worker } from './worker.ts';

/** How much of it there is to be; what is not said is as in the figures that are published. */
export interface InteropLoad {
  readonly users?: number | undefined;
  readonly seconds?: number | undefined;
  /** Messages a second, both ways together. */
  readonly rate?: number | undefined;
}

export interface RoundFigures {
  readonly seconds: number;
  readonly toHomeserver: WayFigures;
  readonly toProvider: WayFigures;
  /** CPU time of the host, all threads, for one message, all that goes with it included. */
  readonly cpuMs: number;
  /** Transactions of the database for one message, and reads outside of them. Those that are asked for together are one. */
  readonly commits: number;
  readonly reads: number;
  /** The share of the time in which the host's event loop was at work. */
  readonly busy: number;
}

export interface InteropFigures {
  readonly users: number;
  readonly residents: number;
  readonly rate: number;
  readonly handshakes: Readonly<Record<(typeof streams)[number], Latency>>;
  /** Of one connection, in KiB. */
  readonly connection: Readonly<
    Record<(typeof streams)[number], { readonly heap: number; readonly resident: number }>
  >;
  readonly residentMiB: Readonly<Record<'enlisted' | 'connected' | 'after', number>>;
  /** How many were connected before the round and after it. */
  readonly connected: readonly [number, number];
  /** CPU time of the host in a second without messages. */
  readonly idleCpuMs: number;
  readonly first: RoundFigures;
  readonly both: RoundFigures;
  readonly onlyToHomeserver: RoundFigures;
  readonly onlyToProvider: RoundFigures;
  /** With nothing else under way. */
  readonly singlyToHomeserver: RoundFigures;
  readonly singlyToProvider: RoundFigures;
  readonly alone: Alone;
  readonly troubles: readonly string[];
  readonly load: readonly [number, number];
}

/** Messages a second, both ways together, where nothing else is asked for. */
export const usualRate = 100;
/** Provider's users that each homeserver user writes with. */
const residentsOf = 5;
/** Messages are lost when nothing has come for so long. */
const patienceMs = 30_000;
const singly = { count: 20, perSecond: 4 };

/** Measures it. */
export async function benchInterop(stage: Stage, load: InteropLoad): Promise<InteropFigures> {
  const { quick, profile, say } = stage;
  const { users = quick ? 100 : 1_000, seconds = quick ? 5 : 60, rate = usualRate } = load;
  const residents = Math.ceil(users / residentsOf);
  const began = loadNow();
  await using dir = await benchDir();
  const log = join(dir.path, 'processes.log');
  await using clients = new Worker({ users, residents }, { entry: 'interop-clients.ts', log });
  const providerUrl = await clients.ask({ kind: 'provider' }, z.string());
  const plan: HostPlan = { dir: dir.path, providerUrl, residents };
  await using host = new Worker(plan, { entry: 'interop-host.ts', log, profile, flags: ['--expose-gc'] });
  const run = new Run(host, clients);
  await run.enlist();
  say('  all are enlisted');
  const { handshakes, memories } = await run.connect(users);
  say('  all are connected');
  await clients.ask({ kind: 'prepare' }, z.unknown());
  const first = await run.round('first', { toHomeserver: users, toProvider: users });
  say('  each has written and been written to once');
  const before = await run.memory();
  const idleCpuMs = await run.idle(quick ? 2_000 : 10_000);
  const half = Math.max(1, Math.round((rate * seconds) / 2));
  const both = await run.round('both', { toHomeserver: half, toProvider: half, perSecond: rate / 2 });
  say('  the round is over');
  const short = Math.max(1, Math.round(rate * Math.min(seconds, 10)));
  const oneWay = await run.bothWays('one way', short, rate);
  const single = await run.bothWays('singly', singly.count, singly.perSecond);
  const after = await run.memory();
  const count = quick ? 100 : 500;
  return {
    ...{ users, residents, rate, handshakes, first, both, idleCpuMs },
    ...{ onlyToHomeserver: oneWay[0], onlyToProvider: oneWay[1] },
    ...{ singlyToHomeserver: single[0], singlyToProvider: single[1] },
    ...connectionsIn(memories, before, after),
    alone: await host.ask({ kind: 'alone', count }, alone),
    troubles: run.troubles,
    load: [began, loadNow()],
  };
}

interface Order {
  readonly toHomeserver: number;
  readonly toProvider: number;
  /** Of each direction that has any. */
  readonly perSecond?: number;
}

/** The two processes, and what was amiss with them. */
class Run {
  readonly troubles: string[] = [];
  readonly #host: Worker;
  readonly #clients: Worker;

  constructor(host: Worker, clients: Worker) {
    this.#host = host;
    this.#clients = clients;
  }

  async enlist(): Promise<void> {
    const place = await this.#host.ask({ kind: 'where' }, hostPlace);
    const logins = await this.#clients.ask({ kind: 'enlist', host: place }, z.array(z.string()));
    await this.#host.ask({ kind: 'meet', users: logins }, z.unknown());
  }

  /** All come, first over TCP, then over WebSocket; with the host's memory before, between and after. */
  async connect(
    users: number,
  ): Promise<Pick<InteropFigures, 'handshakes'> & { memories: readonly Memory[] }> {
    const memories = [await this.memory()];
    const latencies: Latency[] = [];
    for (const over of streams) {
      const times = await this.#clients.ask({ kind: 'connect', over }, z.array(z.number()));
      latencies.push(latencyOf(times));
      memories.push(await this.memory());
    }
    const [tcp = latencyOf([]), websocket = latencyOf([])] = latencies;
    const { connected } = memories.at(-1) ?? { connected: 0 };
    if (connected !== users) throw new Error(`${connected} of ${users} are connected`);
    return { handshakes: { tcp, websocket }, memories };
  }

  /** Messages are said, and then waited for. */
  async round(name: string, { toHomeserver, toProvider, perSecond }: Order): Promise<RoundFigures> {
    const before = await this.#cost();
    const order = (count: number): object => ({ kind: 'say', round: name, perSecond, count });
    const [fromClients, fromHost] = await Promise.all([
      this.#clients.ask(order(toHomeserver), z.array(said)),
      this.#host.ask(order(toProvider), z.array(said)),
    ]);
    const [atHost, atClients] = await this.#waited(toHomeserver, toProvider);
    const after = await this.#cost();
    for (const { troubles } of [...atHost, ...atClients]) this.troubles.push(...troubles);
    for (const { trouble } of [...fromClients, ...fromHost])
      if (trouble !== undefined) this.troubles.push(trouble);
    const ms = after.at - before.at;
    const each = (of: 'cpuMs' | 'commits' | 'reads'): number =>
      rounded((after[of] - before[of]) / (toHomeserver + toProvider));
    return {
      seconds: rounded(ms / 1_000, 1),
      toHomeserver: wayOf(fromClients, atHost, atClients),
      toProvider: wayOf(fromHost, atClients, atHost),
      ...{ cpuMs: each('cpuMs'), commits: each('commits'), reads: each('reads') },
      busy: rounded((after.activeMs - before.activeMs) / ms),
    };
  }

  /** All that both sides hear, until it is all or nothing more comes. */
  async #waited(
    toHomeserver: number,
    toProvider: number,
  ): Promise<readonly [atHost: readonly Heard[], atClients: readonly Heard[]]> {
    const atHost: Heard[] = [];
    const atClients: Heard[] = [];
    let last = clock();
    do {
      await sleep(200);
      const news = [
        await this.#host.ask({ kind: 'heard' }, heard),
        await this.#clients.ask({ kind: 'heard' }, heard),
      ] as const;
      atHost.push(news[0]);
      atClients.push(news[1]);
      if (news.some(({ arrivals, delivered }) => arrivals.length + delivered.length > 0)) last = clock();
    } while (clock() - last < patienceMs && !isAll(atHost, toHomeserver, toProvider, atClients));
    return [atHost, atClients];
  }

  /** First one way, then the other. */
  async bothWays(
    name: string,
    count: number,
    perSecond: number,
  ): Promise<readonly [RoundFigures, RoundFigures]> {
    const toHomeserver = await this.round(`${name} in`, { toHomeserver: count, toProvider: 0, perSecond });
    const toProvider = await this.round(`${name} out`, { toHomeserver: 0, toProvider: count, perSecond });
    return [toHomeserver, toProvider];
  }

  async idle(ms: number): Promise<number> {
    const before = await this.#cost();
    await sleep(ms);
    const after = await this.#cost();
    return rounded(((after.cpuMs - before.cpuMs) * 1_000) / (after.at - before.at), 1);
  }

  memory(): Promise<Memory> {
    return this.#host.ask({ kind: 'memory' }, memory);
  }

  #cost(): Promise<Cost> {
    return this.#host.ask({ kind: 'cost' }, cost);
  }
}

function connectionsIn(
  memories: readonly Memory[],
  before: Memory,
  after: Memory,
): Pick<InteropFigures, 'connection' | 'connected' | 'residentMiB'> {
  const [none = before, tcp = before, both = before] = memories;
  const each = (from: Memory, to: Memory): { readonly heap: number; readonly resident: number } => {
    const count = Math.max(1, to.connected - from.connected);
    return {
      heap: rounded((to.heap + to.external - from.heap - from.external) / count / 1_024, 1),
      resident: rounded((to.rss - from.rss) / count / 1_024, 1),
    };
  };
  const MiB = ({ rss }: Memory): number => Math.round(rss / 2 ** 20);
  return {
    connection: { tcp: each(none, tcp), websocket: each(tcp, both) },
    connected: [before.connected, after.connected],
    residentMiB: { enlisted: MiB(none), connected: MiB(both), after: MiB(after) },
  };
}

function loadNow(): number {
  return rounded(loadavg()[0] ?? 0, 1);
}
