import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { imageSize } from '../../../src/core/image-size.ts';
import { square } from '../../conformance/square.ts';

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const text = (word: string): string => Buffer.from(word, 'latin1').toString('hex');

describe('the size of a picture', () => {
  const riff = (kind: string, rest: string): Uint8Array =>
    hex(`${text('RIFF')} 00000000 ${text('WEBP')} ${text(kind)} 00000000 ${rest} ${'00'.repeat(12)}`);
  for (const [name, bytes, size] of [
    ['PNG', square('a.png', 70, 0).bytes, ['image/png', 70, 70]],
    ['GIF', hex(`${text('GIF89a')} 2c01 c800 00`), ['image/gif', 300, 200]],
    ['JPEG', hex('ffd8 ffe0 0004 0000 ff ffc2 0011 08 00c8 012c 03'), ['image/jpeg', 300, 200]],
    ['WebP, extended', riff('VP8X', '00000000 2b0100 c70000'), ['image/webp', 300, 200]],
    ['WebP, lossless', riff('VP8L', '2f 2bc13100'), ['image/webp', 300, 200]],
    ['WebP, lossy', riff('VP8 ', '000000 9d012a 2c01 c800'), ['image/webp', 300, 200]],
  ] as const) {
    it(`is read from a ${name}`, () => {
      const found = imageSize(bytes);
      assert.deepEqual(found && [found.mimetype, found.width, found.height], size);
    });
  }

  it('is none of what is no picture, is cut off, or has no size', () => {
    for (const bytes of [
      new Uint8Array(),
      hex('ffd8'),
      hex('ffd8 ffda 0000 0000 0000 0000 0000'),
      square('a.png', 70, 0).bytes.subarray(0, 20),
      hex(`${text('GIF89a')} 0000 c800 00`),
      hex(text('<svg xmlns="http://www.w3.org/2000/svg">')),
    ]) {
      assert.equal(imageSize(bytes), undefined);
    }
  });

  it('is found or not, whatever the bytes are', () => {
    const heads = ['ffd8ffe0', '89504e470d0a1a0a', text('GIF8'), text('RIFF')].map(hex);
    fc.assert(
      fc.property(fc.constantFrom(...heads), fc.uint8Array({ maxLength: 80 }), (head, rest) => {
        const size = imageSize(Uint8Array.from([...head, ...rest]));
        assert.ok(size === undefined || (size.width > 0 && size.height > 0));
      }),
    );
  });
});
