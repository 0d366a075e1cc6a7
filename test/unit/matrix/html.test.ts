import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cleanHtml } from '../../../src/matrix/html.ts';

describe('cleanHtml', () => {
  it('keeps what can be seen', () => {
    assert.equal(cleanHtml('<mx-reply>q</mx-reply><b>a</b>'), '<b>a</b>');
    assert.equal(cleanHtml('<p><img src="mxc://hs/a"></p>'), '<p><img src="mxc://hs/a"></p>');
  });

  it('is undefined where nothing is to be seen', () => {
    for (const html of ['', ' ', '<b></b>', '<script>x</script>', '<mx-reply>q', '<p><br></p>'])
      assert.equal(cleanHtml(html), undefined, html);
  });
});
