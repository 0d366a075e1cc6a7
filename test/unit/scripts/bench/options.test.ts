import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { benchOptions, parts } from '../../../../scripts/bench/options.ts';

describe('the options of the benchmark', () => {
  it('run everything by default, and what is asked for in the order of the parts', () => {
    assert.deepEqual(benchOptions([]).parts, parts);
    assert.deepEqual(benchOptions(['--only', 'scale', '--only', 'to-matrix']).parts, ['to-matrix', 'scale']);
  });

  it('name the part of groups in two ways', () => {
    assert.deepEqual(benchOptions(['--group']).parts, ['group']);
    assert.deepEqual(benchOptions(['--only', 'group', '--only', 'scale']).parts, ['scale', 'group']);
  });

  it('measure encryption in parts of their own', () => {
    const { parts: named } = benchOptions([
      '--only',
      'watcher',
      '--only',
      'crypto-group',
      '--only',
      'crypto',
    ]);
    assert.deepEqual(named, ['crypto', 'crypto-group', 'watcher']);
  });

  it('say how much of third-party chats there is to be', () => {
    const { parts: named, interop } = benchOptions(['--interop', '--users', '100', '--seconds', '5']);
    assert.deepEqual(named, ['interop']);
    assert.deepEqual(interop, { users: 100, seconds: 5, rate: undefined });
    for (const amount of ['0', '-1', 'many', '1.5'])
      assert.throws(() => benchOptions(['--interop', `--rate=${amount}`]), /--rate takes a whole number/);
  });

  it('refuse what there is not', () => {
    assert.throws(() => benchOptions(['--only', 'everything']), /There is no part everything/);
    assert.throws(() => benchOptions(['--fast']), /--fast/);
  });
});
