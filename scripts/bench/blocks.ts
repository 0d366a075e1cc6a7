/** What blocks cost: loading all of them from the database, and asking the door. */
import { join } from 'node:path';
import { blockedDoor } from '../../src/core/blocked-door.ts';
import { Blocks } from '../../src/core/blocks.ts';
import type { Contact } from '../../src/core/door.ts';
import {
  matrixUserId,
  networkId,
  remoteChatId,
  remoteUserId,
  type MatrixUserId,
} from '../../src/core/ids.ts';
import { accountName } from '../../src/core/persons.ts';
import { createLog } from '../../src/log.ts';
import { storageSchema } from '../../src/storage/config.ts';
import { openStorage, type Storage } from '../../src/storage/storage.ts';
import { benchDir, type Stage } from './stage.ts';
import { median, percentile, rounded } from './statistics.ts';
import { verdict, type Row } from './verdict-row.ts';

export interface BlocksFigures {
  readonly blocks: number;
  /** How many of them are on the person whom most have blocked. */
  readonly onOne: number;
  readonly loadMs: readonly number[];
  readonly loadCpu: readonly number[];
  readonly asked: number;
  /** Of the door, in milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
}

const network = networkId('xmpp');
const atOnce = 1_000;

/** Measures with 100,000 blocks of 1,000 users and the administrators: a fifth of all are on one and the same person. */
export async function benchBlocks(stage: Stage): Promise<BlocksFigures> {
  const count = stage.quick ? 10_000 : 100_000;
  await using dir = await benchDir();
  const config = storageSchema.parse({ file: join(dir.path, 'blocks.db'), key: 'a'.repeat(64) });
  await using storage = await openStorage(config, {
    log: createLog({ level: 'error', format: 'json', redactIds: false }, 'blocks'),
  });
  await fill(storage, count);
  const options = {
    serverOf: (_: unknown, name: string): string => name.slice(name.indexOf('@') + 1),
    decidesItself: (): boolean => false,
  };
  const loadMs: number[] = [];
  const loadCpu: number[] = [];
  for (let round = 0; round < (stage.quick ? 1 : 5); round += 1) {
    const [begun, before] = [performance.now(), process.cpuUsage()];
    await Blocks.load(storage.blocks, options);
    loadMs.push(rounded(performance.now() - begun));
    const { user, system } = process.cpuUsage(before);
    loadCpu.push(rounded((user + system) / 1_000));
  }
  const blocks = await Blocks.load(storage.blocks, options);
  const door = blockedDoor({ blocks, ignores: async () => false });
  const times = await timesOf((contact) => door.admit(contact), stage.quick ? 10_000 : 200_000, count);
  return {
    ...{ blocks: count, onOne: count / 5, loadMs, loadCpu, asked: times.length },
    p50: rounded(percentile(times, 0.5), 4),
    p99: rounded(percentile(times, 0.99), 4),
    most: rounded(percentile(times, 1), 2),
  };
}

/** The figures as rows of the report. */
export function blocksRows({ loadMs, loadCpu, p50, p99, most, asked, onOne }: BlocksFigures): readonly Row[] {
  const load = median(loadMs);
  return [
    [
      'one question to the door, p99',
      `${p99} ms`,
      '< 0.1 ms',
      verdict(p99 < 0.1),
      `p50 ${p50} ms, most ${most} ms of ${asked}; ${onOne} blocks are on one person`,
    ],
    [
      'loading them from the database',
      `${load} ms`,
      '< 1000 ms',
      verdict(load < 1_000),
      `CPU ${median(loadCpu)} ms; ${loadMs.join(', ')} ms`,
    ],
  ];
}

async function fill(storage: Storage, count: number): Promise<void> {
  for (let from = 0; from < count; from += atOnce)
    await Promise.all(Array.from({ length: atOnce }, (_, at) => putBlock(storage, from + at)));
}

async function putBlock({ blocks }: Storage, at: number): Promise<unknown> {
  const author = matrixUserId('@admin:example.org');
  const common = { author, at, reason: undefined };
  if (at % 100 === 0) {
    const domain = `bad${at}.example`;
    const blocked = { kind: 'server', network, domain, subdomains: at % 200 === 0 } as const;
    return blocks.put({ owner: 'homeserver', blocked, ...common });
  }
  const isTheOne = at % 5 === 1;
  const name = accountName({ network, remote: remoteUserId(isTheOne ? 'one@example.net' : personAt(at)) });
  const owner = isTheOne ? matrixUserId(`@reader${at}:example.org`) : userAt(at);
  return blocks.put({
    owner: at % 10 === 3 ? 'homeserver' : owner,
    blocked: { kind: 'person', name },
    ...common,
  });
}

function personAt(at: number): string {
  return `person${at}@server${at % 500}.example.net`;
}

function userAt(at: number): MatrixUserId {
  return matrixUserId(`@user${at % 1_000}:example.org`);
}

async function timesOf(
  admit: (contact: Contact) => Promise<unknown>,
  asked: number,
  count: number,
): Promise<readonly number[]> {
  const times = new Float64Array(asked);
  for (let at = -asked / 10; at < asked; at += 1) {
    const contact = contactAt(Math.abs(at), count);
    const begun = performance.now();
    await admit(contact);
    if (at >= 0) times[at] = performance.now() - begun;
  }
  return [...times];
}

/** Blocked people, others, and the one whom everybody blocks, in turn. */
function contactAt(at: number, count: number): Contact {
  const address =
    at % 4 === 0 ? 'one@example.net' : at % 4 === 1 ? `friend${at}@example.com` : personAt(at % count);
  return {
    ...{ network, kind: 'direct', what: 'message', first: false },
    direction: at % 2 === 0 ? 'to-matrix' : 'to-network',
    chat: remoteChatId(address),
    remote: remoteUserId(address),
    user: at % 3 === 0 ? userAt(at) : matrixUserId(`@reader${at % count}:example.org`),
  };
}
