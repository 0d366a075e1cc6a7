import assert from 'node:assert/strict';
import { it } from 'node:test';
import { pauseBefore } from '../../../../src/networks/xmpp/back-off.ts';

const bounds = { firstMs: 1000, longestMs: 30_000 };

it('doubles up to the longest pause, of which half is random', () => {
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5, 6, 1e9].map((attempt) => pauseBefore(attempt, bounds, 0)),
    [500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000],
  );
  assert.equal(pauseBefore(0, bounds, 0.5), 750);
  assert.ok(pauseBefore(9, bounds, 0.999) <= 30_000);
});
