import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { canPass, codeIn, codeOf, judgeRoom, type RoomLook, type TieProblem } from '../../../src/core/tie.ts';

const fit: RoomLook = {
  kind: 'look',
  ...{ isSpace: false, isEncrypted: false, isReplaced: false, isDirect: false },
  ...{ userIsIn: true, userMay: true, botMay: true, peopleMay: true },
};

describe('the code of a tie', () => {
  it('is found again as it was made, in small letters, without its dash, in quotes or with a full stop', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 8, maxLength: 8 }),
        fc.constantFrom<(code: string) => string>(
          (code) => code,
          (code) => code.toLowerCase(),
          (code) => code.replace('-', ''),
          (code) => code.replace('-', ' '),
          (code) => ` "${code}"\n`,
          (code) => `${code}.`,
        ),
        (bytes, write) => {
          const code = codeOf(bytes);
          assert.match(code, /^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/);
          assert.equal(codeIn(write(code)), code);
        },
      ),
    );
  });

  it('is nothing but the whole of what was said', () => {
    for (const text of [
      '',
      'yes',
      'ABCD',
      'my code is ABCD-EFGH',
      'ABCD-EFGHJ',
      'ILOU-ILOU',
      'ABCD\nEFGH JKMN',
    ])
      assert.equal(codeIn(text), undefined, text);
    fc.assert(
      fc.property(fc.string({ minLength: 41, maxLength: 5_000 }), (text) => {
        assert.equal(codeIn(text), undefined);
      }),
    );
  });
});

describe('a room that is to be bridged', () => {
  it('is fit when nothing stands in the way', () => {
    assert.equal(judgeRoom(fit), undefined);
  });

  it('is told the first thing that stands in the way; only lack of power passes', () => {
    const cases: readonly (readonly [Partial<RoomLook>, TieProblem, boolean])[] = [
      [{ isDirect: true, isSpace: true }, 'direct', false],
      [{ isSpace: true }, 'space', false],
      [{ isReplaced: true }, 'replaced', false],
      [{ isEncrypted: true, userMay: false }, 'encrypted', false],
      [{ userIsIn: false, userMay: false }, 'in-no-room', false],
      [{ userMay: false, botMay: false }, 'no-power', false],
      [{ botMay: false, peopleMay: false }, 'bot-power', true],
      [{ peopleMay: false }, 'people-power', true],
    ];
    for (const [look, problem, passes] of cases) {
      assert.equal(judgeRoom({ ...fit, ...look }), problem);
      assert.equal(canPass(problem), passes, problem);
    }
  });
});
