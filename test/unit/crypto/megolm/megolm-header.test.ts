import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { messageIndex, readMegolmEvent } from '../../../../src/crypto/megolm/megolm-header.ts';

function message(index: number, rest: Uint8Array = new Uint8Array(8)): string {
  const varint: number[] = [];
  for (let left = index; ; left = Math.floor(left / 128)) {
    varint.push(left < 128 ? left : (left % 128) + 128);
    if (left < 128) break;
  }
  return Buffer.from([3, 8, ...varint, 0x12, ...rest])
    .toString('base64')
    .replaceAll('=', '');
}

function event(changes: object = {}, content: object = {}): string {
  return JSON.stringify({
    type: 'm.room.encrypted',
    sender: '@a:b',
    event_id: '$e',
    content: { algorithm: 'm.megolm.v1.aes-sha2', session_id: 'S', ciphertext: message(7), ...content },
    ...changes,
  });
}

describe('what can be read of an encrypted event', () => {
  it('is the index of every message', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 32 - 1 }), fc.uint8Array({ maxLength: 40 }), (index, rest) => {
        assert.equal(messageIndex(message(index, rest)), index);
      }),
    );
  });

  it('is nothing, or an index, of whatever else', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String()), (text) => {
        const index = messageIndex(text);
        assert.ok(index === undefined || (Number.isSafeInteger(index) && index >= 0));
      }),
    );
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        assert.equal(readMegolmEvent(text), undefined);
      }),
    );
  });

  it('is session, index, sender and id', () => {
    assert.deepEqual(readMegolmEvent(event()), { sessionId: 'S', index: 7, sender: '@a:b', eventId: '$e' });
  });

  it('is nothing of an event of another type or algorithm, or with a part that is missing', () => {
    const wrong = [
      event({ type: 'm.room.message' }),
      event({ sender: 5 }),
      event({ event_id: undefined }),
      event({ content: [] }),
      event({}, { algorithm: 'm.olm.v1.curve25519-aes-sha2' }),
      event({}, { session_id: '' }),
      event({}, { session_id: 'x'.repeat(256) }),
      event({}, { ciphertext: { a: 1 } }),
      event({}, { ciphertext: `${message(7)}==` }),
      event({}, { ciphertext: 'AwgA'.replace('A', 'B') }),
      event({ padding: 'x'.repeat(130_000) }),
    ];
    for (const raw of wrong) assert.equal(readMegolmEvent(raw), undefined, raw.slice(0, 200));
  });
});
