import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { latencyOf, median, percentile } from '../../../../scripts/bench/statistics.ts';

const toHundred = Array.from({ length: 100 }, (_, n) => 100 - n);

describe('the statistics of the benchmark', () => {
  it('takes percentiles by the nearest rank, whatever the order', () => {
    assert.equal(percentile(toHundred, 0.5), 50);
    assert.equal(percentile(toHundred, 0.99), 99);
    assert.equal(percentile(toHundred, 1), 100);
    assert.equal(percentile([7], 0.01), 7);
  });

  it('takes the mean of both middles', () => {
    assert.equal(median([3, 1, 2]), 2);
    assert.equal(median([4, 1, 3, 2]), 2.5);
  });

  it('has no percentile of nothing', () => {
    assert.deepEqual(latencyOf([]), { count: 0, p50: Number.NaN, p99: Number.NaN });
  });
});
