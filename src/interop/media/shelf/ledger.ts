/** How much lies on a shelf, whose it is, and how much more may come. */

export interface ShelfLimits {
  /** Of one sealed file, in bytes. */
  readonly mostFileBytes: number;
  /** Of all files of one owner. */
  readonly mostBytesOfOwner: number;
  readonly mostFilesOfOwner: number;
  /** Of all files. */
  readonly mostBytes: number;
  readonly mostFiles: number;
}

/** Which limit there is no room under. */
export type LedgerRefusal = 'owner-full' | 'full';

export interface Sum {
  readonly files: number;
  readonly bytes: number;
}

/** Counts, with what is still being written among it. */
export interface Ledger {
  /** Counts what there is, whatever the limits say. */
  readonly record: (owner: string, sum: Sum) => void;
  /** Counts more where there is room for it. */
  readonly take: (owner: string, more: Sum) => LedgerRefusal | undefined;
  readonly giveBack: (owner: string, less: Sum) => void;
  readonly total: () => Sum;
  readonly of: (owner: string) => Sum;
}

/** A ledger with nothing in it. */
export function createLedger(limits: Omit<ShelfLimits, 'mostFileBytes'>): Ledger {
  const owners = new Map<string, Sum>();
  let total: Sum = { files: 0, bytes: 0 };
  const of = (owner: string): Sum => owners.get(owner) ?? { files: 0, bytes: 0 };
  const add = (owner: string, sum: Sum, sign: 1 | -1): void => {
    const changed = added(of(owner), sum, sign);
    total = added(total, sum, sign);
    if (changed.files === 0 && changed.bytes === 0) owners.delete(owner);
    else owners.set(owner, changed);
  };
  return {
    record: (owner, sum) => add(owner, sum, 1),
    giveBack: (owner, sum) => add(owner, sum, -1),
    take: (owner, more) => {
      if (isOver(added(of(owner), more, 1), limits.mostFilesOfOwner, limits.mostBytesOfOwner)) {
        return 'owner-full';
      }
      if (isOver(added(total, more, 1), limits.mostFiles, limits.mostBytes)) return 'full';
      add(owner, more, 1);
      return undefined;
    },
    total: () => total,
    of,
  };
}

function added(sum: Sum, more: Sum, sign: 1 | -1): Sum {
  return { files: sum.files + sign * more.files, bytes: sum.bytes + sign * more.bytes };
}

function isOver(sum: Sum, mostFiles: number, mostBytes: number): boolean {
  return sum.files > mostFiles || sum.bytes > mostBytes;
}
