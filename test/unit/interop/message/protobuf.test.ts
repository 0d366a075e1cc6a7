import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { proto } from 'baileys/WAProto/index.js';
import fc from 'fast-check';
import { fuzz } from '../../../../scripts/fuzz/run.ts';
import { messages } from '../../../../scripts/fuzz/messages.ts';
import { decodeMessage, encodeMessage } from '../../../../src/interop/message/protobuf.ts';
import type { WireMessage } from '../../../../src/interop/message/wire-message.ts';
import { messageLimits } from '../../../../src/interop/profile/message-profile.ts';
import { anyMessage } from '../../../support/wire-messages.ts';

function bytesOf(hex: string): Uint8Array {
  return Buffer.from(hex.replaceAll(' ', ''), 'hex');
}

function reasonOf(bytes: Uint8Array): string {
  const decoded = decodeMessage(bytes);
  return decoded.kind === 'failed' ? decoded.reason : decoded.kind;
}

/** A field with a length. */
function field(no: number, content: Uint8Array): Buffer {
  const varint = (value: number): number[] =>
    value < 128 ? [value] : [(value & 127) | 128, ...varint(Math.floor(value / 128))];
  return Buffer.concat([Buffer.from([...varint((no << 3) | 2), ...varint(content.byteLength)]), content]);
}

describe('messages as protobuf', () => {
  it('writes the bytes that the format has for them', () => {
    const text: WireMessage = {
      extendedTextMessage: { text: 'hi', contextInfo: { stanzaId: 'AB', mentionedJid: ['1@x', '2@x'] } },
    };
    const hex = '32 15 0a 02 68 69 8a 01 0e 0a 02 41 42 7a 03 31 40 78 7a 03 32 40 78';
    assert.equal(Buffer.from(encodeMessage(text)).toString('hex'), hex.replaceAll(' ', ''));
    assert.deepEqual(decodeMessage(bytesOf(hex)), { kind: 'decoded', message: text, unknown: [] });
  });

  it('reads what it wrote', () => {
    fc.assert(
      fc.property(anyMessage(), (message) => {
        assert.deepEqual(decodeMessage(encodeMessage(message)), { kind: 'decoded', message, unknown: [] });
      }),
      { numRuns: 1000 },
    );
  });

  it('agrees byte for byte with what public clients use, in both directions', () => {
    fc.assert(
      fc.property(anyMessage(), (message) => {
        const theirs = proto.Message.encode(message as proto.IMessage).finish();
        const ours = encodeMessage(message);
        assert.equal(Buffer.from(ours).toString('hex'), Buffer.from(theirs).toString('hex'));
        assert.deepEqual(decodeMessage(Uint8Array.from(theirs)), { kind: 'decoded', message, unknown: [] });
        const read = proto.Message.decode(ours);
        const again = proto.Message.encode(read).finish();
        assert.equal(Buffer.from(again).toString('hex'), Buffer.from(ours).toString('hex'));
      }),
      { numRuns: 1000 },
    );
  });

  it('has the names of public clients for its fields', () => {
    const read = proto.Message.toObject(
      proto.Message.decode(
        encodeMessage({
          audioMessage: { ptt: true, seconds: 3, mimetype: 'audio/ogg', waveform: Uint8Array.of(1, 2) },
          reactionMessage: { key: { id: 'A', fromMe: true }, text: '👍' },
          protocolMessage: { type: 14, editedMessage: { conversation: 'now' } },
        }),
      ),
      { enums: String, bytes: Array },
    );
    assert.deepEqual(read, {
      audioMessage: { ptt: true, seconds: 3, mimetype: 'audio/ogg', waveform: [1, 2] },
      reactionMessage: { key: { id: 'A', fromMe: true }, text: '👍' },
      protocolMessage: { type: 'MESSAGE_EDIT', editedMessage: { conversation: 'now' } },
    });
  });
});

