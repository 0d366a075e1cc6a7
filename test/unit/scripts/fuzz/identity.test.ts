import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { enlistment } from '../../../../scripts/fuzz/enlistment.ts';
import { fuzz } from '../../../../scripts/fuzz/run.ts';
import { tokens } from '../../../../scripts/fuzz/tokens.ts';

describe('hostile input', () => {
  it('is refused by the parser of enlistments for every reason, and some of it is right', async () => {
    const { broken, outcomes } = await fuzz(enlistment, 20_000, 1);
    assert.deepEqual(broken, []);
    const expected = [
      'read',
      'not-a-form',
      'unknown-field',
      'doubled-field',
      'missing-field',
      'bad-base64url',
    ];
    for (const outcome of [...expected, 'wrong-size', 'wrong-key-type', 'bad-token-form', 'too-large'])
      assert.ok((outcomes[outcome] ?? 0) > 0, outcome);
  });

  it('is never taken for a genuine token', async () => {
    const { broken, outcomes } = await fuzz(tokens, 5_000, 1);
    assert.deepEqual(broken, []);
    const expected = ['verified', 'algorithm', 'malformed', 'unknown-key', 'bad-signature', 'too-large'];
    for (const outcome of [...expected, 'expired', 'lives-too-long', 'not-yet'])
      assert.ok((outcomes[outcome] ?? 0) > 0, outcome);
  });
});
