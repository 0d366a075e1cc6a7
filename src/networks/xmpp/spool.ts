import { createReadStream } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { limitBytes } from '../../core/media.ts';

/** A file on disk for as long as it is needed; disposing of it removes it. */
export interface Spooled extends AsyncDisposable {
  readonly size: number;
  read(): AsyncIterable<Uint8Array>;
}

/** Writes a stream to a temporary file that only this process's account can read; beyond `limit` bytes it throws `MediaError`. */
export async function spool(stream: AsyncIterable<Uint8Array>, limit: number): Promise<Spooled> {
  const folder = await mkdtemp(join(tmpdir(), 'causeway-media-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const path = join(folder, 'file');
  try {
    let size = 0;
    await using file = await open(path, 'wx', 0o600);
    for await (const chunk of limitBytes(stream, limit)) {
      await file.writeFile(chunk);
      size += chunk.byteLength;
    }
    return { size, read: () => bytesOf(path), [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function* bytesOf(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of createReadStream(path)) yield chunk as Uint8Array;
}
