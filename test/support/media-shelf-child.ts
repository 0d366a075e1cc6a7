/** A process that puts files on the shelf of a folder until it is killed; a number is said when its file is kept. */
import { openShelf } from '../../src/interop/media/shelf/shelf.ts';
import { RecordingLog } from './recording-log.ts';

const [folder = '', first = '0'] = process.argv.slice(2);
const most = 1_000_000_000;
const shelf = await openShelf({
  folder,
  limits: {
    ...{ mostFileBytes: most, mostBytesOfOwner: most, mostFilesOfOwner: most },
    ...{ mostBytes: most, mostFiles: most },
  },
  ...{ keepFreeBytes: 0, sweepEveryMs: 60_000, log: new RecordingLog() },
});

/** Each number's file is its own text over and over, in chunks. */
async function* bytesOf(number: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let chunk = 0; chunk < 20; chunk += 1) {
    await Promise.resolve();
    yield Buffer.from(`${number}\n`.repeat(200));
  }
}

async function put(from: number): Promise<void> {
  for (let number = from; ; number += 3) {
    // Every tenth takes the place of what another run or round put there before.
    const ref = number % 10 === 0 ? 'same' : `file-${number}`;
    const kept = await shelf.put({ ref, owner: 'a', keepMs: 3_600_000 }, bytesOf(number));
    if (kept.kind === 'failed') throw new Error(kept.text);
    process.stdout.write(`${ref} ${number}\n`);
  }
}

await Promise.all([0, 1, 2].map((lane) => put(Number(first) + lane)));
