/**
 * Opening a sealed file. Nothing of a file is handed out before all of it was found genuine: the ciphertext is spooled
 * to a file on disk while its MAC and hash are taken, then decrypted once to check padding, hash and size, and only then
 * decrypted again for whoever reads. So no plaintext is ever on disk, nothing is decrypted that has no good MAC, and
 * memory does not grow with the file. The price is a second decryption, which is quicker than any disk.
 */
import { createDecipheriv, createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { Readable } from 'node:stream';
import { limitBytes, MediaError, type OpenMedia } from '../../core/media.ts';
import { failedForGood, failedForNow, type Failed } from '../../core/outcome.ts';
import { spool, type Spooled } from '../../core/spool.ts';
import { mediaProfile, type SealedKind } from '../profile/media-profile.ts';
import { mediaKeys, type MediaKeys } from './keys.ts';
import { inPieces } from './pieces.ts';
import { isHash, sealedSize } from './seal.ts';

/** What a message says of the file that it points to; all of it comes from the other side. */
export interface SealedDescription {
  readonly mediaKey: Uint8Array;
  readonly kind: SealedKind;
  /** SHA-256 of the file, and of what lies on the host. */
  readonly plainHash: Uint8Array;
  readonly sealedHash: Uint8Array;
  /** In bytes, where the message says it: it has to be true then. */
  readonly plainSize: number | undefined;
}

/** A genuine file. `read` gives its bytes from the beginning, as often as wanted; disposing of it forgets it. */
export interface OpenedFile extends AsyncDisposable {
  readonly kind: 'opened';
  readonly size: number;
  readonly read: () => Readable;
}

const { blockBytes, cipher, macBytes } = mediaProfile.sealing;

/**
 * Opens a file of at most `mostBytes`. Whatever is wrong with it (key, hashes, MAC, length, padding, size) ends in the
 * same `not-genuine`, so that nobody learns which; a stream that breaks ends in what it throws. It is not even fetched
 * where the description cannot be true.
 */
export async function openSealed(
  fetch: () => Promise<OpenMedia | Failed>,
  description: SealedDescription,
  mostBytes: number,
): Promise<OpenedFile | Failed> {
  const { mediaKey, kind, plainHash, sealedHash, plainSize } = description;
  const keys = mediaKeys(mediaKey, kind);
  if (keys === undefined || !isHash(plainHash) || !isHash(sealedHash)) return failedForGood('not-genuine');
  if (plainSize !== undefined && plainSize > mostBytes) return failedForGood('too-large');
  const fetched = await fetch();
  if (fetched.kind === 'failed') return fetched;
  const checked = checking(limitBytes(fetched.stream, sealedSize(mostBytes)), keys);
  let file: Spooled | undefined;
  try {
    file = await spool(checked.stream);
    const size = checked.isGenuine(sealedHash) ? await plainSizeOf(file, keys, plainHash) : undefined;
    const isRight = size !== undefined && (plainSize ?? size) === size;
    if (isRight && size <= mostBytes) return opened(file, keys, size);
    await file[Symbol.asyncDispose]();
    return failedForGood(isRight ? 'too-large' : 'not-genuine');
  } catch (error) {
    await file?.[Symbol.asyncDispose]();
    return error instanceof MediaError ? error.failed : failedForNow('media-unavailable', error);
  }
}

function opened(file: Spooled, keys: MediaKeys, size: number): OpenedFile {
  return {
    kind: 'opened',
    size,
    read: () => Readable.from(decrypted(file, keys), { objectMode: false }),
    [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
  };
}

interface Checking {
  readonly stream: AsyncIterable<Uint8Array>;
  /** Asked after the stream's end. */
  readonly isGenuine: (sealedHash: Uint8Array) => boolean;
}

/** Passes ciphertext and MAC on, and takes both sums on the way; the last bytes are held back from the MAC's. */
function checking(sealed: AsyncIterable<Uint8Array>, keys: MediaKeys): Checking {
  const mac = createHmac('sha256', keys.macKey).update(keys.iv);
  const hash = createHash('sha256');
  let tail = Buffer.alloc(0);
  let size = 0;
  async function* passing(): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const piece of inPieces(sealed)) {
      size += piece.byteLength;
      hash.update(piece);
      if (piece.byteLength >= macBytes) {
        mac.update(tail).update(piece.subarray(0, -macBytes));
        tail = Buffer.from(piece.subarray(-macBytes));
      } else {
        const both = Buffer.concat([tail, piece]);
        const cut = Math.max(0, both.byteLength - macBytes);
        mac.update(both.subarray(0, cut));
        tail = both.subarray(cut);
      }
      yield piece;
    }
  }
  return {
    stream: passing(),
    isGenuine: (sealedHash) => {
      const tag = mac.digest().subarray(0, macBytes);
      const isWhole = size > macBytes && (size - macBytes) % blockBytes === 0;
      const isSealed = isWhole && timingSafeEqual(tag, tail);
      return timingSafeEqual(hash.digest(), sealedHash) && isSealed;
    },
  };
}

/** Decrypts a file whose MAC is good, and keeps nothing; `undefined` where it is not what its message says. */
async function plainSizeOf(
  file: Spooled,
  keys: MediaKeys,
  plainHash: Uint8Array,
): Promise<number | undefined> {
  const hash = createHash('sha256');
  let size = 0;
  try {
    for await (const bytes of decrypted(file, keys)) {
      hash.update(bytes);
      size += bytes.byteLength;
    }
  } catch (error) {
    if (isPadding(error)) return undefined;
    throw error;
  }
  return timingSafeEqual(hash.digest(), plainHash) ? size : undefined;
}

function isPadding(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_OSSL_BAD_DECRYPT';
}

async function* decrypted(file: Spooled, keys: MediaKeys): AsyncGenerator<Uint8Array, void, undefined> {
  const decipherer = createDecipheriv(cipher, keys.cipherKey, keys.iv);
  let left = file.size - macBytes;
  for await (const chunk of inPieces(file.read())) {
    const piece = chunk.subarray(0, left);
    left -= piece.byteLength;
    const bytes = decipherer.update(piece);
    if (bytes.byteLength > 0) yield bytes;
  }
  const last = decipherer.final();
  if (last.byteLength > 0) yield last;
}
