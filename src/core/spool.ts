import { createReadStream } from 'node:fs';
import { lstat, mkdtemp, open, readdir, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';

/** A file on disk for as long as it is needed; disposing of it removes it. */
export interface Spooled extends AsyncDisposable {
  readonly size: number;
  /** Its bytes, from the beginning. */
  read(): Readable;
}
/** The same where another program is to find it. */
export interface SpooledFile extends Spooled {
  /** Where it lies, alone in a folder that goes with it: what is put beside it goes too. */
  readonly path: string;
}

/** The folders' names tell whose they are: what follows is the process's number. */
const prefix = 'causeway-media-';
const chunkBytes = 64 * 1024;
/** A folder of a process that is gone is left alone for so long: processes in containers have numbers of their own. */
const settleMs = 10 * 60_000;
const longestMs = 24 * 60 * 60_000;

/**
 * Writes a stream to a temporary file, to learn its length. How long the stream may be is for the caller to bound
 * (`limitBytes`); where it breaks, its error is passed on and nothing is left. The file has no name any more before the
 * first byte is written, where the platform allows that: then nothing is left of it either when the process is killed.
 */
export async function spool(stream: AsyncIterable<Uint8Array>): Promise<Spooled> {
  const made = await create();
  const { file } = made;
  try {
    // Some platforms keep the name of a file that is open: it goes when it is disposed of.
    await made.remove().catch(() => undefined);
    const size = await write(file, stream);
    return {
      size,
      read: () => Readable.from(bytesOf(file, size), { objectMode: false }),
      [Symbol.asyncDispose]: () => closed(made),
    };
  } catch (error) {
    await closed(made);
    throw error;
  }
}

/** The same with a name that another program can open; only this process's account can. */
export async function spoolToFile(stream: AsyncIterable<Uint8Array>): Promise<SpooledFile> {
  const made = await create();
  try {
    const size = await write(made.file, stream);
    await made.file.close();
    const { path, remove } = made;
    return {
      path,
      size,
      read: () => createReadStream(path),
      [Symbol.asyncDispose]: remove,
    };
  } catch (error) {
    await closed(made);
    throw error;
  }
}

/** Removes what processes left that were killed. Answers how many folders there were; what cannot be removed stays. */
export async function removeStaleSpools(folder = tmpdir(), now = Date.now()): Promise<number> {
  let removed = 0;
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.startsWith(prefix)) continue;
    const path = join(folder, name);
    if (!(await isStale(path, Number(/^\d+/.exec(name.slice(prefix.length))?.[0]), now))) continue;
    const failed = await rm(path, { recursive: true, force: true }).catch((error: unknown) => error);
    if (failed === undefined) removed += 1;
  }
  return removed;
}

async function isStale(path: string, pid: number, now: number): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  const isOurs =
    found !== undefined && found.isDirectory() && found.uid === (process.getuid?.() ?? found.uid);
  if (!isOurs) return false;
  const age = now - found.mtimeMs;
  return age > longestMs || (age > settleMs && !isAlive(pid));
}

function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

interface Made {
  readonly path: string;
  readonly file: FileHandle;
  readonly remove: () => Promise<void>;
}

async function create(): Promise<Made> {
  const folder = await mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const path = join(folder, 'file');
  try {
    return { path, file: await open(path, 'wx+', 0o600), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function write(file: FileHandle, stream: AsyncIterable<Uint8Array>): Promise<number> {
  let size = 0;
  for await (const chunk of stream) {
    await file.writeFile(chunk);
    size += chunk.byteLength;
  }
  return size;
}

async function closed({ file, remove }: Made): Promise<void> {
  await file.close();
  await remove();
}

async function* bytesOf(file: FileHandle, size: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let position = 0; position < size;) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
