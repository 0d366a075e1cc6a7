// Seals and opens with the OpenSSL command line, where there is one; media-vectors.ts has what it said once.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { mediaKeys, newMediaKey } from '../../../../src/interop/media/keys.ts';
import { openSealed } from '../../../../src/interop/media/open.ts';
import { seal } from '../../../../src/interop/media/seal.ts';
import { chunksOf, gathered } from '../../../support/byte-streams.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function openssl(args: readonly string[], input: Uint8Array): Buffer {
  const { status, stdout, stderr } = spawnSync('openssl', args, { input, maxBuffer: 2_000_000 });
  assert.equal(status, 0, stderr.toString());
  return stdout;
}

const isThere = spawnSync('openssl', ['version']).status === 0;

if (isThere) {
  describe('the OpenSSL command line', () => {
    for (const [kind, size] of [
      ['image', 0],
      ['video', 15],
      ['audio', 16],
      ['document', 600_001],
    ] as const) {
      it(`agrees on ${size} bytes of ${kind}, both ways`, async () => {
        const plain = randomBytes(size);
        const mediaKey = newMediaKey();
        const keys = mediaKeys(mediaKey, kind);
        assert.ok(keys !== undefined);
        const cipher = ['enc', '-aes-256-cbc', '-K', hex(keys.cipherKey), '-iv', hex(keys.iv)];
        const hmac = ['dgst', '-sha256', '-binary', '-mac', 'HMAC', '-macopt', `hexkey:${hex(keys.macKey)}`];
        const body = openssl(cipher, plain);
        const tag = openssl(hmac, Buffer.concat([keys.iv, body])).subarray(0, 10);
        const theirs = Buffer.concat([body, tag]);

        const sealing = seal(chunksOf(plain), mediaKey, kind);
        const ours = await gathered(sealing.stream);
        assert.deepEqual(ours, theirs);
        assert.deepEqual(openssl([...cipher, '-d'], ours.subarray(0, -10)), plain);
        const hash = (bytes: Uint8Array): Buffer => openssl(['dgst', '-sha256', '-binary'], bytes);
        const facts = sealing.facts();
        assert.ok(facts !== undefined);
        assert.deepEqual([facts.plainHash, facts.sealedHash], [hash(plain), hash(theirs)]);

        const fetch = async () => ({
          ...({ kind: 'open', size: undefined, mimetype: undefined } as const),
          stream: chunksOf(theirs),
        });
        const description = {
          mediaKey,
          kind,
          plainHash: hash(plain),
          sealedHash: hash(theirs),
          plainSize: size,
        };
        const file = await openSealed(fetch, description, size);
        assert.ok(file.kind === 'opened');
        await using genuine = file;
        assert.deepEqual(await gathered(genuine.read()), plain);
      });
    }
  });
}
