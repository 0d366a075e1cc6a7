import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Heard, Said } from '../../../../scripts/bench/interop-orders.ts';
import { isAll, wayOf } from '../../../../scripts/bench/interop-ways.ts';
import { isGenuine, wordsOf } from '../../../../scripts/bench/interop-words.ts';
import { messageIdFor } from '../../../../src/interop/message/message-id.ts';

function saidAll(...ids: readonly string[]): readonly Said[] {
  return ids.map((id, index) => ({ id, began: index * 10, done: index * 10 + 4 }));
}

/** Each came 7 ms after the beginning of all. */
function heardOf(arrivals: readonly string[], delivered: readonly string[] = []): Heard {
  return {
    ...{ delivered: [...delivered], troubles: [] },
    arrivals: arrivals.map((id) => ({ id: id.replace('!', ''), at: 7, genuine: !id.endsWith('!') })),
  };
}

describe('what became of the messages of the benchmark', () => {
  it('is that all came, once, and their senders were told', () => {
    const way = wayOf(saidAll('a', 'b'), [heardOf(['b']), heardOf(['a'])], [heardOf([], ['a', 'b'])]);
    assert.deepEqual([way.said, way.came, way.doubled, way.delivered], [2, 2, 0, 2]);
    assert.deepEqual([way.kept.p50, way.there.count], [4, 2]);
  });

  it('tells what was lost, and what nobody was told of', () => {
    const way = wayOf(saidAll('a', 'b'), [heardOf(['b'])], [heardOf([], ['b', 'c'])]);
    assert.deepEqual([way.came, way.doubled, way.delivered], [1, 0, 1]);
  });

  it('tells what came twice, whenever, and what was never said', () => {
    const way = wayOf(saidAll('a', 'b'), [heardOf(['a', 'b']), heardOf(['a', 'c'])], []);
    assert.deepEqual([way.came, way.doubled], [2, 2]);
  });

  it('takes for lost what came with other words', () => {
    assert.equal(wayOf(saidAll('a', 'b'), [heardOf(['a!', 'b'])], []).came, 1);
  });

  it('is known when both sides have heard of all of it', () => {
    const [host, clients] = [heardOf(['a'], ['b']), heardOf(['b'], ['a'])];
    assert.equal(isAll([host], 1, 1, [clients]), true);
    assert.equal(isAll([heardOf(['a'])], 1, 1, [clients]), false);
    assert.equal(isAll([host], 1, 1, [heardOf(['b'])]), false);
  });

  it('knows words by the name that is made from them', () => {
    const words = wordsOf('a round', 7);
    assert.equal(isGenuine(messageIdFor(words), words), true);
    assert.equal(isGenuine(messageIdFor(words), wordsOf('a round', 8)), false);
    assert.equal(isGenuine(messageIdFor(words), undefined), false);
  });
});