describe('hostile messages', () => {
  it('takes any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        assert.ok(['failed', 'decoded'].includes(decodeMessage(bytes).kind));
      }),
      { numRuns: 5000 },
    );
  });

  it('leaves out what it does not know, and says that something was there', () => {
    const decoded = decodeMessage(bytesOf('0a 02 68 69 ca 3e 03 01 02 03 d0 3e 05 d9 3e 0000000000000000'));
    assert.deepEqual(decoded, {
      kind: 'decoded',
      message: { conversation: 'hi' },
      unknown: [1001, 1002, 1003],
    });
    const many = Buffer.concat(Array.from({ length: 100 }, (_, at) => field(200 + at, Buffer.alloc(1))));
    const flood = decodeMessage(many);
    assert.equal(flood.kind === 'decoded' ? flood.unknown.length : 0, 16);
  });

  it('lets the last of a field count, and merges messages', () => {
    const twice = Buffer.concat([field(1, Buffer.from('one')), field(1, Buffer.from('two'))]);
    assert.deepEqual(decodeMessage(twice), {
      kind: 'decoded',
      message: { conversation: 'two' },
      unknown: [],
    });
    const merged = Buffer.concat([
      field(6, field(1, Buffer.from('text'))),
      field(6, field(17, field(1, Buffer.from('ID')))),
    ]);
    const message = { extendedTextMessage: { text: 'text', contextInfo: { stanzaId: 'ID' } } };
    assert.deepEqual(decodeMessage(merged), { kind: 'decoded', message, unknown: [] });
  });

  const quotes = (levels: number): Buffer =>
    Array.from({ length: levels }).reduce<Buffer>(
      (inner) => field(6, field(17, field(3, inner))),
      field(1, Buffer.from('x')),
    );
  const mentions = (count: number): Buffer =>
    field(6, field(17, Buffer.concat(Array.from({ length: count }, () => field(15, Buffer.from('1@x'))))));
  const contacts = (count: number): Buffer =>
    field(13, Buffer.concat(Array.from({ length: count }, () => field(2, Buffer.alloc(0)))));
  const cases: readonly (readonly [what: string, bytes: Uint8Array, reason: string])[] = [
    ['more bytes than a message has', Buffer.alloc(messageLimits.bytes + 1), 'too-large'],
    ['quotes of quotes', quotes(5), 'decoded'],
    ['too many quotes of quotes', quotes(6), 'too-deep'],
    ['a thousand quotes of quotes', quotes(1000), 'too-deep'],
    ['as many mentions as there may be', mentions(messageLimits.repeated), 'decoded'],
    ['more', mentions(messageLimits.repeated + 1), 'too-many'],
    ['a bomb of contacts', contacts(100_000), 'too-many'],
    ['text that is not UTF-8', field(1, Buffer.from([0xc3, 0x28])), 'not-text'],
    ['text with half a surrogate pair', field(1, Buffer.from([0xed, 0xa0, 0x80])), 'not-text'],
    ['a field of another type', bytesOf('08 01'), 'broken'],
    ['a length beyond the end', bytesOf('0a 05 68 69'), 'broken'],
    ['a length of four gigabytes', bytesOf('0a ff ff ff ff 0f'), 'broken'],
    ['a number without end', bytesOf('42 0c 28 ff ff ff ff ff ff ff ff ff ff ff'), 'broken'],
    ['half a double', bytesOf('2a 03 09 00 00'), 'broken'],
    ['half a tag', bytesOf('92'), 'broken'],
    ['field 0', bytesOf('02 00'), 'broken'],
    ['a group', bytesOf('a3 06 a4 06'), 'broken'],
    ['the end of a group', bytesOf('a4 06'), 'broken'],
    ['groups in groups', Buffer.alloc(100_000, bytesOf('a3 06')), 'broken'],
    ['a size beyond exact numbers', field(3, bytesOf('28 ff ff ff ff ff ff ff ff ff 01')), 'broken'],
  ];
  for (const [what, bytes, reason] of cases) {
    it(`answers ${what}: ${reason}`, () => assert.equal(reasonOf(bytes), reason));
  }

  it('says nothing of what came in its failures', () => {
    const decoded = decodeMessage(field(1, Buffer.from([0x73, 0x65, 0x63, 0x72, 0x65, 0x74, 0xff])));
    assert.ok(decoded.kind === 'failed' && !decoded.text.includes('secret'));
  });

  it('is quick with a message full of what it does not know', () => {
    const started = performance.now();
    assert.equal(
      reasonOf(
        Buffer.alloc(messageLimits.bytes, bytesOf('f8 07 01 00').subarray(0, 3)).subarray(0, 3 * 300_000),
      ),
      'decoded',
    );
    assert.ok(performance.now() - started < 2000);
  });

  it('keeps its contract under the fuzz', async () => {
    const { broken, outcomes } = await fuzz(messages, 5000, 42);
    assert.deepEqual(broken, []);
    for (const outcome of ['event message', 'event reaction', 'broken', 'bad-padding'])
      assert.ok((outcomes[outcome] ?? 0) > 0, outcome);
  });
});
