/** Files: one's own are sealed onto the shelf that the provider serves, others' are fetched from the host and opened. */
import type { Media, OpenMedia } from '../../src/core/media.ts';
import { failedForGood, type Failed } from '../../src/core/outcome.ts';
import { parseMediaBase } from '../../src/interop/media/base.ts';
import type { Fetcher } from '../../src/interop/media/fetcher.ts';
import { newMediaKey } from '../../src/interop/media/keys.ts';
import { openSealed } from '../../src/interop/media/open.ts';
import { downloadPath, parseDownloadPath } from '../../src/interop/media/paths.ts';
import { seal } from '../../src/interop/media/seal.ts';
import { newRef, type Shelf } from '../../src/interop/media/shelf/shelf.ts';
import type { SealedFile, SealedKind } from '../../src/interop/message/sealed-file.ts';

/** The largest file, in bytes. */
export const mostFileBytes = 100 * 1024 * 1024;
/** For as long as a message may wait in a mailbox, its file is there. */
const keepMs = 31 * 86_400_000;

export interface FilesNeeds {
  readonly integrator: number;
  readonly shelf: Shelf;
  readonly fetcher: Fetcher;
  /** The host's media base, where the host is known. */
  readonly mediaBase: () => string | undefined;
  /** Hosts that may be asked over plain HTTP. */
  readonly trusted: ReadonlySet<string>;
}

/** Seals a file for its receivers and hosts it, until it expires or its owner is deleted. */
export async function hostFile(
  { integrator, shelf }: Pick<FilesNeeds, 'integrator' | 'shelf'>,
  owner: string,
  kind: SealedKind,
  bytes: AsyncIterable<Uint8Array>,
): Promise<SealedFile | Failed> {
  const mediaKey = newMediaKey();
  const ref = newRef();
  const sealing = seal(bytes, mediaKey, kind);
  const shelved = await shelf.put({ ref, owner, keepMs }, sealing.stream);
  if (shelved.kind === 'failed') return failedForGood('media-unavailable', shelved.reason);
  const facts = sealing.facts();
  if (facts === undefined) return failedForGood('media-unavailable');
  const { plainHash, sealedHash, plainSize } = facts;
  const directPath = downloadPath({ integrator, ref });
  return { kind, mediaKey, plainHash, sealedHash, plainSize, directPath };
}

/** How a file of a message is opened: one's own from the shelf, another's from the host. */
export function fileOpener(needs: FilesNeeds): (file: SealedFile) => Media['open'] {
  return (file) => async (signal) => {
    const opened = await openSealed(() => sealedBytes(needs, file, signal), file, mostFileBytes);
    if (opened.kind === 'failed') return opened;
    return {
      kind: 'open',
      stream: untilRead(opened),
      size: opened.size,
      mimetype: undefined,
    };
  };
}

async function sealedBytes(
  { integrator, shelf, fetcher, mediaBase, trusted }: FilesNeeds,
  { directPath }: SealedFile,
  signal: AbortSignal,
): Promise<OpenMedia | Failed> {
  const own = parseDownloadPath(directPath);
  if (own?.integrator === integrator) {
    const found = await shelf.find(own.ref);
    if (found === undefined) return failedForGood('media-gone');
    return { kind: 'open', stream: untilRead(found), size: found.size, mimetype: undefined };
  }
  const text = mediaBase();
  const base = text === undefined ? undefined : parseMediaBase(text, { allowPrivate: false, hosts: trusted });
  if (base === undefined) return failedForGood('media-unavailable');
  return fetcher.fromHost(base, directPath, signal);
}

/** The bytes, and the end of what they come from. */
async function* untilRead(
  file: AsyncDisposable & { readonly read: () => AsyncIterable<Uint8Array> },
): AsyncGenerator<Uint8Array, void, undefined> {
  await using owned = file;
  yield* owned.read();
}
