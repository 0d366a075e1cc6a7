import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Device, SealingRoom } from '../../src/crypto/megolm/engine.ts';
import { openEngine, type OpenedEngine } from '../../src/crypto/megolm/open-engine.ts';
import { KeyHomeserver } from '../../test/support/key-homeserver.ts';
import { lockedEvent, paperRoom, sealed } from '../../test/support/paper-engine.ts';
import type { Row } from './report.ts';
import type { Stage } from './stage.ts';

/** What the whole engine does: machines in their worker, over the durable store, beside a homeserver in memory. */
export interface CryptoFigures {
  readonly ghosts: number;
  readonly perSession: number;
  readonly sealsPerSecond: number;
  readonly opensPerSecond: number;
  /** CPU time of all threads for one, in milliseconds. */
  readonly sealCpuMs: number;
  readonly openCpuMs: number;
  /** Keys, signatures and one-time keys of a new device. */
  readonly deviceCpuMs: number;
  readonly deviceMs: number;
  readonly machines: number;
  readonly machinesMiB: number;
  readonly openFiles: number;
}

const readers: readonly Device[] = ['@reader1:bench', '@reader2:bench'].map((userId) => ({
  userId,
  deviceId: 'READER',
}));
const reader: Device = { userId: '@reader1:bench', deviceId: 'READER' };
const lanes = 32;

/** Measures the crypto engine. */
export async function benchCrypto({ quick, say }: Stage): Promise<CryptoFigures> {
  await mkdir('var/bench', { recursive: true });
  const dir = await mkdtemp(join('var/bench', 'crypto-'));
  const server = new KeyHomeserver();
  const open = async (name: string): Promise<OpenedEngine> => {
    const engine = await openEngine({
      file: join(dir, `${name}.db`),
      key: new Uint8Array(32).fill(1),
      account: `@${name}:bench`,
      request: server.request,
      strategy: 'all-devices',
      maxOpen: 2_000,
      idleMs: 3_600_000,
      freshMs: 3_600_000,
      events: { keysArrived: () => undefined },
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    });
    if (engine.kind === 'refused') throw new Error(engine.cause);
    return engine;
  };
  try {
    const people = await open('people');
    for (const reader of readers) await people.identify(reader);
    const bridge = await open('bridge');
    const figures = await measure(bridge, people, quick ? 50 : 1_000, quick ? 20 : 200, say);
    await bridge[Symbol.asyncDispose]();
    await people[Symbol.asyncDispose]();
    return figures;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function measure(
  bridge: OpenedEngine,
  people: OpenedEngine,
  machines: number,
  each: number,
  say: Stage['say'],
): Promise<CryptoFigures> {
  const ghosts = Array.from({ length: machines }, (_, i) => ({
    userId: `@ghost${i}:bench`,
    deviceId: 'GHOST',
  }));
  const before = process.memoryUsage().rss;
  const made = await clocked(machines, () => inLanes(ghosts, (ghost) => identified(bridge, ghost)));
  const machinesMiB = (process.memoryUsage().rss - before) / 2 ** 20;
  const openFiles = (await readdir('/proc/self/fd')).length;
  say(`${machines} devices made`);

  const speakers = ghosts.slice(0, lanes);
  const rooms = speakers.map((_, i): SealingRoom =>
    paperRoom(
      `!room${i}:bench`,
      readers.map(({ userId }) => userId),
    ),
  );
  const contents: string[][] = speakers.map(() => []);
  const sealing = await clocked(lanes * each, () =>
    inLanes([...speakers.keys()], async (i) => {
      const [ghost, room] = [speakers[i], rooms[i]];
      if (ghost === undefined || room === undefined) return;
      for (let n = 0; n < each; n += 1) contents[i]?.push(await sealed(bridge, ghost, room));
    }),
  );
  say('sealed');
  await people.pull(reader);
  const opening = await clocked(lanes * each, () =>
    inLanes([...speakers.keys()], async (i) => {
      const [ghost, room] = [speakers[i], rooms[i]];
      if (ghost === undefined || room === undefined) return;
      for (const [n, content] of (contents[i] ?? []).entries()) {
        const opened = await people.open(reader, lockedEvent(ghost, room.room, `$${i}-${n}`, content));
        if (opened.kind !== 'opened') throw new Error(JSON.stringify(opened));
      }
    }),
  );
  return {
    ghosts: lanes,
    perSession: 100,
    sealsPerSecond: Math.round(1_000 / sealing.ms),
    opensPerSecond: Math.round(1_000 / opening.ms),
    sealCpuMs: sealing.cpuMs,
    openCpuMs: opening.cpuMs,
    deviceCpuMs: made.cpuMs,
    deviceMs: made.ms,
    machines,
    machinesMiB: Math.round(machinesMiB),
    openFiles,
  };
}

async function identified(engine: OpenedEngine, device: Device): Promise<void> {
  const trouble = await engine.identify(device);
  if (trouble !== undefined) throw new Error(JSON.stringify(trouble));
}

/** Time and CPU time of one of a number of things, in milliseconds. */
async function clocked(
  count: number,
  work: () => Promise<unknown>,
): Promise<{ readonly ms: number; readonly cpuMs: number }> {
  const [begun, cpu] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return { ms: (performance.now() - begun) / count, cpuMs: (user + system) / 1_000 / count };
}

async function inLanes<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values();
  const lane = async (): Promise<void> => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

/** The figures as rows of the report. */
export function cryptoRows(figures: CryptoFigures): readonly Row[] {
  const { ghosts, perSession, sealsPerSecond: seals, opensPerSecond: opens, machines } = figures;
  const setting = `${ghosts} ghosts at once, two readers, ${perSession} messages a session`;
  const verdict = (met: boolean): string => (met ? 'met' : 'MISSED');
  return [
    [
      'seals a second',
      String(seals),
      '>= 1000',
      verdict(seals >= 1_000),
      `${figures.sealCpuMs.toFixed(2)} ms CPU each; ${setting}`,
    ],
    [
      'opens a second',
      String(opens),
      '>= 500',
      verdict(opens >= 500),
      `${figures.openCpuMs.toFixed(2)} ms CPU each`,
    ],
    [
      'a first device',
      `${figures.deviceCpuMs.toFixed(0)} ms CPU`,
      '',
      '',
      `${figures.deviceMs.toFixed(0)} ms each, ${ghosts} at once`,
    ],
    [
      `${machines} machines open`,
      `${figures.machinesMiB} MiB`,
      '',
      '',
      `${figures.openFiles} open files of the process`,
    ],
  ];
}
