import { openShelf, type Shelf, type ShelfOptions } from '../../src/interop/media/shelf/shelf.ts';
import { gathered } from './byte-streams.ts';
import { RecordingLog } from './recording-log.ts';

/** A shelf with room for a handful of small files, and changes to that. */
export function smallShelf(folder: string, change: Partial<ShelfOptions> = {}): Promise<Shelf> {
  return openShelf({
    folder,
    limits: { mostFileBytes: 100, mostBytesOfOwner: 200, mostFilesOfOwner: 3, mostBytes: 400, mostFiles: 5 },
    ...{ keepFreeBytes: 0, sweepEveryMs: 60_000, log: new RecordingLog() },
    ...change,
  });
}

/** The bytes under a reference; `undefined` where there is none. */
export async function bytesUnder(shelf: Shelf, ref: string): Promise<string | undefined> {
  const file = await shelf.find(ref);
  if (file === undefined) return undefined;
  await using found = file;
  const bytes = await gathered(found.read());
  return bytes.byteLength === found.size ? bytes.toString() : 'of another size';
}
