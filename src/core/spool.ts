import { createReadStream } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';

/** A file on disk for as long as it is needed; disposing of it removes it. */
export interface Spooled extends AsyncDisposable {
  /** Where it lies, alone in a folder that goes with it: what is put beside it goes too. */
  readonly path: string;
  readonly size: number;
  /** Its bytes; the file is opened once somebody reads them. */
  read(): Readable;
}

/**
 * Writes a stream to a temporary file that only this process's account can read, to learn its length. How long the
 * stream may be is for the caller to bound (`limitBytes`); where it breaks, its error is passed on and nothing is left.
 */
export async function spool(stream: AsyncIterable<Uint8Array>): Promise<Spooled> {
  const folder = await mkdtemp(join(tmpdir(), 'causeway-media-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const path = join(folder, 'file');
  try {
    let size = 0;
    await using file = await open(path, 'wx', 0o600);
    for await (const chunk of stream) {
      await file.writeFile(chunk);
      size += chunk.byteLength;
    }
    return {
      path,
      size,
      read: () => Readable.from(bytesOf(path), { objectMode: false }),
      [Symbol.asyncDispose]: remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function* bytesOf(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of createReadStream(path)) yield chunk as Uint8Array;
}
