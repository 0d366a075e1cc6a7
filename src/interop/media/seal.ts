/** Sealing a file: AES-256-CBC, then HMAC-SHA256 over iv and ciphertext, cut and put behind it [P]. */
import { createCipheriv, createHash, createHmac } from 'node:crypto';
import { mediaProfile, type SealedKind } from '../profile/media-profile.ts';
import { mediaKeys } from './keys.ts';
import { inPieces } from './pieces.ts';

/** What a message says of a sealed file, besides where it lies and its key. */
export interface SealedFacts {
  /** SHA-256 of the file. */
  readonly plainHash: Uint8Array;
  /** SHA-256 of what lies on the host. */
  readonly sealedHash: Uint8Array;
  /** In bytes. */
  readonly plainSize: number;
  readonly sealedSize: number;
}

/** A file that is sealed while it is read, once. */
export interface Sealing {
  readonly stream: AsyncIterable<Uint8Array>;
  /** What to say of it; there only after the stream was read to its end. */
  readonly facts: () => SealedFacts | undefined;
}

const { blockBytes, cipher, hashBytes, macBytes } = mediaProfile.sealing;

/** How long a file of so many bytes is when it is sealed. */
export function sealedSize(plainSize: number): number {
  return plainSize - (plainSize % blockBytes) + blockBytes + macBytes;
}

/**
 * Seals a stream piece by piece, in memory that does not grow with the file. What the stream throws is passed on, and
 * then there are no facts. The same key, kind and bytes give the same ciphertext. Throws where the key is not one.
 */
export function seal(plain: AsyncIterable<Uint8Array>, mediaKey: Uint8Array, kind: SealedKind): Sealing {
  const keys = mediaKeys(mediaKey, kind);
  if (keys === undefined) throw new TypeError('a media key has 32 bytes');
  const cipherer = createCipheriv(cipher, keys.cipherKey, keys.iv);
  const mac = createHmac('sha256', keys.macKey).update(keys.iv);
  const plainHash = createHash('sha256');
  const sealedHash = createHash('sha256');
  let size = 0;
  let facts: SealedFacts | undefined;
  const passed = (bytes: Uint8Array): Uint8Array => {
    mac.update(bytes);
    sealedHash.update(bytes);
    return bytes;
  };
  async function* sealed(): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const piece of inPieces(plain)) {
      plainHash.update(piece);
      size += piece.byteLength;
      const bytes = cipherer.update(piece);
      if (bytes.byteLength > 0) yield passed(bytes);
    }
    const last = passed(cipherer.final());
    const tag = mac.digest().subarray(0, macBytes);
    sealedHash.update(tag);
    facts = {
      plainHash: plainHash.digest(),
      sealedHash: sealedHash.digest(),
      ...{ plainSize: size, sealedSize: sealedSize(size) },
    };
    yield Buffer.concat([last, tag]);
  }
  return { stream: sealed(), facts: () => facts };
}

/** Whether bytes have the length of a hash. */
export function isHash(bytes: Uint8Array): boolean {
  return bytes.byteLength === hashBytes;
}
