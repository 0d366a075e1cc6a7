import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Shelf } from '../../../../src/interop/media/shelf/shelf.ts';
import { chunksOf } from '../../../support/byte-streams.ts';
import { bytesUnder, smallShelf } from '../../../support/media-shelf.ts';
import { makeRunDir } from '../../../support/run-dir.ts';

type Step =
  | { readonly kind: 'put'; readonly ref: string; readonly owner: string; readonly size: number }
  | { readonly kind: 'remove'; readonly ref: string }
  | { readonly kind: 'remove-owner'; readonly owner: string }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'sweep' | 'restart' };

interface Kept {
  readonly owner: string;
  readonly text: string;
  readonly expiresAt: number;
}

const refs = ['1', '2', '3', '4', '5', '6'];
const owners = ['a', 'b'];
const keepMs = 100;

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('put' as const),
      ref: fc.constantFrom(...refs),
      owner: fc.constantFrom(...owners),
      size: fc.nat(110),
    }),
  },
  fc.record({ kind: fc.constant('remove' as const), ref: fc.constantFrom(...refs) }),
  fc.record({ kind: fc.constant('remove-owner' as const), owner: fc.constantFrom(...owners) }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 60 }) }),
  fc.record({ kind: fc.constantFrom('sweep' as const, 'restart' as const) }),
);

/** Whether the small shelf has room for it beside the others. */
function hasRoom(model: ReadonlyMap<string, Kept>, ref: string, owner: string, size: number): boolean {
  const others = [...model].filter(([name]) => name !== ref).map(([, kept]) => kept);
  const own = others.filter((kept) => kept.owner === owner);
  const bytes = (all: readonly Kept[]): number => all.reduce((sum, { text }) => sum + text.length, size);
  const isOver =
    size > 100 || own.length >= 3 || bytes(own) > 200 || others.length >= 5 || bytes(others) > 400;
  return !isOver && (model.get(ref)?.owner ?? owner) === owner;
}

describe('the shelf, whatever is done with it', () => {
  it('holds what it said it kept, and no more', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        await using dir = await makeRunDir('shelf');
        let now = 1_000_000;
        const open = (): Promise<Shelf> => smallShelf(dir.path, { now: () => now });
        let shelf = await open();
        const model = new Map<string, Kept>();
        const swept = (): void => {
          for (const [ref, { expiresAt }] of model) if (expiresAt <= now) model.delete(ref);
        };
        for (const [at, todo] of steps.entries()) {
          switch (todo.kind) {
            case 'put': {
              const { ref, owner, size } = todo;
              const text = String(at % 10).repeat(size);
              const kept = await shelf.put({ ref, owner, keepMs }, chunksOf(Buffer.from(text), [7, 50]));
              assert.equal(kept.kind === 'shelved', hasRoom(model, ref, owner, size));
              if (kept.kind === 'shelved') model.set(ref, { owner, text, expiresAt: kept.expiresAt });
              break;
            }
            case 'remove': {
              const known = model.get(todo.ref);
              assert.equal(await shelf.remove(todo.ref), known !== undefined && known.expiresAt > now);
              model.delete(todo.ref);
              break;
            }
            case 'remove-owner':
              await shelf.removeOwner(todo.owner);
              for (const [ref, { owner }] of model) if (owner === todo.owner) model.delete(ref);
              break;
            case 'wait':
              now += todo.ms;
              break;
            case 'sweep':
              await shelf.sweep();
              swept();
              break;
            case 'restart':
              await shelf[Symbol.asyncDispose]();
              shelf = await open();
              swept();
          }
          const bytes = [...model.values()].reduce((sum, { text }) => sum + text.length, 0);
          assert.deepEqual(shelf.total(), { files: model.size, bytes });
        }
        for (const ref of refs) {
          const known = model.get(ref);
          const expected = known !== undefined && known.expiresAt > now ? known.text : undefined;
          assert.equal(await bytesUnder(shelf, ref), expected);
        }
        assert.equal((await readdir(dir.path)).length, model.size);
        await shelf[Symbol.asyncDispose]();
      }),
      { numRuns: 60 },
    );
  });
});
