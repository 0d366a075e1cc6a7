import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { portalId, remoteMessageId } from '../../../src/core/ids.ts';
import { markIn, marked, PUPPET_MARK } from '../../../src/matrix/puppet-mark.ts';

const name = fc.string({ minLength: 1, maxLength: 300, unit: 'grapheme' });

describe('the mark of what is sent in a user’s name', () => {
  it('is read back as it was put on, whatever else a content holds', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        name,
        fc.option(name),
        (content, portal, message) => {
          const mark = {
            portal: portalId(portal),
            message: message === null ? undefined : remoteMessageId(message),
          };
          const sent: unknown = JSON.parse(JSON.stringify(marked(content, mark)));
          assert.deepEqual(markIn(sent as Record<string, unknown>), mark);
        },
      ),
    );
  });

  it('is none where anything else stands in its place', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const mark = markIn({ [PUPPET_MARK]: value });
        if (mark === undefined) return;
        const { portal } = value as { portal: unknown };
        assert.equal(mark.portal, portal);
      }),
    );
    for (const value of [
      undefined,
      null,
      'x',
      {},
      { portal: '' },
      { portal: 7 },
      { portal: 'x'.repeat(5_000) },
    ])
      assert.equal(markIn({ [PUPPET_MARK]: value }), undefined);
  });

  it('stays outside of what an edit puts in place of a message', () => {
    const content = { body: '* b', 'm.new_content': { body: 'b' } };
    const sent = marked(content, { portal: portalId('p'), message: undefined });
    assert.deepEqual(sent['m.new_content'], { body: 'b' });
    assert.equal(sent['fi.mau.double_puppet_source'], 'causeway');
  });
});
