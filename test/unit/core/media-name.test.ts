import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { cleanFileName } from '../../../src/core/media-name.ts';

describe('cleanFileName', () => {
  it('leaves a good name alone', () => {
    for (const name of ['cat.png', 'my photo (1).tar.gz', 'صورة.jpg', '👩‍👩‍👧.png'])
      assert.equal(cleanFileName(name, 'file'), name);
  });

  it('takes paths, control and direction characters away', () => {
    assert.equal(cleanFileName('../../etc/passwd', 'file'), 'passwd');
    assert.equal(cleanFileName('C:\\Users\\x\\cat.png', 'file'), 'cat.png');
    assert.equal(cleanFileName('photo\u202egnp.exe', 'file'), 'photognp.exe');
    assert.equal(cleanFileName('a\u0000b\r\n.txt', 'file'), 'ab.txt');
    assert.equal(cleanFileName('dir/', 'file'), 'dir');
  });

  it('falls back where nothing is left', () => {
    for (const name of ['', '..', '/', ' . ', '\u202e']) assert.equal(cleanFileName(name, 'file'), 'file');
  });

  it('shortens to 255 bytes and keeps the ending', () => {
    const short = cleanFileName(`${'ä'.repeat(400)}.jpeg`, 'file');
    assert.ok(short.endsWith('ä.jpeg'));
    assert.equal(Buffer.byteLength(short), 255);
  });

  it('gives a bounded name without a path for any text, and the same again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (name) => {
        const clean = cleanFileName(name, 'file');
        assert.match(clean, /^[^/\\\p{Cc}\u202a-\u202e]+$/u);
        assert.ok(Buffer.byteLength(clean) <= 255);
        assert.equal(cleanFileName(clean, 'file'), clean);
      }),
    );
  });
});
