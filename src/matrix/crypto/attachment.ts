/**
 * Encrypted attachments: https://spec.matrix.org/v1.16/client-server-api/#sending-encrypted-attachments
 * AES-256 in counter mode (NIST SP 800-38A, 6.5) with SHA-256 over the ciphertext, both of node:crypto, as streams.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { MediaError } from '../../core/media.ts';
import { failedForGood } from '../../core/outcome.ts';
import { parseMxcUri, type MxcUri } from '../../core/ids.ts';
import { objectIn, textIn, type JsonObject } from '../json-object.ts';

/** What opens an encrypted file. Never logged. */
export interface FileCipher {
  /** 32 bytes. */
  readonly key: Uint8Array;
  /** The first counter block, 16 bytes. */
  readonly iv: Uint8Array;
  /** Of the ciphertext, 32 bytes. */
  readonly sha256: Uint8Array;
}

/** A file on the homeserver; encrypted where it has a cipher. */
export interface StoredFile {
  readonly uri: MxcUri;
  readonly cipher?: FileCipher;
}

const algorithm = 'aes-256-ctr';

/** Reads an `EncryptedFile` of version 2; `undefined` for anything else. */
export function parseEncryptedFile(file: JsonObject): Required<StoredFile> | undefined {
  const uri = parseMxcUri(textIn(file, 'url') ?? '');
  const jwk = objectIn(file, 'key') ?? {};
  if (uri === undefined || textIn(file, 'v') !== 'v2') return undefined;
  if (textIn(jwk, 'kty') !== 'oct' || textIn(jwk, 'alg') !== 'A256CTR') return undefined;
  const key = bytesIn(jwk, 'k', 32);
  const iv = bytesIn(file, 'iv', 16);
  const sha256 = bytesIn(objectIn(file, 'hashes') ?? {}, 'sha256', 32);
  if (key === undefined || iv === undefined || sha256 === undefined) return undefined;
  return { uri, cipher: { key, iv, sha256 } };
}

/** The `EncryptedFile` of a stored file, as an event's content carries it. */
export function encryptedFile({ uri, cipher }: Required<StoredFile>): JsonObject {
  return {
    v: 'v2',
    url: uri,
    key: {
      ...{ kty: 'oct', alg: 'A256CTR', ext: true, key_ops: ['encrypt', 'decrypt'] },
      k: Buffer.from(cipher.key).toString('base64url'),
    },
    iv: unpadded(cipher.iv),
    hashes: { sha256: unpadded(cipher.sha256) },
  };
}

/**
 * Decrypts a file while it arrives. Its last bytes are held back until the hash of all of them is known to be right; where
 * it is not, the stream ends with a `MediaError` (`not-genuine`), so that nobody takes what they have for the whole file.
 */
export async function* decrypted(
  stream: AsyncIterable<Uint8Array>,
  { key, iv, sha256 }: FileCipher,
): AsyncGenerator<Uint8Array, void, undefined> {
  const hash = createHash('sha256');
  const decipher = createDecipheriv(algorithm, key, iv);
  let held: Uint8Array | undefined;
  for await (const chunk of stream) {
    if (chunk.byteLength === 0) continue;
    hash.update(chunk);
    if (held !== undefined) yield held;
    held = decipher.update(chunk);
  }
  if (!timingSafeEqual(hash.digest(), sha256)) throw new MediaError(failedForGood('not-genuine'));
  if (held !== undefined) yield held;
}

/** Whether an empty file has the right hash; it has no last bytes to be held back. */
export function isEmptyFile({ sha256 }: FileCipher): boolean {
  return timingSafeEqual(createHash('sha256').digest(), sha256);
}

/** Encrypts one file, under a key of its own. */
export class FileSealer {
  readonly #key = randomBytes(32);
  /** The counter has the lower half for itself, so that it never runs into the random one. */
  readonly #iv = Buffer.concat([randomBytes(8), Buffer.alloc(8)]);
  readonly #hash = createHash('sha256');
  #ended = false;

  /** The ciphertext, as long as the file. To be called once. */
  async *seal(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    const cipher = createCipheriv(algorithm, this.#key, this.#iv);
    for await (const chunk of stream) {
      const sealed = cipher.update(chunk);
      this.#hash.update(sealed);
      if (sealed.byteLength > 0) yield sealed;
    }
    this.#ended = true;
  }

  /** What opens the file; `undefined` where it was not read to its end. To be called once. */
  cipher(): FileCipher | undefined {
    if (!this.#ended) return undefined;
    return { key: this.#key, iv: this.#iv, sha256: this.#hash.digest() };
  }
}

/** Base64 in either alphabet, of so many bytes; the padding is not to be there and does no harm. */
function bytesIn(object: JsonObject, key: string, length: number): Uint8Array | undefined {
  const text = (textIn(object, key) ?? '').slice(0, 256);
  if (!/^[\w+/-]+={0,2}$/.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64');
  return bytes.byteLength === length ? bytes : undefined;
}

function unpadded(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '');
}
