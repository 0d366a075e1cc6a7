import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { clock } from '../../../../scripts/bench/interop-orders.ts';
import { inLanes, paced } from '../../../../scripts/bench/pace.ts';

describe('the pace of a benchmark', () => {
  it('does not wait for what was begun before', async () => {
    const begun = clock();
    const at: number[] = [];
    const done = await paced(200, 10, async (index) => {
      at.push(clock() - begun);
      await sleep(200);
      return index;
    });
    assert.deepEqual(done, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const last = at.at(-1) ?? 0;
    assert.ok(last >= 43 && last < 200, `the last began after ${last} ms`);
  });

  it('does so many at a time, each once', async () => {
    let [open, most] = [0, 0];
    const done = await inLanes(3, 20, async (index) => {
      open += 1;
      most = Math.max(most, open);
      await sleep(1);
      open -= 1;
      return index;
    });
    assert.deepEqual(done, [...Array(20).keys()]);
    assert.equal(most, 3);
  });
});
