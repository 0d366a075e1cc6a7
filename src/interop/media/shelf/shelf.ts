/**
 * Sealed files that others come for: on disk, under references that cannot be guessed, until they expire. It holds
 * ciphertext and no key. Its index is the names of the files, so it is the same after any crash; what was still being
 * written is gone then. One process has a folder at a time (the database's lease sees to that).
 */
import { randomBytes } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { task, type Log } from '../../../core/task.ts';
import { Turns } from '../../../core/turns.ts';
import { isPartnerRef } from '../paths.ts';
import { unread } from '../pieces.ts';
import { shelfFailed, type ShelfFailed } from './failure.ts';
import { digestOf, entryOf, ownerDigest, type ShelfEntry } from './file-name.ts';
import { openFolder, type ShelfFolder, type ShelvedFile } from './folder.ts';
import { createLedger, type Ledger, type ShelfLimits, type Sum } from './ledger.ts';
import { receive, type Received, type Receiving } from './receive.ts';

export interface ShelfOptions {
  readonly folder: string;
  readonly limits: ShelfLimits;
  /** So much of the disk stays free for everything else, in bytes. */
  readonly keepFreeBytes: number;
  readonly sweepEveryMs: number;
  readonly log: Log;
  readonly now?: () => number;
  /** What is free on the disk; asked of the file system where it is not given. */
  readonly freeBytes?: () => Promise<number>;
}

export interface Shelved {
  readonly kind: 'shelved';
  readonly size: number;
  readonly expiresAt: number;
}

/** What is to be kept. The reference is made beforehand (`newRef`) and kept with the intent, so that a repeat does it once. */
export interface Shelving {
  readonly ref: string;
  readonly owner: string;
  readonly keepMs: number;
}

/** A file that is there and open; to be disposed of. */
export interface FoundFile extends AsyncDisposable {
  readonly size: number;
  readonly expiresAt: number;
  /** Its bytes, once. */
  readonly read: () => Readable;
}

/** Anything that finds files by reference. */
export interface FileFinder {
  /** `undefined` where there is none: unknown, removed, expired and damaged are the same. */
  readonly find: (ref: string) => Promise<FoundFile | undefined>;
}

export interface Shelf extends FileFinder, AsyncDisposable {
  /**
   * Keeps what a stream brings; it is on the disk when this answers. A second one under the same reference takes the
   * first one's place, where both have one owner. What the stream throws is passed on, and nothing is kept.
   */
  readonly put: (shelving: Shelving, bytes: AsyncIterable<Uint8Array>) => Promise<Shelved | ShelfFailed>;
  /** Whether it was there. */
  readonly remove: (ref: string) => Promise<boolean>;
  /** Removes all files of an owner, and says how many there were. */
  readonly removeOwner: (owner: string) => Promise<number>;
  /** Removes what has expired, and says how many there were. It runs by itself too. */
  readonly sweep: () => Promise<number>;
  readonly total: () => Sum;
}

/** A reference with 256 bits of chance. */
export function newRef(): string {
  return randomBytes(32).toString('base64url');
}

/** Opens a shelf with all that its folder holds. */
export async function openShelf(options: ShelfOptions): Promise<Shelf> {
  const folder = await openFolder(options.folder);
  const shelf = new FolderShelf(folder, options);
  await shelf.load();
  return shelf;
}

class FolderShelf implements Shelf {
  readonly #folder: ShelfFolder;
  readonly #log: Log;
  readonly #ledger: Ledger;
  readonly #receiving: Receiving;
  readonly #now: () => number;
  readonly #files = new Map<string, ShelvedFile>();
  /** One thing at a time with one reference. */
  readonly #turns = new Turns();
  readonly #timer: NodeJS.Timeout;
  #sweeping: Promise<void> = Promise.resolve();

  constructor(
    folder: ShelfFolder,
    { limits, keepFreeBytes, log, now, freeBytes, sweepEveryMs }: ShelfOptions,
  ) {
    this.#folder = folder;
    this.#log = log;
    this.#ledger = createLedger(limits);
    this.#now = now ?? Date.now;
    this.#receiving = {
      ...{ folder, ledger: this.#ledger, mostFileBytes: limits.mostFileBytes, keepFreeBytes },
      freeBytes: freeBytes ?? folder.freeBytes,
    };
    this.#timer = setInterval(() => this.#sweepLater(), sweepEveryMs).unref();
  }

  async load(): Promise<void> {
    const { files, strangers } = await this.#folder.list();
    for (const file of files) {
      const other = this.#files.get(file.digest);
      const isOlder = other !== undefined && other.expiresAt > file.expiresAt;
      // A crash between a file and the removal of the one before it leaves two: the later one was told of last.
      if (isOlder) await this.#folder.remove(file);
      else this.#enter(file);
      if (!isOlder && other !== undefined) await this.#forget(other);
    }
    if (strangers > 0) this.#log.warn({ files: strangers }, 'media folder has files of others');
    this.#sweepLater();
    await this.#sweeping;
  }

