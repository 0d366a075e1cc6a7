import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { messageIndex, readMegolmEvent } from '../../../../src/crypto/megolm/megolm-header.ts';

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (let left = value; ; left = Math.floor(left / 128)) {
    bytes.push(left < 128 ? left : (left % 128) + 128);
    if (left < 128) return bytes;
  }
}

const trailer = new Array<number>(72).fill(9);

function coded(...bytes: readonly number[]): string {
  return Buffer.from(bytes).toString('base64').replaceAll('=', '');
}

function message(index: number, text: Uint8Array = new Uint8Array(16)): string {
  return coded(3, 8, ...varint(index), 0x12, ...varint(text.length), ...text, ...trailer);
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

  it('is nothing of a message in another form than the one that engines write', () => {
    const text = [0x12, 2, 5, 5];
    assert.equal(messageIndex(coded(3, 8, 1, ...text, ...trailer)), 1);
    const forms = {
      'a second index': [3, 8, 9, 8, 1, ...text, ...trailer],
      'a second text': [3, 8, 1, 0x12, 1, 5, ...text, ...trailer],
      'a longer index': [3, 8, 0x81, 0, ...text, ...trailer],
      'a longer length': [3, 8, 1, 0x12, 0x82, 0, 5, 5, ...trailer],
      'the text first': [3, ...text, 8, 1, ...trailer],
      'a field that is not known': [3, 8, 1, ...text, 0x18, 1, ...trailer],
      'another trailer': [3, 8, 1, ...text, ...trailer, 9],
      'no trailer': [3, 8, 1, ...text],
    };
    for (const [name, bytes] of Object.entries(forms))
      assert.equal(messageIndex(coded(...bytes)), undefined, name);
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
