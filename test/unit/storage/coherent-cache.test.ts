import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CoherentCache } from '../../../src/storage/coherent-cache.ts';

describe('the cache', () => {
  it('loads a key once, also one whose value is undefined', async () => {
    const cache = new CoherentCache<string | undefined>(4);
    let loads = 0;
    const load = async () => {
      loads += 1;
      return undefined;
    };
    await Promise.all([cache.get('a', load), cache.get('a', load)]);
    await cache.get('a', load);
    assert.equal(loads, 1);
  });

  it('does not cache a load that a write overtook, nor give it to those who ask after the write', async () => {
    const cache = new CoherentCache<string>(4);
    let finish: (value: string) => void = () => undefined;
    const slow = cache.get('a', () => new Promise((resolve) => (finish = resolve)));
    cache.drop(['a']);
    assert.equal(await cache.get('a', async () => 'new'), 'new');
    finish('old');
    assert.equal(await slow, 'old');
    assert.equal(await cache.get('a', async () => 'newer'), 'new');
  });

  it('lets the least recently used go', async () => {
    const cache = new CoherentCache<string>(2);
    const get = (key: string, value: string) => cache.get(key, async () => value);
    await get('a', '1');
    await get('b', '1');
    await get('a', '2');
    await get('c', '1');
    assert.deepEqual([await get('a', '3'), cache.size], ['1', 2]);
    assert.equal(await get('b', '3'), '3');
  });

  it('caches no failure', async () => {
    const cache = new CoherentCache<string>(2);
    await assert.rejects(cache.get('a', () => Promise.reject(new Error('gone'))));
    assert.equal(await cache.get('a', async () => 'back'), 'back');
  });
});
