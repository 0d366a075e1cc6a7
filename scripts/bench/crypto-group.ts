/** An encrypted group in which hundreds of ghosts speak: what the first message of each costs, and what a later one. */
import { stat } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import type { Device, SealingRoom } from '../../src/crypto/megolm/engine.ts';
import { openEngine, type OpenedEngine } from '../../src/crypto/megolm/open-engine.ts';
import { configSchema } from '../../src/config-schema.ts';
import { KeyHomeserver } from '../../test/support/key-homeserver.ts';
import { lockedEvent, paperRoom, sealed } from '../../test/support/paper-engine.ts';
import { asked, type Calls } from './homeserver-calls.ts';
import { benchDir, type Stage } from './stage.ts';
import { latencyOf, rounded, type Latency } from './statistics.ts';

/** What one message costs, in a round in which each ghost says one. */
export interface MessageCost {
  /** Milliseconds of one, one after the other. */
  readonly wall: Latency;
  /** CPU time of all threads for one, the homeserver's part included. */
  readonly cpuMs: number;
  /** Requests to the homeserver of the whole round. */
  readonly calls: Calls;
}

/** Measured beside a homeserver in memory: its requests are counted, but cost next to nothing. */
export interface CryptoGroupFigures {
  readonly ghosts: number;
  /** How many machines may be open at once. */
  readonly maxOpen: number;
  /** The making of a ghost's device, and the ghost's first message right after it. */
  readonly device: MessageCost;
  readonly first: MessageCost;
  /** The next one, while the ghost's machine is open. */
  readonly next: MessageCost;
  /** One after everybody else has spoken, for which the machine is opened from the disk where not all may be open. */
  readonly later: MessageCost;
  /** Such ones with several at once, a second. */
  readonly laterPerSecond: number;
  readonly opening: MessageCost;
  readonly opened: number;
  /** Resident memory of the process in MiB. */
  readonly memory: { readonly before: number; readonly first: number; readonly after: number };
  readonly fileMiB: number;
  readonly load: readonly [number, number];
}

const bot: Device = { userId: '@bot:bench', deviceId: 'BOT' };
const user: Device = { userId: '@user:bench', deviceId: 'USER' };
const room: SealingRoom = paperRoom('!group:bench', [bot.userId, user.userId]);
const lanes = 32;

/** Measures the group. */
export async function benchCryptoGroup({ quick, say }: Stage): Promise<CryptoGroupFigures> {
  const began = load();
  await using stack = new AsyncDisposableStack();
  const dir = stack.use(await benchDir()).path;
  const server = new KeyHomeserver();
  const people = stack.use(await opened(dir, 'user', server));
  const bridge = stack.use(await opened(dir, 'bot', server));
  await identified(people, user);
  await identified(bridge, bot);
  const group = new Group(bridge, server, quick ? 20 : 500);
  const before = residentMiB();
  const { device, first, next } = await group.begin();
  const memory = { before, first: residentMiB() };
  say('  each has spoken once');
  const later = await group.speakAgain();
  const laterPerSecond = await group.speakAtOnce();
  say('  each has spoken again');
  const opening = await group.openAll(bot);
  await group.openOne(people, user);
  return {
    ...{ ghosts: group.ghosts.length, maxOpen, device, first, next, later, laterPerSecond, opening },
    opened: group.said.length,
    memory: { ...memory, after: residentMiB() },
    fileMiB: rounded((await stat(join(dir, 'bot.db'))).size / 2 ** 20, 1),
    load: [began, load()],
  };
}

/** As many as the bridge keeps open where nothing else is configured. */
const { maxOpen, idle: idleMs, fresh: freshMs } = configSchema.shape.encryption.parse({});

async function opened(dir: string, name: string, server: KeyHomeserver): Promise<OpenedEngine> {
  const engine = await openEngine({
    ...{ file: join(dir, `${name}.db`), key: new Uint8Array(32).fill(1), account: `@${name}:bench` },
    ...{ request: server.request, strategy: 'all-devices', maxOpen, idleMs, freshMs },
    events: { keysArrived: () => undefined },
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  });
  if (engine.kind === 'refused') throw new Error(engine.cause);
  return engine;
}

