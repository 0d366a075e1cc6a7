// The one stanza that Meta's public overview v1.0.3 prints as bytes [O], its wrong last length put right.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeNode } from '../../../../src/interop/node/decode.ts';
import { encodeNode } from '../../../../src/interop/node/encode.ts';
import { child, textOf } from '../../../../src/interop/node/node.ts';

const text = (value: string): number[] => [252, value.length, ...Buffer.from(value)];
const published = Uint8Array.from([
  ...[248, 12, 19, 17, 250, 255, 134, 20, 21, 85, 81, 0, 31, 3, 6, 250, 255, 134, 20, 21, 85, 81, 0, 15, 3],
  ...[8, ...text('123456'), 4, 56, 24, ...text('joe'), 248, 1, 248, 2, 237, 117],
  ...text('Body text of message.'),
]);

test('the published stanza decodes', () => {
  const decoded = decodeNode(Uint8Array.from([0, ...published]));
  assert.equal(decoded.kind, 'decoded');
  assert.equal(decoded.node.tag, 'message');
  assert.deepEqual(Object.entries(decoded.node.attrs), [
    ['to', '14155551001@s.whatsapp.net'],
    ['from', '14155551000@s.whatsapp.net'],
    ['id', '123456'],
    ['type', 'text'],
    ['notify', 'joe'],
  ]);
  const body = child(decoded.node, 'body');
  assert.equal(body === undefined ? undefined : textOf(body), 'Body text of message.');
});

test('the published stanza encodes to the same bytes, but that its id is packed as clients pack it', () => {
  const decoded = decodeNode(Uint8Array.from([0, ...published]));
  assert.equal(decoded.kind, 'decoded');
  const encoded = encodeNode(decoded.node);
  assert.equal(encoded.kind, 'encoded');
  const id = Buffer.from(published).indexOf(Buffer.from(text('123456')));
  const packed = [...published.slice(0, id), 255, 3, 0x12, 0x34, 0x56, ...published.slice(id + 8)];
  assert.deepEqual([...encoded.bytes], [0, ...packed]);
});

test('with the printed length of 14 there are bytes left over', () => {
  const printed = published.slice();
  printed[printed.length - 22] = 14;
  const decoded = decodeNode(Uint8Array.from([0, ...printed]));
  assert.deepEqual(decoded.kind === 'failed' ? decoded.reason : decoded.kind, 'trailing');
});
