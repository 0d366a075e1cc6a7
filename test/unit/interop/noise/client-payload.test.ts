import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { readClientPayload, writeClientPayload } from '../../../../src/interop/noise/client-payload.ts';
import { writeFields } from '../../../../src/interop/noise/fields.ts';
import { noiseProfile } from '../../../../src/interop/profile/noise-profile.ts';
import { payload, token } from './parties.ts';

function judged(bytes: Uint8Array): string {
  const read = readClientPayload(bytes);
  return read.kind === 'failed' ? read.reason : read.kind;
}

const interopData = (values: object): Uint8Array => writeFields(noiseProfile.interopData, values);
const clientPayload = (values: object): Uint8Array => writeFields(noiseProfile.clientPayload, values);

describe('client payload', () => {
  it('has the bytes of its fields', () => {
    const bytes = writeClientPayload({ accountId: 5n, token: 'a.b.c', enableReadReceipts: true });
    // Field 20: 2; field 38 of 11 bytes: field 1: 5, field 2: "a.b.c", field 3: true.
    assert.equal(Buffer.from(bytes).toString('hex'), 'a00102b2020b08051205612e622e631801');
  });

  it('is read as it was written', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 64n - 1n), fc.boolean(), (accountId, enableReadReceipts) => {
        const one = { accountId, token, enableReadReceipts };
        assert.deepEqual(readClientPayload(writeClientPayload(one)), { kind: 'payload', ...one });
      }),
    );
  });

  it('is refused by reason', () => {
    const data = interopData({ accountId: 1n, token: Buffer.from(token) });
    assert.equal(judged(clientPayload({ product: 2, interopData: data })), 'payload');
    assert.equal(judged(clientPayload({ interopData: data })), 'wrong-product');
    assert.equal(judged(clientPayload({ product: 0, interopData: data })), 'wrong-product');
    assert.equal(judged(clientPayload({ product: 3, interopData: data })), 'wrong-product');
    assert.equal(judged(clientPayload({ product: 2 })), 'no-interop-data');
    assert.equal(
      judged(clientPayload({ product: 2, interopData: Buffer.from([0x0f]) })),
      'payload-malformed',
    );
    assert.equal(judged(Buffer.from('nonsense')), 'payload-malformed');
    const noAccount = interopData({ token: Buffer.from(token) });
    assert.equal(judged(clientPayload({ product: 2, interopData: noAccount })), 'no-account');
    const withToken = (bytes: Uint8Array): string =>
      judged(clientPayload({ product: 2, interopData: interopData({ accountId: 1n, token: bytes }) }));
    const longest = `a.b.${'c'.repeat(noiseProfile.maxToken - 4)}`;
    assert.equal(withToken(Buffer.from(longest)), 'payload');
    for (const bad of ['', 'a.b', 'a.b.c.d', 'a..c', 'a.b.c\n', 'a.b.ć', ' a.b.c', `${longest}c`])
      assert.equal(withToken(Buffer.from(bad)), 'bad-token', bad.slice(0, 10));
  });

  it('is not written with what is no token', () => {
    assert.throws(
      () => writeClientPayload({ ...payload, token: 'secret' }),
      (error: Error) => {
        assert.equal(error.message.includes('secret'), false);
        return true;
      },
    );
  });
});
