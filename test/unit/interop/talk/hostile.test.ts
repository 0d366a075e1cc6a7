import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Sealed } from '../../../../src/interop/stanza/message.ts';
import { smallLimits } from '../../../support/signal-scene.ts';
import { homeUser, KeyShelf, open, partner, seal, talker, textOf } from '../../../support/talk-scene.ts';

const edit = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), at: fc.nat(), to: fc.nat({ max: 255 }) }),
  fc.record({ kind: fc.constant('cut' as const), at: fc.nat(), count: fc.nat({ max: 40 }) }),
  fc.record({ kind: fc.constant('add' as const), at: fc.nat(), bytes: fc.uint8Array({ maxLength: 12 }) }),
);

function edited(
  bytes: Uint8Array,
  edits: readonly (typeof edit extends fc.Arbitrary<infer T> ? T : never)[],
): Uint8Array {
  let made = Buffer.from(bytes);
  for (const one of edits) {
    const at = one.at % Math.max(1, made.length);
    if (one.kind === 'set') made[at] = one.to;
    else if (one.kind === 'cut') made = Buffer.concat([made.subarray(0, at), made.subarray(at + one.count)]);
    else made = Buffer.concat([made.subarray(0, at), one.bytes, made.subarray(at)]);
  }
  return made;
}

describe('what was changed on its way, or was never sealed', () => {
  it('ends as asked for or closed, never throws, and costs what is genuine nothing', async () => {
    const limits = { ...smallLimits, maxAsked: 100_000 };
    const shelf = new KeyShelf();
    const [alice, bob] = [await talker(shelf, partner, limits), await talker(shelf, homeUser, limits)];
    const first = await seal(alice, bob, 'first', 'first');
    textOf(await open(bob, alice, 'first', first));
    textOf(await open(alice, bob, 'back', await seal(bob, alice, 'back', 'back')));
    const later = await seal(alice, bob, 'later', 'later');
    const stranger = await talker(shelf, { ...partner, user: '4712' }, limits);
    await shelf.fill(bob);
    const begun = await seal(stranger, bob, 'begun', 'begun');
    let id = 0;
    const taken: string[] = [];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(first, later, begun),
        fc.array(edit, { minLength: 1, maxLength: 4 }),
        fc.constantFrom<Sealed['type']>('pkmsg', 'msg'),
        async (sealed, edits, type) => {
          const ciphertext = edited(sealed.ciphertext, edits);
          if (Buffer.compare(ciphertext, sealed.ciphertext) === 0) return;
          id += 1;
          const opened = await open(bob, sealed === begun ? stranger : alice, `E${id}`, {
            ...sealed,
            type,
            ciphertext,
          });
          // The number of the registration stands outside of what is sealed: changed, it changes nothing.
          if (opened.kind === 'opened') taken.push(type);
          if (opened.kind === 'opened') assert.equal(sealed === begun ? textOf(opened) : 'forged', 'begun');
          else assert.ok(opened.kind === 'ask' || opened.kind === 'closed', opened.kind);
        },
      ),
      { numRuns: Number(process.env['CAUSEWAY_EDITS'] ?? 500) },
    );
    assert.equal(textOf(await open(bob, alice, 'later', later)), 'later');
    if (taken.length === 0) assert.equal(textOf(await open(bob, stranger, 'begun', begun)), 'begun');
  });
});
