import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StoreAge } from '../../../../src/crypto/megolm/age.ts';
import { KeyHomeserver } from '../../../support/key-homeserver.ts';

/** Values that may be put back to how they were. */
function values(): Map<string, string> {
  return new Map<string, string>();
}

function ageOf(kept: Map<string, string>, server: KeyHomeserver, markMs = 0): StoreAge {
  const own = {
    get: (key: string) => kept.get(key),
    put: async (key: string, value: string) => void kept.set(key, value),
    remove: async (key: string) => void kept.delete(key),
    putIfAbsent: async () => ({ kind: 'stored' }) as const,
    prune: async () => 0,
  };
  return new StoreAge(own, server.request, '@bot:paper', markMs);
}

describe('the age of the store', () => {
  it('keeps its generation from start to start', async () => {
    const [kept, server] = [values(), new KeyHomeserver()];
    const first = await ageOf(kept, server).current(false);
    const second = await ageOf(kept, server).current(true);
    assert.equal(first.generation, second.generation);
    assert.ok(second.epoch > first.epoch);
  });

  it('begins a generation when it is behind the homeserver, and keeps that one', async () => {
    const [kept, server] = [values(), new KeyHomeserver()];
    const age = ageOf(kept, server);
    const first = await age.current(false);
    const backup = new Map(kept);
    await age.current(true);
    const restored = await ageOf(backup, server).current(true);
    assert.notEqual(restored.generation, first.generation);
    assert.equal((await ageOf(backup, server).current(true)).generation, restored.generation);
  });

  it('takes a copy for a backup that was made since the homeserver was told last, once it was stopped', async () => {
    const [kept, server] = [values(), new KeyHomeserver()];
    const age = ageOf(kept, server, 60_000);
    const first = await age.current(false);
    const copy = new Map(kept);
    await age.current(true);
    await age.mark();
    assert.notEqual((await ageOf(copy, server).current(true)).generation, first.generation);
  });

  it('is not told before it has begun', async () => {
    const server = new KeyHomeserver();
    server.fate = () => 'lost';
    await ageOf(values(), server).mark();
  });

  it('takes no crash between its two words for a restored backup', async () => {
    const [kept, server] = [values(), new KeyHomeserver()];
    const first = await ageOf(kept, server).current(false);
    for (const fate of ['lost', 'unanswered'] as const) {
      server.fate = (_, { method }) => (method === 'PUT' ? fate : 'done');
      await assert.rejects(ageOf(kept, server).current(true));
      server.fate = () => 'done';
      assert.equal((await ageOf(kept, server).current(true)).generation, first.generation);
    }
  });

  it('takes a new store for one, and a store that is not the last one for a restored one', async () => {
    const server = new KeyHomeserver();
    const [one, other] = [values(), values()];
    const first = await ageOf(one, server).current(false);
    const second = await ageOf(other, server).current(false);
    assert.notEqual(first.generation, second.generation);
    const back = await ageOf(one, server).current(true);
    assert.notEqual(back.generation, first.generation);
    assert.ok(back.epoch > second.epoch);
  });

  it('does not begin without the homeserver’s word', async () => {
    const server = new KeyHomeserver();
    server.fate = () => 'lost';
    await assert.rejects(ageOf(values(), server).current(false));
  });
});
