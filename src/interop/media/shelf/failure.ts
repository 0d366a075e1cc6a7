import type { LedgerRefusal } from './ledger.ts';

export type ShelfReason = LedgerRefusal | 'too-large' | 'taken' | 'disk-full' | 'disk';

/** Nothing of the file was kept. `text` is safe for the log. */
export interface ShelfFailed {
  readonly kind: 'failed';
  readonly reason: ShelfReason;
  readonly text: string;
}

const texts: Record<ShelfReason, string> = {
  'too-large': 'the file is larger than one may be',
  'owner-full': 'the files of one account are as many as may be',
  full: 'the files are as many as may be',
  taken: 'the reference is that of another account',
  'disk-full': 'the disk is nearly full',
  disk: 'the disk refused it',
};

export function shelfFailed(reason: ShelfReason): ShelfFailed {
  return { kind: 'failed', reason, text: texts[reason] };
}

/** What an error of the file system comes to. */
export function diskFailure(error: unknown): ShelfFailed {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return shelfFailed(code === 'ENOSPC' || code === 'EDQUOT' ? 'disk-full' : 'disk');
}
