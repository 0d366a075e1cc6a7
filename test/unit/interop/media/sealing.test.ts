import assert from 'node:assert/strict';
import { createCipheriv, createHash, createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { MediaError, type OpenMedia } from '../../../../src/core/media.ts';
import { failedForGood, failedForNow, type Failed } from '../../../../src/core/outcome.ts';
import { mediaKeys, newMediaKey } from '../../../../src/interop/media/keys.ts';
import { openSealed, type SealedDescription } from '../../../../src/interop/media/open.ts';
import { seal, sealedSize, type SealedFacts } from '../../../../src/interop/media/seal.ts';
import { mediaProfile, type SealedKind } from '../../../../src/interop/profile/media-profile.ts';
import { chunksOf, gathered, manyBytes } from '../../../support/byte-streams.ts';
import { mediaVectors, vectorFile, vectorKey, vectorPlainHash } from '../../../support/media-vectors.ts';

const kinds = ['image', 'video', 'audio', 'document', 'sticker'] as const;
const most = 1_000_000;
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function fetched(stream: AsyncIterable<Uint8Array>): () => Promise<OpenMedia> {
  return async () => ({ kind: 'open', stream, size: undefined, mimetype: undefined });
}

async function sealed(
  plain: Uint8Array,
  key = vectorKey,
  kind: SealedKind = 'image',
): Promise<{ readonly bytes: Buffer; readonly facts: SealedFacts }> {
  const sealing = seal(chunksOf(plain), key, kind);
  const bytes = await gathered(sealing.stream);
  const facts = sealing.facts();
  assert.ok(facts !== undefined);
  return { bytes, facts };
}

async function describedAs(
  plain: Uint8Array,
  change: Partial<SealedDescription> = {},
): Promise<{ readonly bytes: Buffer; readonly description: SealedDescription }> {
  const { bytes, facts } = await sealed(plain);
  const { plainHash, sealedHash, plainSize } = facts;
  const description = { mediaKey: vectorKey, kind: 'image', plainHash, sealedHash, plainSize } as const;
  return { bytes, description: { ...description, ...change } };
}

/** The file, or why there is none. */
async function opened(
  bytes: Uint8Array,
  description: SealedDescription,
  limit = most,
): Promise<Buffer | string> {
  const file = await openSealed(fetched(chunksOf(bytes)), description, limit);
  if (file.kind === 'failed') return file.reason;
  await using genuine = file;
  return await gathered(genuine.read());
}

describe('the keys of a file', () => {
  for (const { kind, material } of mediaVectors) {
    it(`are those that OpenSSL derives for ${kind}`, () => {
      const keys = mediaKeys(vectorKey, kind);
      assert.ok(keys !== undefined);
      const { iv, cipherKey, macKey, refKey } = keys;
      assert.equal([iv, cipherKey, macKey, refKey].map(hex).join(''), material);
      assert.deepEqual(
        [iv, cipherKey, macKey, refKey].map(({ byteLength }) => byteLength),
        [16, 32, 32, 32],
      );
    });
  }

  it('are the same for a sticker and an image, and come of no key of another size', () => {
    assert.deepEqual(mediaKeys(vectorKey, 'sticker'), mediaKeys(vectorKey, 'image'));
    for (const size of [0, 31, 33, 64]) assert.equal(mediaKeys(new Uint8Array(size), 'image'), undefined);
    assert.throws(() => seal(chunksOf(vectorKey), new Uint8Array(31), 'image'), TypeError);
    assert.notDeepEqual(newMediaKey(), newMediaKey());
  });
});

describe('sealing and opening a file', () => {
  for (const vector of mediaVectors) {
    it(`gives what OpenSSL gives for ${vector.kind}, and takes it`, async () => {
      const plain = Buffer.from(vectorFile);
      const { bytes, facts } = await sealed(plain, vectorKey, vector.kind);
      assert.equal(hex(bytes), vector.sealed);
      assert.equal(hex(facts.sealedHash), vector.sealedHash);
      assert.equal(hex(facts.plainHash), vectorPlainHash);
      const description = { ...facts, mediaKey: vectorKey, kind: vector.kind };
      assert.deepEqual(await opened(Buffer.from(vector.sealed, 'hex'), description), plain);
    });
  }

  it('gives the same in whatever chunks it comes', async () => {
    const cuts = fc.array(fc.nat(), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 200 }),
        ...([cuts, cuts, fc.constantFrom(...kinds)] as const),
        async (plain, in1, in2, kind) => {
          const sealing = seal(chunksOf(plain, in1), vectorKey, kind);
          const bytes = await gathered(sealing.stream);
          const whole = await sealed(plain, vectorKey, kind);
          const facts = sealing.facts();
          assert.ok(facts !== undefined);
          assert.deepEqual([bytes, facts], [whole.bytes, whole.facts]);
          assert.equal(bytes.byteLength, sealedSize(plain.byteLength));
          assert.equal(facts.sealedSize, bytes.byteLength);
          const description = { ...facts, mediaKey: vectorKey, kind };
          const file = await openSealed(fetched(chunksOf(bytes, in2)), description, most);
          assert.ok(file.kind === 'opened');
          await using genuine = file;
          assert.equal(genuine.size, plain.byteLength);
          assert.deepEqual(await gathered(genuine.read()), Buffer.from(plain));
          assert.deepEqual(await gathered(genuine.read()), Buffer.from(plain), 'again');
        },
      ),
      { numRuns: 60 },
    );
  });

  it('takes no file with a bit that is not as it was, wherever', async () => {
    const { bytes, description } = await describedAs(Buffer.from(vectorFile));
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.byteLength * 8 - 1), async (bit) => {
        const changed = flipped(bytes, bit);
        assert.equal(await opened(changed, description), 'not-genuine');
        // Nor where the hash in the message was made to fit: the MAC has the last word.
        const sealedHash = hashOf(changed);
        assert.equal(await opened(changed, { ...description, sealedHash }), 'not-genuine');
      }),
      { numRuns: 60 },
    );
  });

  it('takes no file whose message has a bit that is not as it was', async () => {
    const { bytes, description } = await describedAs(Buffer.from(vectorFile));
    for (const field of ['mediaKey', 'plainHash', 'sealedHash'] as const) {
      for (const bit of [0, 77, 255]) {
        const change = { [field]: flipped(description[field], bit) };
        assert.equal(await opened(bytes, { ...description, ...change }), 'not-genuine', field);
      }
      const short = { [field]: description[field].subarray(1) };
      assert.equal(await opened(bytes, { ...description, ...short }), 'not-genuine', field);
    }
    assert.equal(await opened(bytes, { ...description, kind: 'video' }), 'not-genuine');
    assert.equal(await opened(bytes, { ...description, plainSize: 44 }), 'not-genuine');
    assert.ok((await opened(bytes, { ...description, plainSize: undefined })) instanceof Buffer);
  });

  it('takes no file that was cut or lengthened, and says the same of each', async () => {
    const { bytes, description } = await describedAs(Buffer.alloc(64, 7));
    const wrong = Array.from({ length: bytes.byteLength }, (_, size) => bytes.subarray(0, size));
    for (const other of [...wrong, Buffer.concat([bytes, bytes]), Buffer.concat([bytes, Buffer.of(0)])]) {
      const sealedHash = hashOf(other);
      assert.equal(await opened(other, { ...description, sealedHash }), 'not-genuine');
    }
  });

  it('says the same of padding or a length that is wrong under a MAC that is right', async () => {
    for (const cut of [0, 1, 15, 32]) {
      const file = withBadPadding(cut);
      assert.equal(await opened(file.bytes, file.description), 'not-genuine');
    }
  });

  it('fetches nothing for a message that cannot be true, and passes on why there is nothing', async () => {
    const { description } = await describedAs(Buffer.from(vectorFile));
    const never = (): Promise<OpenMedia | Failed> => assert.fail('it was fetched');
    const short = { ...description, mediaKey: new Uint8Array(16) };
    const reason = async (found: ReturnType<typeof openSealed>): Promise<string> => {
      const result = await found;
      return result.kind === 'failed' ? `${result.reason}, ${result.retry.kind}` : result.kind;
    };
    assert.equal(await reason(openSealed(never, short, most)), 'not-genuine, never');
    assert.equal(await reason(openSealed(never, description, 44)), 'too-large, never');
    const gone = async (): Promise<Failed> => failedForGood('media-gone');
    assert.equal(await reason(openSealed(gone, description, most)), 'media-gone, never');
    const broken = (error: Error): AsyncIterable<Uint8Array> => throwing(error);
    const later = new MediaError(failedForNow('media-unavailable'));
    assert.equal(
      await reason(openSealed(fetched(broken(later)), description, most)),
      'media-unavailable, later',
    );
    const bug = new Error('reset');
    assert.equal(
      await reason(openSealed(fetched(broken(bug)), description, most)),
      'media-unavailable, later',
    );
  });

  it('stops where the file is larger than wanted, announced or not', async () => {
    const { bytes, description } = await describedAs(Buffer.alloc(1000));
    const silent = { ...description, plainSize: undefined };
    for (const limit of [0, 100, 990, 999]) assert.equal(await opened(bytes, silent, limit), 'too-large');
    assert.ok((await opened(bytes, silent, 1000)) instanceof Buffer);
    let passed = 0;
    const endless = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
      for await (const chunk of manyBytes(100_000_000)) {
        passed += chunk.byteLength;
        yield chunk;
      }
    };
    const file = await openSealed(fetched(endless()), silent, 200_000);
    assert.ok(file.kind === 'failed' && file.reason === 'too-large');
    assert.ok(passed < 400_000, `${passed} bytes were read`);
  });

  it('has no facts of a file that was not read to its end', async () => {
    const sealing = seal(throwing(new Error('reset')), vectorKey, 'image');
    await assert.rejects(gathered(sealing.stream), /reset/);
    assert.equal(sealing.facts(), undefined);
  });
});

