import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Held } from '../../../../../src/networks/xmpp/muc/held.ts';

describe('What is held while an archive is read', () => {
  it('is bounded by number and by bytes, and is always the beginning of what came, in order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(50)),
        fc.integer({ min: 1, max: 20 }),
        fc.nat(200),
        (sizes, most, mostBytes) => {
          const held = new Held(most, mostBytes);
          const gone: number[] = [];
          for (const [at, size] of sizes.entries()) held.add(() => gone.push(at), size);
          held.go();
          const bytes = sizes.slice(0, gone.length).reduce((sum, size) => sum + size, 0);
          assert.deepEqual(gone, [...gone.keys()]);
          assert.ok(gone.length <= most && bytes <= mostBytes);
          assert.equal(held.spilled, gone.length < sizes.length);
          const next = sizes[gone.length];
          if (next !== undefined) assert.ok(gone.length === most || bytes + next > mostBytes);
        },
      ),
    );
  });

  it('has all its room again when it is let go of', () => {
    const held = new Held(5, 10);
    const gone: string[] = [];
    held.add(() => gone.push('a'), 10);
    held.add(() => gone.push('b'), 1);
    assert.equal(held.spilled, true);
    held.clear();
    assert.equal(held.spilled, false);
    held.add(() => gone.push('c'), 10);
    held.go();
    assert.deepEqual(gone, ['c']);
  });
});