  #sweepLater(): void {
    this.#sweeping = task(this.#log, 'media sweep', () => this.sweep());
  }

  async put(shelving: Shelving, bytes: AsyncIterable<Uint8Array>): Promise<Shelved | ShelfFailed> {
    if (!isPartnerRef(shelving.ref)) throw new TypeError('not a reference');
    return this.#turns.alone(digestOf(shelving.ref), () => this.#put(shelving, bytes));
  }

  async #put(
    { ref, owner, keepMs }: Shelving,
    bytes: AsyncIterable<Uint8Array>,
  ): Promise<Shelved | ShelfFailed> {
    const before = this.#files.get(digestOf(ref));
    // The later of two files under one reference is also the one that is kept longer: see `load`.
    const expiresAt = Math.max(Math.round(this.#now() + keepMs), (before?.expiresAt ?? 0) + 1);
    const entry = entryOf(ref, owner, expiresAt);
    if (before !== undefined && before.owner !== entry.owner) {
      await unread(bytes);
      return shelfFailed('taken');
    }
    // What it takes the place of does not count against it.
    if (before !== undefined) this.#ledger.giveBack(before.owner, sumOf(before));
    let isKept = false;
    try {
      const received = await this.#receive(entry, bytes);
      if (received.kind === 'failed') return received;
      isKept = true;
      this.#files.set(entry.digest, { ...entry, size: received.size });
      if (before !== undefined) await this.#folder.remove(before).catch(() => undefined);
      return { kind: 'shelved', size: received.size, expiresAt };
    } finally {
      if (!isKept && before !== undefined) this.#ledger.record(before.owner, sumOf(before));
    }
  }

  async #receive(entry: ShelfEntry, bytes: AsyncIterable<Uint8Array>): Promise<Received | ShelfFailed> {
    const one = { files: 1, bytes: 0 };
    const refused = this.#ledger.take(entry.owner, one);
    if (refused !== undefined) {
      await unread(bytes);
      return shelfFailed(refused);
    }
    let isKept = false;
    try {
      const received = await receive(this.#receiving, entry, bytes);
      isKept = received.kind === 'received';
      return received;
    } finally {
      if (!isKept) this.#ledger.giveBack(entry.owner, one);
    }
  }

  async find(ref: string): Promise<FoundFile | undefined> {
    if (!isPartnerRef(ref)) return undefined;
    const file = this.#files.get(digestOf(ref));
    if (file === undefined || file.expiresAt <= this.#now()) return undefined;
    const handle = await this.#folder.openFile(file);
    if (handle !== undefined) {
      if ((await sizeOf(handle)) === file.size) return found(handle, file);
      await handle.close();
    }
    // Something else took it, or cut it: nobody is served half a file.
    await this.#turns.alone(file.digest, async () => {
      if (this.#files.get(file.digest) !== file) return;
      this.#log.warn({ isGone: handle === undefined }, 'media file damaged');
      await this.#forget(file);
    });
    return undefined;
  }

  remove(ref: string): Promise<boolean> {
    const digest = digestOf(ref);
    return this.#turns.alone(digest, async () => {
      const file = this.#files.get(digest);
      if (file === undefined) return false;
      await this.#forget(file);
      return file.expiresAt > this.#now();
    });
  }

  removeOwner(owner: string): Promise<number> {
    const digest = ownerDigest(owner);
    return this.#removeAll((file) => file.owner === digest);
  }

  sweep(): Promise<number> {
    const now = this.#now();
    return this.#removeAll((file) => file.expiresAt <= now);
  }

  total(): Sum {
    return this.#ledger.total();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#sweeping;
  }

  /** All that can be removed are; then it throws what kept another from it. */
  async #removeAll(isMeant: (file: ShelvedFile) => boolean): Promise<number> {
    let removed = 0;
    const errors: unknown[] = [];
    const one = async (digest: string): Promise<void> => {
      const file = this.#files.get(digest);
      if (file === undefined || !isMeant(file)) return;
      await this.#forget(file);
      removed += 1;
    };
    for (const { digest } of [...this.#files.values()].filter(isMeant)) {
      await this.#turns.alone(digest, () => one(digest)).catch((error: unknown) => errors.push(error));
    }
    if (errors.length > 0) throw new AggregateError(errors, `${errors.length} files could not be removed`);
    return removed;
  }

  #enter(file: ShelvedFile): void {
    this.#files.set(file.digest, file);
    this.#ledger.record(file.owner, sumOf(file));
  }

  /** Counts it as gone once it is. */
  async #forget(file: ShelvedFile): Promise<void> {
    await this.#folder.remove(file);
    if (this.#files.get(file.digest) === file) this.#files.delete(file.digest);
    this.#ledger.giveBack(file.owner, sumOf(file));
  }
}

/** Nothing where the disk does not say: then it is no file that can be served. */
async function sizeOf(handle: FileHandle): Promise<number | undefined> {
  return handle.stat().then(
    ({ size }) => size,
    () => undefined,
  );
}

function sumOf({ size }: ShelvedFile): Sum {
  return { files: 1, bytes: size };
}

function found(handle: FileHandle, { size, expiresAt }: ShelvedFile): FoundFile {
  return {
    ...{ size, expiresAt },
    read: () => handle.createReadStream({ autoClose: false }),
    [Symbol.asyncDispose]: () => handle.close(),
  };
}
