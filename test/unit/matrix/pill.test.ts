import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { matrixUserId } from '../../../src/core/ids.ts';
import { withPills } from '../../../src/matrix/pill.ts';

const userId = matrixUserId('@jean-luc:hs.test');
const pill = (name: string): string => `<a href="https://matrix.to/#/%40jean-luc%3Ahs.test">${name}</a>`;

describe('names as pills', () => {
  it('may have any character that means something in a pattern', () => {
    for (const name of ['Jean-Luc', '-', 'a/b', 'a.b', '[x]', '{1}', '^$', '(a|b)*+?', '\\d']) {
      const { html } = withPills({ plain: `hi ${name}!`, html: undefined }, [{ userId, names: [name] }]);
      assert.equal(html, `hi ${pill(name)}!`);
    }
    // It means itself and nothing else.
    const text = { plain: 'axb', html: undefined };
    assert.equal(withPills(text, [{ userId, names: ['a.b'] }]), text);
  });

  it('never throw, whatever people are called', () => {
    const anything = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom(...Array.from('\\^$.*+?()[]{}|/-&@ab ')) }),
    );
    fc.assert(
      fc.property(anything, fc.array(anything, { maxLength: 4 }), (plain, names) => {
        assert.equal(withPills({ plain, html: undefined }, [{ userId, names }]).plain, plain);
      }),
    );
  });
});
