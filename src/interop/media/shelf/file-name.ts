/**
 * A shelf's index is the names of its files: what has to survive a crash is in the name, which one rename makes valid,
 * and the size is the file's own. References and owners are in it as digests, so that a listing of the folder (a backup's,
 * say) gives nobody what to ask for.
 */
import { createHash } from 'node:crypto';

/** What the shelf knows of one file without opening it. */
export interface ShelfEntry {
  /** SHA-256 of the reference, in hex. */
  readonly digest: string;
  /** Half of the SHA-256 of the owner, in hex. */
  readonly owner: string;
  /** In milliseconds since 1970. */
  readonly expiresAt: number;
}

/** What a file is called while it is written. */
export const incomingPrefix = 'incoming-';

const form = /^([0-9a-f]{64})-([0-9a-f]{32})-(\d{1,15})$/;

/** The entry that a reference, its owner and its last moment make. */
export function entryOf(ref: string, owner: string, expiresAt: number): ShelfEntry {
  return { digest: digestOf(ref), owner: ownerDigest(owner), expiresAt };
}

/** How a reference is known on the shelf. */
export function digestOf(ref: string): string {
  return createHash('sha256').update(ref).digest('hex');
}

/** How an owner is known on the shelf. */
export function ownerDigest(owner: string): string {
  return createHash('sha256').update(owner).digest('hex').slice(0, 32);
}

/** The name of an entry's file. */
export function fileName({ digest, owner, expiresAt }: ShelfEntry): string {
  return `${digest}-${owner}-${expiresAt}`;
}

/** The entry behind a name; `undefined` where no shelf made it. */
export function parseFileName(name: string): ShelfEntry | undefined {
  const [, digest, owner, expiresAt] = form.exec(name) ?? [];
  if (digest === undefined || owner === undefined || expiresAt === undefined) return undefined;
  return { digest, owner, expiresAt: Number(expiresAt) };
}
