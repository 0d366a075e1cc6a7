import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { contradicts, essence } from '../../../src/core/media-type.ts';

const heads: Readonly<Record<string, Buffer>> = {
  'image/png': Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'),
  'image/jpeg': Buffer.from('ffd8ffe000104a46494600', 'hex'),
  'image/gif': Buffer.from('GIF89a\x01\x00'),
  'image/webp': Buffer.from('RIFF\x24\x00\x00\x00WEBPVP8 '),
  'image/avif': Buffer.from('\0\0\0\x1cftypavif\0\0\0\0'),
};

describe('the first bytes of a file', () => {
  it('bear out the type of an image, and of that alone', () => {
    for (const [type, head] of Object.entries(heads)) {
      for (const declared of Object.keys(heads)) {
        assert.equal(contradicts(declared, head), declared !== type, `${declared} on ${type}`);
      }
    }
  });

  it('are looked at whatever the spelling of the type', () => {
    const png = heads['image/png'] ?? Buffer.alloc(0);
    assert.equal(contradicts('IMAGE/PNG; q=1', png), false);
    assert.equal(contradicts('image/jpg', png), true);
    assert.equal(contradicts('image/jpg', heads['image/jpeg'] ?? png), false);
  });

  it('never bear out an image that can carry scripts, or one that is too short', () => {
    assert.equal(
      contradicts('image/svg+xml', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')),
      true,
    );
    assert.equal(contradicts('image/png', Buffer.alloc(0)), true);
    assert.equal(contradicts('image/png', Buffer.from('8950', 'hex')), true);
  });

  it('say nothing of what is no image', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (head) => {
        assert.equal(contradicts('application/pdf', head), false);
        assert.equal(contradicts('nonsense', head), false);
      }),
    );
  });
});

it('a type is told without its parameters; nonsense is a stream of bytes', () => {
  assert.equal(essence('Text/HTML; charset=utf-8'), 'text/html');
  assert.equal(essence('text/html\r\nx: y'), 'application/octet-stream');
  assert.equal(essence(''), 'application/octet-stream');
});
