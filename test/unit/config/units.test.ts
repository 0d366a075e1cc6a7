import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatDuration, parseDuration } from '../../../src/config/duration.ts';
import { formatSize, parseSize } from '../../../src/config/size.ts';

describe('durations', () => {
  it('are read as people write them', () => {
    const cases: Record<string, number | undefined> = {
      '30s': 30_000,
      '24h': 86_400_000,
      '3 days': 259_200_000,
      '1h 30m': 5_400_000,
      '1.5 minutes': 90_000,
      '250ms': 250,
      '2 weeks': 1_209_600_000,
      '': undefined,
      '5': undefined,
      '5 fortnights': undefined,
      '-5s': undefined,
      '99999999999999w': undefined,
    };
    for (const [written, expected] of Object.entries(cases))
      assert.equal(parseDuration(written), expected, written);
  });
  it('are written so that they are read back', () => {
    fc.assert(fc.property(fc.nat(), (ms) => assert.equal(parseDuration(formatDuration(ms)), ms)));
  });
});

describe('sizes', () => {
  it('are read as people write them', () => {
    const cases: Record<string, number | undefined> = {
      '50 MiB': 52_428_800,
      '10MB': 10_000_000,
      '1.5 kib': 1536,
      '12 b': 12,
      '12': undefined,
      'many MiB': undefined,
      '5 parsecs': undefined,
    };
    for (const [written, expected] of Object.entries(cases))
      assert.equal(parseSize(written), expected, written);
  });
  it('are written so that they are read back', () => {
    fc.assert(fc.property(fc.nat(), (size) => assert.equal(parseSize(formatSize(size)), size)));
  });
});
