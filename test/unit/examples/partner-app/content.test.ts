import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { TimelineEvent } from '../../../../examples/partner-app/event.ts';
import { linesOf, type Naming } from '../../../../examples/partner-app/lines.ts';
import {
  lineId,
  lineValue,
  messageOf,
  read,
  type Reading,
} from '../../../../examples/partner-app/reading.ts';
import type { Line } from '../../../../examples/partner-app/user-store.ts';
import { typeOf, write, type Saying } from '../../../../examples/partner-app/writing.ts';
import { openBytes } from '../../../../src/core/inline-media.ts';
import type { Media } from '../../../../src/core/media.ts';
import { encodeMessage } from '../../../../src/interop/message/protobuf.ts';
import type { SealedFile } from '../../../../src/interop/message/sealed-file.ts';

const chat = '4711@lid';
const file: SealedFile = {
  kind: 'image',
  mediaKey: new Uint8Array(32).fill(1),
  plainHash: new Uint8Array(32).fill(2),
  sealedHash: new Uint8Array(32).fill(3),
  plainSize: 100,
  directPath: '/interop/whatsapp/download/12/abc/',
};
const picture: Media = {
  ...{ kind: 'image', name: 'cat.png', mimetype: 'image/png', size: 100, width: 4, height: 3 },
  ...{ duration: undefined, waveform: undefined, blurhash: undefined, thumbnail: undefined },
  open: openBytes(new Uint8Array(0), 'image/png'),
};

const lines = new Map<string, Line>();
const own = '12-42@interop';
const reading: Reading = {
  own,
  open: () => openBytes(new Uint8Array(0), 'image/png'),
  nameOf: () => undefined,
  find: (_chat, named) => messageOf(lines.get(lineId(named))),
};

function lineOf(saying: Saying, id = 'A1', mine = false): Line {
  const message = write(saying, chat, 1_700_000_000_000);
  const value = lineValue(encodeMessage(message));
  return { seq: 7, chat, kind: 'said', id: lineId({ id, mine }), value, at: 1_700_000_000_000 };
}

/** What somebody says, as the other end reads it. */
function across(saying: Saying): TimelineEvent {
  return read(lineOf(saying), reading);
}

const naming: Naming = {
  person: (address) => ({ address, foundBy: '@bob:example.org', name: undefined }),
  numberOf: () => 3,
};

