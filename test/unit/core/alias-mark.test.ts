import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { aliasMarkText, aliasStep, parseAliasMark, type AliasMark } from '../../../src/core/alias-mark.ts';
import { roomId, type RoomId } from '../../../src/core/ids.ts';

const room: fc.Arbitrary<RoomId> = fc.stringMatching(/^![A-Za-z0-9_:.-]{1,40}$/).map(roomId);
const mark: fc.Arbitrary<AliasMark> = fc.oneof(
  fc.constant<AliasMark>({ kind: 'none' }),
  fc.record({
    kind: fc.constant('putting' as const),
    room,
    from: fc.option(room, { nil: undefined }),
  }),
  fc.record({ kind: fc.constantFrom('put' as const, 'open', 'taken', 'closing'), room }),
);

describe('the note on an alias', () => {
  it('says when it is read what it said when it was written', () => {
    fc.assert(
      fc.property(mark, (one) => {
        assert.deepEqual(parseAliasMark(aliasMarkText(one)), { ...one });
      }),
    );
  });

  it('is none where it is something else', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const read = parseAliasMark(text);
        return (
          read.kind === 'none' ||
          aliasMarkText(read) ===
            text
              .split(' ')
              .slice(0, read.kind === 'putting' ? 3 : 2)
              .join(' ')
        );
      }),
    );
    for (const text of [undefined, '', 'put', 'put room', 'puts !a', 'open']) {
      assert.deepEqual(parseAliasMark(text), { kind: 'none' });
    }
  });

  it('leads to the room that the portal has, from wherever the alias may point', () => {
    fc.assert(
      fc.property(mark, room, room, (before, first, second) => {
        // Told to put it at one room, and then, unfinished, at another: the first may have it.
        const step = aliasStep(before, first);
        if (step.kind !== 'put') return 'room' in before && before.room === first;
        const noted: AliasMark = { kind: 'putting', room: first, from: step.from };
        assert.deepEqual(aliasStep(noted, first), step);
        const next = aliasStep(noted, second);
        assert.equal(next.kind, 'put');
        return first === second || ('from' in next && next.from === first);
      }),
    );
  });

  it('leaves alone what belongs to somebody else, or is about to go', () => {
    const here = roomId('!here');
    for (const kind of ['taken', 'closing'] as const) {
      assert.deepEqual(aliasStep({ kind, room: here }, here), { kind: 'nothing' });
      assert.deepEqual(aliasStep({ kind, room: here }, roomId('!next')), { kind: 'put', from: undefined });
    }
    assert.deepEqual(aliasStep({ kind: 'open', room: here }, here), { kind: 'rule' });
  });
});
