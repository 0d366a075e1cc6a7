/** The folder of a shelf: files that appear whole or not at all, and stay when the power goes. */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, mkdir, open, readdir, rename, rm, statfs, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { fileName, incomingPrefix, parseFileName, type ShelfEntry } from './file-name.ts';

/** An entry with what its file says of itself. */
export interface ShelvedFile extends ShelfEntry {
  readonly size: number;
}

/** A file that is being written. One of `place` and `drop` ends it. */
export interface Incoming {
  readonly write: (bytes: Uint8Array) => Promise<void>;
  /** Makes it the entry's file: when this has come back, it is there after any crash. */
  readonly place: (entry: ShelfEntry) => Promise<void>;
  readonly drop: () => Promise<void>;
}

/** What a folder held when it was opened. */
export interface Listing {
  readonly files: readonly ShelvedFile[];
  /** Names that no shelf made: they are left alone. */
  readonly strangers: number;
}

export interface ShelfFolder {
  readonly list: () => Promise<Listing>;
  readonly begin: () => Promise<Incoming>;
  /** `undefined` where it is gone. */
  readonly openFile: (entry: ShelfEntry) => Promise<FileHandle | undefined>;
  /** Removing what is gone already is no failure. */
  readonly remove: (entry: ShelfEntry) => Promise<void>;
  /** What an ordinary account may still write to the disk, in bytes. */
  readonly freeBytes: () => Promise<number>;
}

/** Opens a folder, and makes it where it is not there, for this process's account alone. */
export async function openFolder(path: string): Promise<ShelfFolder> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  return {
    list: () => list(path),
    begin: () => begin(path),
    openFile: async (entry) => {
      try {
        return await open(join(path, fileName(entry)), constants.O_RDONLY | constants.O_NOFOLLOW);
      } catch (error) {
        if (isGone(error)) return undefined;
        throw error;
      }
    },
    remove: (entry) => rm(join(path, fileName(entry)), { force: true }),
    freeBytes: async () => {
      const { bavail, bsize } = await statfs(path);
      return bavail * bsize;
    },
  };
}

async function list(path: string): Promise<Listing> {
  const files: ShelvedFile[] = [];
  let strangers = 0;
  for (const name of await readdir(path)) {
    if (name.startsWith(incomingPrefix)) {
      await rm(join(path, name), { force: true, recursive: true });
      continue;
    }
    const entry = parseFileName(name);
    const found = entry === undefined ? undefined : await lstat(join(path, name)).catch(() => undefined);
    if (entry !== undefined && found?.isFile() === true) files.push({ ...entry, size: found.size });
    else strangers += 1;
  }
  return { files, strangers };
}

async function begin(folder: string): Promise<Incoming> {
  const path = join(folder, `${incomingPrefix}${randomBytes(16).toString('hex')}`);
  const file = await open(path, 'wx', 0o600);
  const drop = async (): Promise<void> => {
    await file.close().catch(() => undefined);
    await rm(path, { force: true });
  };
  return {
    write: (bytes) => file.writeFile(bytes),
    place: async (entry) => {
      await file.sync();
      await file.close();
      const name = join(folder, fileName(entry));
      await rename(path, name);
      try {
        await syncFolder(folder);
      } catch (error) {
        await rm(name, { force: true });
        throw error;
      }
    },
    drop,
  };
}

/** A new name is on the disk when its folder is. Windows has no such step. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ELOOP');
}
