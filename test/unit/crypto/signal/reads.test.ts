import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KeptRecord, Own, RecordName } from '../../../../src/crypto/signal/store.ts';
import { openSignal } from '../../../../src/crypto/signal/signal.ts';
import { MemorySignalStore } from '../../../support/memory-signal.ts';
import { smallLimits } from '../../../support/signal-scene.ts';

class CountingStore extends MemorySignalStore {
  readonly reads: string[] = [];

  override async get(own: Own, of: RecordName): Promise<KeptRecord | undefined> {
    this.reads.push(`${own.user} ${of.kind} ${of.peer} ${of.name}`);
    return super.get(own, of);
  }

  /** What was read more than once since this was asked last. */
  repeated(): readonly string[] {
    const reads = this.reads.splice(0);
    return reads.filter((one, index) => reads.indexOf(one) !== index);
  }
}

describe('a work on a session', () => {
  it('reads what is kept once, whatever it does with it', async () => {
    const store = new CountingStore();
    const signal = openSignal({ store, limits: smallLimits, now: () => 1_764_000_000_000 });
    const [alice, bob] = ['alice', 'bob'].map((user) => signal.party({ network: 'test', user }));
    assert.ok(alice !== undefined && bob !== undefined);
    const { identity, registration } = await bob.identity();
    await alice.identity();
    const keys = await bob.upload(0);
    assert.ok(keys.kind === 'upload');
    const { signed, prekeys } = keys;
    store.repeated();
    await alice.establish('bob', { registration, identity, signed, prekey: prekeys[0] });
    assert.deepEqual(store.repeated(), []);
    for (const id of ['1', '2']) {
      const sealed = await alice.seal('bob', id, Buffer.from('hello'));
      assert.ok(sealed.kind === 'sealed');
      assert.deepEqual(store.repeated(), []);
      const opened = await bob.open('alice', id, sealed.type, sealed.bytes);
      assert.ok(opened.kind === 'opened', JSON.stringify(opened));
      assert.deepEqual(store.repeated(), []);
    }
  });
});
