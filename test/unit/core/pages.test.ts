import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { counting, following } from '../../../src/core/pages.ts';

describe('what is read in pages', () => {
  it('is all there, once, in order, and nothing is asked for behind the last', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(30), fc.integer({ min: 1, max: 10 }), async (count, size) => {
        const all = Array.from({ length: count }, (_, at) => at + 1);
        const asked: number[] = [];
        const behind = async (after: number, limit: number): Promise<number[]> => {
          asked.push(after);
          return all.filter((one) => one > after).slice(0, limit);
        };
        const skipping = async (offset: number, limit: number): Promise<number[]> =>
          all.slice(offset, offset + limit);
        assert.deepEqual(await Array.fromAsync(following(size, 0, behind, (last) => last)), all);
        assert.deepEqual(await Array.fromAsync(counting(size, skipping)), all);
        assert.equal(asked.length, Math.floor(count / size) + 1);
      }),
    );
  });

  it('is read no further than it is wanted', async () => {
    let reads = 0;
    const read = async (): Promise<number[]> => {
      reads += 1;
      return [1, 2];
    };
    for await (const one of following(2, 0, read, (last) => last)) if (one === 2) break;
    assert.equal(reads, 1);
  });
});
