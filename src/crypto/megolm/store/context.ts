import type { Disk } from './disk.ts';
import type { GroupCommit } from './group-commit.ts';
import type { Loop } from './loop.ts';

/** What all parts of one open store share. */
export interface Context {
  readonly disk: Disk;
  readonly loop: Loop;
  readonly commits: GroupCommit;
  /** Whether the store is closed: nothing more is opened. */
  readonly closed: boolean;
  /** A place in the file that was never used before. */
  newSpace(): number;
  /** The number of the last one, to be kept with the next upgrade. */
  readonly lastSpace: number;
}