describe('what the app writes and reads', () => {
  it('is the text that was written, whatever it is', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\p{L}\p{N}](?:[ \n]?[\p{L}\p{N}]){0,40}$/u), (text) => {
        const event = across({ kind: 'text', text });
        assert.ok(event.kind === 'message' && event.content.kind === 'text');
        assert.equal(event.content.text.plain, text);
        assert.equal(event.mine, false);
      }),
    );
  });

  it('tells whom a text calls', () => {
    const me = across({ kind: 'text', text: 'Hello @12-42, look', calls: [own] });
    assert.ok(me.kind === 'message' && me.content.kind === 'text');
    assert.deepEqual([me.mentionsMe, me.content.text.plain], [true, 'Hello @you, look']);
    const other = across({ kind: 'text', text: 'Hello @99', calls: ['99@lid'] });
    assert.equal(other.kind === 'message' && other.mentionsMe, false);
    const bob = read(lineOf({ kind: 'text', text: 'Hello @99', calls: ['99@lid'] }), {
      ...reading,
      nameOf: () => '@bob:example.org',
    });
    assert.ok(bob.kind === 'message' && bob.content.kind === 'text');
    assert.equal(bob.content.text.plain, 'Hello @bob:example.org');
  });

  it('keeps what an answer answers', () => {
    const answers = { id: 'B2', mine: true, author: chat, quoted: { conversation: 'question' } };
    const event = across({ kind: 'text', text: 'answer', answers });
    assert.equal(event.kind === 'message' && event.replyTo, 'B2');
  });

  it('tells files with their caption, places and cards', () => {
    const event = across({ kind: 'file', media: picture, file, caption: 'my cat' });
    assert.ok(event.kind === 'message' && event.content.kind === 'media');
    assert.equal(event.content.caption?.plain, 'my cat');
    assert.deepEqual([event.content.media.width, event.content.media.mimetype], [4, 'image/png']);
    const place = { latitude: 52.5, longitude: 13.4, accuracy: undefined, description: 'Berlin' };
    const there = across({ kind: 'place', place });
    assert.deepEqual(there.kind === 'message' && there.content, { kind: 'location', place });
    const vcard = 'BEGIN:VCARD\nVERSION:3.0\nFN:Bob\nEND:VCARD\n';
    const card = across({ kind: 'contact', name: 'Bob', vcard });
    assert.equal(
      card.kind === 'message' && card.content.kind === 'media' && card.content.media.name,
      'Bob.vcf',
    );
  });

  it('names what is reacted to, edited and taken back', () => {
    const reaction = across({ kind: 'reaction', to: { id: 'B2', mine: true }, emoji: '👍' });
    assert.deepEqual(reaction.kind === 'reaction' && [reaction.to, reaction.emoji], ['B2', '👍']);
    const back = across({ kind: 'reaction', to: { id: 'B2', mine: true }, emoji: '' });
    assert.equal(back.kind === 'reaction' && back.emoji, '');
    const edit = across({ kind: 'edit', of: 'A1', text: 'better', before: { conversation: 'good' } });
    assert.ok(edit.kind === 'edit' && edit.content.kind === 'text');
    assert.deepEqual([edit.of, edit.content.text.plain], ['A1', 'better']);
    const revoke = across({ kind: 'revoke', of: 'A1' });
    assert.equal(revoke.kind === 'revoke' && revoke.of, 'A1');
  });

  it('edits the caption of a file that the reader has', () => {
    const before = write({ kind: 'file', media: picture, file, caption: 'old' }, chat, 0);
    const edit: Saying = { kind: 'edit', of: 'A1', text: 'new', before };
    assert.equal(across(edit).kind, 'unsupported');
    lines.set(
      lineId({ id: 'A1', mine: false }),
      lineOf({ kind: 'file', media: picture, file, caption: 'old' }),
    );
    const event = across(edit);
    lines.clear();
    assert.ok(event.kind === 'edit' && event.content.kind === 'media');
    assert.deepEqual([event.content.caption?.plain, event.content.media.size], ['new', 100]);
  });

  it('says of each message what it is before it is opened', () => {
    assert.equal(typeOf(write({ kind: 'text', text: 'hi' }, chat, 0)), 'text');
    assert.equal(typeOf(write({ kind: 'revoke', of: 'A1' }, chat, 0)), 'text');
    assert.equal(typeOf(write({ kind: 'file', media: picture, file, caption: undefined }, chat, 0)), 'media');
    const to = { id: 'A1', mine: false };
    assert.equal(typeOf(write({ kind: 'reaction', to, emoji: '👍' }, chat, 0)), 'reaction');
  });

  it('says of what it cannot read that it is there', () => {
    const line = {
      ...lineOf({ kind: 'text', text: 'hi' }),
      value: Buffer.from('nonsense').toString('base64'),
    };
    assert.equal(read(line, reading).kind, 'unsupported');
  });
});

describe('what the terminal shows', () => {
  it('has no control character of what others wrote', () => {
    const text = 'a\u001b[2Jb\u0007c\u009b31md';
    const shown = [
      ...linesOf(across({ kind: 'text', text }), naming),
      ...linesOf(across({ kind: 'reaction', to: { id: 'B2', mine: true }, emoji: '\u001b[A' }), naming),
      ...linesOf(
        across({ kind: 'file', media: { ...picture, name: 'x\u001b[A' }, file, caption: text }),
        naming,
      ),
      ...linesOf(across({ kind: 'text', text: 'x' }), {
        ...naming,
        person: (address) => ({ address, foundBy: undefined, name: '\u001b[Anna' }),
      }),
    ];
    assert.ok(shown.length > 4);
    for (const line of shown) assert.equal(/[\p{Cc}]/u.test(line), false, JSON.stringify(line));
  });

  it('shows who said it, under the number by which it is answered', () => {
    const [line = ''] = linesOf(across({ kind: 'text', text: 'hello' }), naming);
    assert.match(line, /^ {3}7 {2}\d\d:\d\d {2}@bob:example\.org: hello$/);
  });

  it('never takes the name that somebody gives themselves for who they are', () => {
    const person = (address: string): ReturnType<Naming['person']> => ({
      ...{ address, foundBy: undefined, name: '@alice:example.org' },
    });
    const [line = ''] = linesOf(across({ kind: 'text', text: 'hello' }), { ...naming, person });
    assert.ok(line.includes('@alice:example.org (4711@lid): hello'));
  });
});
