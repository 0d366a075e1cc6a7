import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { noise } from '../../../../scripts/fuzz/noise.ts';
import { fuzz } from '../../../../scripts/fuzz/run.ts';

describe('the chat channel under hostile bytes', () => {
  it('keeps its contract under the fuzz', async () => {
    const { broken, outcomes } = await fuzz(noise, 3000, 42);
    assert.deepEqual(broken, []);
    // The inputs get as far as they should, and no further.
    const expected = [
      'hello malformed-message',
      'hello reply',
      'hello wrong-size',
      'finish finished',
      'finish not-authentic',
      'answer not-authentic',
      'chain certificate-bad-signature',
      'chain verified',
      'payload wrong-product',
      'payload bad-token',
      'stranger opened',
      'stranger low-order-point',
      'stranger wrong-prologue',
      'frames whole',
      'frames not-authentic',
      'frames truncated',
      'frames frame-too-large',
    ];
    for (const outcome of expected) assert.ok((outcomes[outcome] ?? 0) > 0, outcome);
  });
});
