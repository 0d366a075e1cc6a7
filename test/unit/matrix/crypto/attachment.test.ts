import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { MediaError } from '../../../../src/core/media.ts';
import {
  decrypted,
  encryptedFile,
  FileSealer,
  parseEncryptedFile,
  type FileCipher,
} from '../../../../src/matrix/crypto/attachment.ts';
import { parseMedia } from '../../../../src/matrix/parse-media.ts';
import { mxc, parseContext } from '../../../support/matrix-events.ts';

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size);
}

/** What came before the end, and how it ended. */
async function read(
  stream: AsyncIterable<Uint8Array>,
): Promise<{ readonly bytes: Buffer; readonly failed: string | undefined }> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of stream) chunks.push(chunk);
  } catch (error) {
    assert.ok(error instanceof MediaError);
    return { bytes: Buffer.concat(chunks), failed: error.failed.reason };
  }
  return { bytes: Buffer.concat(chunks), failed: undefined };
}

async function sealed(bytes: Uint8Array, size: number): Promise<{ ciphertext: Buffer; cipher: FileCipher }> {
  const sealer = new FileSealer();
  const { bytes: ciphertext } = await read(sealer.seal(inPieces(bytes, size)));
  return { ciphertext, cipher: sealer.cipher() ?? assert.fail() };
}

const somewhere = mxc('mxc://hs/file');
const bytes = fc.uint8Array({ maxLength: 2_000 });
const piece = fc.integer({ min: 1, max: 300 });

describe('an encrypted file', () => {
  it('comes back as it was, in whatever pieces it travels, and is as long', async () => {
    await fc.assert(
      fc.asyncProperty(bytes, piece, piece, async (file, going, coming) => {
        const { ciphertext, cipher } = await sealed(file, going);
        assert.equal(ciphertext.byteLength, file.byteLength);
        const written = JSON.parse(JSON.stringify(encryptedFile({ uri: somewhere, cipher }))) as Record<
          string,
          unknown
        >;
        const stored = parseEncryptedFile(written) ?? assert.fail();
        assert.equal(stored.uri, somewhere);
        const back = await read(decrypted(inPieces(ciphertext, coming), stored.cipher));
        assert.deepEqual(back, { bytes: Buffer.from(file), failed: undefined });
      }),
    );
  });

  it('is never handed out whole where a bit was changed, or its end is missing', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 1, maxLength: 500 }),
        fc.nat(),
        piece,
        async (file, at, size) => {
          const { ciphertext, cipher } = await sealed(file, size);
          const flipped = Buffer.from(ciphertext);
          const place = at % flipped.byteLength;
          flipped[place] = (flipped[place] ?? 0) ^ (1 << (at % 8));
          const cut = ciphertext.subarray(0, place);
          const longer = Buffer.concat([ciphertext, Buffer.from([0])]);
          for (const wrong of [flipped, cut, longer]) {
            const back = await read(decrypted(inPieces(wrong, size), cipher));
            assert.equal(back.failed, 'not-genuine');
            assert.ok(wrong.byteLength === 0 || back.bytes.byteLength < wrong.byteLength);
          }
        },
      ),
    );
  });

  it('has a key of its own, and a counter that starts at zero', async () => {
    const [one, two] = [await sealed(Buffer.from('same'), 4), await sealed(Buffer.from('same'), 4)];
    assert.notDeepEqual(one.cipher.key, two.cipher.key);
    assert.notDeepEqual(one.ciphertext, two.ciphertext);
    assert.deepEqual(Buffer.from(one.cipher.iv.subarray(8)), Buffer.alloc(8));
    assert.notDeepEqual(Buffer.from(one.cipher.iv.subarray(0, 8)), Buffer.alloc(8));
  });

  it('has no hash before it was read to its end', () => {
    assert.equal(new FileSealer().cipher(), undefined);
  });

  it('is opened as NIST SP 800-38A has it (F.5.5, CTR-AES256)', async () => {
    const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
    const ciphertext = hex(
      '601ec313775789a5b7a7f504bbf3d228 f443e3ca4d62b59aca84e990cacaf5c5 2b0930daa23de94ce87017ba2d84988d dfc9c58db67aada613c2dd08457941a6',
    );
    const cipher = {
      key: hex('603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4'),
      iv: hex('f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff'),
      sha256: Buffer.from(await crypto.subtle.digest('SHA-256', ciphertext)),
    };
    const plain =
      '6bc1bee22e409f96e93d7e117393172a ae2d8a571e03ac9c9eb76fac45af8e51 30c81c46a35ce411e5fbc1191a0a52ef f69f2445df4f9b17ad2b417be66c3710';
    assert.deepEqual(await read(decrypted(inPieces(ciphertext, 7), cipher)), {
      bytes: hex(plain),
      failed: undefined,
    });
  });

  it('is opened as the clients’ own test vector has it', async () => {
    const file = {
      v: 'v2',
      url: somewhere,
      key: {
        ...{ kty: 'oct', alg: 'A256CTR', ext: true, key_ops: ['encrypt', 'decrypt'] },
        k: '__________________________________________8',
      },
      iv: '//////////8AAAAAAAAAAA',
      hashes: { sha256: 'YzF08lARDdOCzJpzuSwsjTNlQc4pHxpdHcXiD/wpK6k' },
    };
    const { cipher } = parseEncryptedFile(file) ?? assert.fail();
    const back = await read(decrypted(inPieces(Buffer.from('5xJZTt5cQicm+9f4', 'base64'), 5), cipher));
    assert.deepEqual(back, { bytes: Buffer.from('Hello, World'), failed: undefined });
    assert.deepEqual(encryptedFile({ uri: somewhere, cipher }), file);
  });
});

