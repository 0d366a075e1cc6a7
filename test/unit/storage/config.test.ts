import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { storageSchema } from '../../../src/storage/config.ts';
import { newKey } from '../../support/storage.ts';

describe('the storage section', () => {
  it('needs a key only', () => {
    const key = newKey();
    const config = storageSchema.parse({ key });
    assert.deepEqual(config, {
      file: 'causeway.db',
      key: Buffer.from(key, 'hex'),
      oldKeys: [],
      synchronous: 'full',
      pool: 8,
      keepPayloads: 24 * 3_600_000,
      keepRecords: 60 * 24 * 3_600_000,
    });
  });

  it('reads durations with their unit, and refuses others', () => {
    const parse = (keepPayloads: unknown) => storageSchema.safeParse({ key: newKey(), keepPayloads });
    assert.equal(parse('90s').data?.keepPayloads, 90_000);
    for (const wrong of ['90', '0h', '1y', '', 5, '-1h']) assert.equal(parse(wrong).success, false);
  });

  it('refuses what is no PostgreSQL address, what is no key, and what it does not know', () => {
    const wrong = (over: object) =>
      storageSchema.safeParse({ key: newKey(), ...over }).error?.issues[0]?.path;
    assert.deepEqual(wrong({ url: 'mysql://host/db' }), ['url']);
    assert.deepEqual(wrong({ url: 'not a url' }), ['url']);
    assert.deepEqual(wrong({ key: 'short' }), ['key']);
    assert.deepEqual(wrong({ oldKeys: ['short'] }), ['oldKeys', 0]);
    assert.deepEqual(wrong({ fiel: 'x' }), []);
    assert.equal(wrong({ url: 'postgresql://u:p@h:5432/db' }), undefined);
  });
});
