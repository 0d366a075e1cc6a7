import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { networkId } from '../../../../src/core/ids.ts';
import { signingKeysIn } from '../../../../src/interop/identity/kept-keys.ts';
import { openSigningKeys, type SigningKeys } from '../../../../src/interop/identity/signing-keys.ts';
import { pairOf } from '../../../support/interop-tokens.ts';
import { MemoryRecords } from '../../../support/memory-records.ts';
import { silentLog } from '../../../support/storage.ts';

const paper = networkId('paper');
const hour = 3_600_000;
const policy = { rotateAfterMs: 720 * hour, leadMs: 24 * hour, tokenLifeMs: hour, skewMs: 60_000 };

function opened(records: MemoryRecords, network = paper, now = Date.now): Promise<SigningKeys> {
  return openSigningKeys(signingKeysIn(records, network), {
    policy,
    log: silentLog,
    now,
    generate: async () => pairOf(`${network} ${records.rows.size} ${now()}`).pem,
  });
}
async function kids(keys: SigningKeys): Promise<readonly string[]> {
  return (await keys.served()).map(({ kid }) => kid);
}

describe('signing keys among what a network keeps', () => {
  it('are the same after a start, and after a change of keys those of then', async () => {
    const records = new MemoryRecords();
    const first = await opened(records);
    const [kid] = await kids(first);
    assert.deepEqual(await kids(await opened(records)), [kid]);
    const soon = Date.now() + 719 * hour;
    const [old, made] = await kids(await opened(records, paper, () => soon));
    assert.ok(old === kid && made !== undefined && made !== old);
    assert.deepEqual(await kids(await opened(records, paper, () => soon)), [old, made]);
  });

  it('are of one network', async () => {
    const records = new MemoryRecords();
    const one = await kids(await opened(records));
    const other = await kids(await opened(records, networkId('other')));
    assert.notDeepEqual(one, other);
    assert.deepEqual(await kids(await opened(records)), one);
  });

  it('are not made anew where those that are kept cannot be read', async () => {
    for (const value of ['', '[{}]', 'null', '[{"kid":"a","privateKey":"b","signsFrom":"c"}]']) {
      const records = new MemoryRecords();
      await opened(records);
      const [row] = records.rows.values();
      assert.ok(row);
      await records.commit(paper, [{ kind: 'put', of: row.of, value, at: 1 }]);
      await assert.rejects(opened(records), { message: 'the signing keys that are kept cannot be read' });
      assert.equal((await records.get(paper, row.of))?.value, value);
    }
  });

  it('cannot be opened where they cannot be kept', async () => {
    const records = new MemoryRecords();
    records.before = (step) => {
      if (step === 'commit') throw new Error('disk full');
    };
    await assert.rejects(opened(records), { message: 'disk full' });
  });
});