describe('the description of an encrypted file', () => {
  const good = {
    v: 'v2',
    url: 'mxc://hs/file',
    key: { kty: 'oct', alg: 'A256CTR', k: Buffer.alloc(32, 1).toString('base64url') },
    iv: Buffer.alloc(16, 2).toString('base64'),
    hashes: { sha256: Buffer.alloc(32, 3).toString('base64') },
  };
  const image = { msgtype: 'm.image', body: 'a.png' };
  const parsed = (file: unknown): string =>
    parseMedia({ ...image, file, url: 'mxc://hs/plain' }, 'image', parseContext().media).kind;

  it('is read with its thumbnail', () => {
    const context = parseContext();
    parseMedia(
      { ...image, file: good, info: { thumbnail_file: { ...good, url: 'mxc://hs/small' } } },
      'sticker',
      context.media,
    );
    const [source] = context.sources;
    assert.equal(source?.uri, 'mxc://hs/file');
    assert.deepEqual(Buffer.from(source.cipher?.key ?? []), Buffer.alloc(32, 1));
    assert.equal(source.thumbnail?.uri, 'mxc://hs/small');
    assert.ok(source.thumbnail.cipher !== undefined);
  });

  it('is refused where anything of it is wrong, and the file is not taken as it lies there', () => {
    assert.equal(parsed(good), 'media');
    const wrong: readonly unknown[] = [
      null,
      'mxc://hs/file',
      {},
      { ...good, url: 'https://hs/file' },
      { ...good, v: 'v1' },
      { ...good, v: undefined },
      { ...good, key: { ...good.key, alg: 'A128CTR' } },
      { ...good, key: { ...good.key, kty: 'RSA' } },
      { ...good, key: { ...good.key, k: Buffer.alloc(31).toString('base64url') } },
      { ...good, key: { ...good.key, k: 'a'.repeat(100_000) } },
      { ...good, key: { ...good.key, k: '!'.repeat(43) } },
      { ...good, iv: Buffer.alloc(15).toString('base64') },
      { ...good, iv: 7 },
      { ...good, hashes: {} },
      { ...good, hashes: { sha256: Buffer.alloc(20).toString('base64') } },
      { ...good, hashes: { sha1: good.hashes.sha256 } },
    ];
    for (const file of wrong) assert.equal(parsed(file), 'unsupported', JSON.stringify(file));
  });

  it('may be anything without harm', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (file) => {
        assert.ok(['media', 'unsupported'].includes(parsed(file)));
      }),
    );
  });
});