class Group {
  readonly ghosts: readonly Device[];
  readonly said: { readonly ghost: Device; readonly id: string; readonly content: string }[] = [];
  readonly #bridge: OpenedEngine;
  readonly #server: KeyHomeserver;

  constructor(bridge: OpenedEngine, server: KeyHomeserver, size: number) {
    this.#bridge = bridge;
    this.#server = server;
    this.ghosts = Array.from({ length: size }, (_, n) => ({ userId: `@ghost${n}:bench`, deviceId: 'GHOST' }));
  }

  /** One after the other gets a device, speaks for the first time, and goes on. */
  async begin(): Promise<Readonly<Record<'device' | 'first' | 'next', MessageCost>>> {
    const [device, first, next] = [this.#tally(), this.#tally(), this.#tally()];
    for (const ghost of this.ghosts) {
      await device.add(() => identified(this.#bridge, ghost));
      await first.add(() => this.speak(ghost));
      await next.add(() => this.speak(ghost));
    }
    return { device: device.cost(), first: first.cost(), next: next.cost() };
  }

  /** One after the other says something more. */
  async speakAgain(): Promise<MessageCost> {
    const later = this.#tally();
    for (const ghost of this.ghosts) await later.add(() => this.speak(ghost));
    return later.cost();
  }

  async speak(ghost: Device): Promise<void> {
    const content = await sealed(this.#bridge, ghost, room);
    this.said.push({ ghost, id: `$${this.said.length}`, content });
  }

  /** Each once more, several at once; answers how many a second. */
  async speakAtOnce(): Promise<number> {
    const begun = performance.now();
    const rest = this.ghosts.values();
    const lane = async (): Promise<void> => {
      for (const ghost of rest) await this.speak(ghost);
    };
    await Promise.all(Array.from({ length: lanes }, lane));
    return Math.round((this.ghosts.length * 1_000) / (performance.now() - begun));
  }

  async openAll(reader: Device): Promise<MessageCost> {
    const opening = this.#tally();
    for (const message of this.said) await opening.add(() => opens(this.#bridge, reader, message));
    return opening.cost();
  }

  /** Of what it says, the last is for the user as well. */
  async openOne(engine: OpenedEngine, reader: Device): Promise<void> {
    const last = this.said.at(-1);
    if (last !== undefined) await opens(engine, reader, last);
  }

  #tally(): Tally {
    return new Tally(this.#server);
  }
}

/** Adds up what things cost that are done one after the other. */
class Tally {
  readonly #server: KeyHomeserver;
  readonly #times: number[] = [];
  readonly #asked: string[] = [];
  #cpuMs = 0;

  constructor(server: KeyHomeserver) {
    this.#server = server;
  }

  async add(work: () => Promise<void>): Promise<void> {
    const [asked, cpu, begun] = [this.#server.asked.length, process.cpuUsage(), performance.now()];
    await work();
    this.#times.push(performance.now() - begun);
    const { user, system } = process.cpuUsage(cpu);
    this.#cpuMs += (user + system) / 1_000;
    this.#asked.push(...this.#server.asked.slice(asked));
  }

  cost(): MessageCost {
    const cpuMs = rounded(this.#cpuMs / this.#times.length);
    return { wall: latencyOf(this.#times), cpuMs, calls: asked(this.#asked) };
  }
}

async function opens(engine: OpenedEngine, reader: Device, message: Group['said'][number]): Promise<void> {
  const { ghost, id, content } = message;
  const outcome = await engine.open(reader, lockedEvent(ghost, room.room, id, content));
  if (outcome.kind !== 'opened') throw new Error(JSON.stringify(outcome));
}

async function identified(engine: OpenedEngine, device: Device): Promise<void> {
  const trouble = await engine.identify(device);
  if (trouble !== undefined) throw new Error(JSON.stringify(trouble));
}

function residentMiB(): number {
  return Math.round(process.memoryUsage().rss / 2 ** 20);
}

function load(): number {
  return rounded(loadavg()[0] ?? 0, 1);
}