function flipped(bytes: Uint8Array, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  const at = bit >> 3;
  copy[at] = (copy[at] ?? 0) ^ (1 << (bit & 7));
  return copy;
}

async function* throwing(error: Error): AsyncGenerator<Uint8Array, void, undefined> {
  await Promise.resolve();
  yield Buffer.alloc(20);
  throw error;
}

function hashOf(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest();
}

/** What a sender makes who holds the key, and means harm: the MAC is right, the last byte of the file no padding. */
function withBadPadding(cut: number): { readonly bytes: Buffer; readonly description: SealedDescription } {
  const keys = mediaKeys(vectorKey, 'image');
  assert.ok(keys !== undefined);
  const cipherer = createCipheriv(mediaProfile.sealing.cipher, keys.cipherKey, keys.iv).setAutoPadding(false);
  const body = Buffer.concat([cipherer.update(Buffer.alloc(32)), cipherer.final()]).subarray(cut);
  const tag = createHmac('sha256', keys.macKey).update(keys.iv).update(body).digest().subarray(0, 10);
  const bytes = Buffer.concat([body, tag]);
  const plainHash = hashOf(Buffer.alloc(32 - cut));
  const sealedHash = hashOf(bytes);
  const description = { mediaKey: vectorKey, kind: 'image', plainHash, sealedHash } as const;
  return { bytes, description: { ...description, plainSize: undefined } };
}
