import { unread } from '../pieces.ts';
import type { ShelfEntry } from './file-name.ts';
import { diskFailure, shelfFailed, type ShelfFailed } from './failure.ts';
import type { Incoming, ShelfFolder } from './folder.ts';
import type { Ledger } from './ledger.ts';

/** What files are received with. */
export interface Receiving {
  readonly folder: Pick<ShelfFolder, 'begin'>;
  readonly ledger: Ledger;
  readonly mostFileBytes: number;
  readonly keepFreeBytes: number;
  readonly freeBytes: () => Promise<number>;
}

export interface Received {
  readonly kind: 'received';
  readonly size: number;
}

/** Looks at the disk again after so many bytes. */
const freeCheckBytes = 16 * 1024 * 1024;

/**
 * Writes a stream into the file of an entry, each chunk counted in the ledger before it is written. Where that fails,
 * or the stream throws (which is passed on), nothing of it is left, on the disk and in the ledger.
 */
export async function receive(
  deps: Receiving,
  entry: ShelfEntry,
  bytes: AsyncIterable<Uint8Array>,
): Promise<Received | ShelfFailed> {
  const incoming = await deps.folder.begin().catch(diskFailure);
  if ('kind' in incoming) {
    await unread(bytes);
    return incoming;
  }
  const counted = { size: 0 };
  let isPlaced = false;
  try {
    const failure =
      (await written(deps, entry.owner, { bytes, counted, incoming })) ??
      (await tried(incoming.place(entry)));
    isPlaced = failure === undefined;
    return failure ?? { kind: 'received', size: counted.size };
  } finally {
    if (!isPlaced) {
      deps.ledger.giveBack(entry.owner, { files: 0, bytes: counted.size });
      await incoming.drop().catch(() => undefined);
    }
  }
}

interface Writing {
  readonly bytes: AsyncIterable<Uint8Array>;
  /** What of it the ledger has. */
  readonly counted: { size: number };
  readonly incoming: Incoming;
}

async function written(
  { ledger, mostFileBytes, keepFreeBytes, freeBytes }: Receiving,
  owner: string,
  { bytes, counted, incoming }: Writing,
): Promise<ShelfFailed | undefined> {
  let checkAt = 0;
  for await (const chunk of bytes) {
    const { byteLength } = chunk;
    if (counted.size + byteLength > mostFileBytes) return shelfFailed('too-large');
    const refused = ledger.take(owner, { files: 0, bytes: byteLength });
    if (refused !== undefined) return shelfFailed(refused);
    counted.size += byteLength;
    if (counted.size >= checkAt) {
      const free = await freeBytes().catch(() => 0);
      if (free - byteLength < keepFreeBytes) return shelfFailed('disk-full');
      checkAt = counted.size + freeCheckBytes;
    }
    const failure = await tried(incoming.write(chunk));
    if (failure !== undefined) return failure;
  }
  return undefined;
}

async function tried(step: Promise<void>): Promise<ShelfFailed | undefined> {
  return step.then(() => undefined, diskFailure);
}
