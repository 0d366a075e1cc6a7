/** What sealed files of third-party chats cost: sealing, opening (checked whole before a byte comes out) and reading. */
import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { newMediaKey } from '../../src/interop/media/keys.ts';
import { openSealed, type OpenedFile } from '../../src/interop/media/open.ts';
import { seal, type SealedFacts } from '../../src/interop/media/seal.ts';
import { benchDir, type Stage } from './stage.ts';
import { median, rounded } from './statistics.ts';
import type { Row } from './verdict-row.ts';

export interface MediaFigures {
  readonly megabytes: number;
  /** In megabytes a second, each round. */
  readonly seal: readonly number[];
  readonly open: readonly number[];
  readonly read: readonly number[];
  /** By how many MiB the process grew at most, over all of that. */
  readonly grownMiB: number;
}

const chunk = Buffer.alloc(64 * 1024, 0xa5);

/** Measures with files of 100 MB, from and to the project's own disk. */
export async function benchMedia(stage: Stage): Promise<MediaFigures> {
  const megabytes = stage.quick ? 5 : 100;
  const figures = { seal: [] as number[], open: [] as number[], read: [] as number[] };
  await using dir = await benchDir();
  const path = join(dir.path, 'sealed');
  await round(path, 1);
  const memory = watchedMemory();
  for (let times = 0; times < (stage.quick ? 1 : 5); times += 1) {
    const ms = await round(path, megabytes);
    for (const part of ['seal', 'open', 'read'] as const) {
      figures[part].push(Math.round(megabytes / (ms[part] / 1000)));
    }
  }
  return { megabytes, ...figures, grownMiB: memory.stop() };
}

/** The figures as rows of the report. */
export function mediaRows({ megabytes, seal: sealing, open, read, grownMiB }: MediaFigures): readonly Row[] {
  const row = (what: string, rates: readonly number[]): Row => [
    what,
    `${median(rates)} MB/s`,
    '',
    '',
    `${rates.join(', ')} MB/s`,
  ];
  return [
    row(`sealing ${megabytes} MB to a file`, sealing),
    row('opening it: spooled, MAC, hashes, padding', open),
    row('reading what was opened', read),
    ['memory that this took', `${grownMiB} MiB`, '', '', 'growth of the resident set at most'],
  ];
}

interface Times {
  readonly seal: number;
  readonly open: number;
  readonly read: number;
}

async function round(path: string, megabytes: number): Promise<Times> {
  const mediaKey = newMediaKey();
  const bytes = megabytes * 1_000_000;
  const begun = performance.now();
  const sealing = seal(manyBytes(bytes), mediaKey, 'video');
  await pipeline(sealing.stream, createWriteStream(path));
  const sealed = performance.now();
  const facts = sealing.facts();
  if (facts === undefined) throw new Error('not sealed');
  await using file = await opened(path, mediaKey, facts);
  const open = performance.now();
  let seen = 0;
  for await (const piece of file.read()) if (piece instanceof Uint8Array) seen += piece.byteLength;
  if (seen !== bytes) throw new Error(`${seen} bytes of ${bytes}`);
  return { seal: sealed - begun, open: open - sealed, read: performance.now() - open };
}

async function opened(path: string, mediaKey: Uint8Array, facts: SealedFacts): Promise<OpenedFile> {
  const stream = createReadStream(path, { highWaterMark: chunk.byteLength });
  const fetch = async () => ({ kind: 'open', stream, size: undefined, mimetype: undefined }) as const;
  const file = await openSealed(fetch, { ...facts, mediaKey, kind: 'video' }, facts.plainSize);
  if (file.kind === 'failed') throw new Error(file.reason);
  return file;
}

async function* manyBytes(size: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let left = size; left > 0; left -= chunk.byteLength) {
    await Promise.resolve();
    yield chunk.subarray(0, Math.min(left, chunk.byteLength));
  }
}

function watchedMemory(): { readonly stop: () => number } {
  const before = process.memoryUsage.rss();
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 10);
  return {
    stop: () => {
      clearInterval(timer);
      return rounded((most - before) / 1024 / 1024, 0);
    },
  };
}
