import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { UnresolvedEvent } from '../../../src/core/event.ts';
import type { OpenedMatrixEvent } from '../../../src/core/homeserver.ts';
import { parseEvent } from '../../../src/matrix/parse-event.ts';
import {
  alice,
  bot,
  ghostOfBob,
  messageEvent,
  parseContext,
  roomEvent,
} from '../../support/matrix-events.ts';

const parse = (raw: string): OpenedMatrixEvent => parseEvent(raw, 'cause', parseContext());

/** The event that must have come of it. */
function eventOf(raw: string): UnresolvedEvent {
  const opened = parse(raw);
  assert.equal(opened.kind, 'event', JSON.stringify(opened));
  return opened.event;
}

function messageOf(
  content: Readonly<Record<string, unknown>>,
): Extract<UnresolvedEvent, { kind: 'message' }> {
  const event = eventOf(messageEvent(content));
  assert.equal(event.kind, 'message');
  return event;
}

const ref = (eventId: string): object => ({ in: 'matrix', eventId });
const replyTo = (eventId: string): object => ({ 'm.in_reply_to': { event_id: eventId } });
const ignored = (reason: string): object => ({ kind: 'ignored', reason });
const unsupported = (reason: string): object => ({ kind: 'unsupported', reason });

describe('parseEvent: messages', () => {
  it('reads who said what, when, under which name', () => {
    assert.deepEqual(eventOf(messageEvent({ body: 'hello' })), {
      kind: 'message',
      cause: 'cause',
      sender: { in: 'matrix', userId: alice },
      name: ref('$event'),
      at: 1_700_000_000_000,
      content: { kind: 'text', style: 'normal', text: { plain: 'hello', html: undefined } },
      mentions: { users: [], room: false },
      replyTo: undefined,
      thread: undefined,
    });
  });

  it('tells the styles apart', () => {
    for (const [msgtype, style] of [
      ['m.text', 'normal'],
      ['m.emote', 'emote'],
      ['m.notice', 'notice'],
    ]) {
      const { content } = messageOf({ msgtype });
      assert.equal(content.kind === 'text' && content.style, style);
    }
  });

  it('takes HTML only where it is declared, and cleans it', () => {
    const formatted = { formatted_body: '<b onclick=x>hi</b><script>x</script>' };
    const declared = messageOf({ ...formatted, format: 'org.matrix.custom.html' }).content;
    assert.deepEqual(declared.kind === 'text' && declared.text, { plain: 'hello', html: '<b>hi</b>' });
    const other = messageOf({ ...formatted, format: 'text/x' }).content;
    assert.deepEqual(other.kind === 'text' && other.text, { plain: 'hello', html: undefined });
  });

  it('says of what it does not carry that it is not carried', () => {
    for (const msgtype of ['m.beacon', 'constructor'])
      assert.deepEqual(parse(messageEvent({ msgtype })), unsupported('not-carried'));
    assert.deepEqual(parse(roomEvent({ type: 'm.call.invite', content: {} })), unsupported('broken-event'));
  });

  it('tells the sender of a message that is broken, too long or encrypted', () => {
    assert.deepEqual(parse(messageEvent({ body: 7 })), unsupported('broken-event'));
    assert.deepEqual(parse(messageEvent({ msgtype: ['m.text'] })), unsupported('broken-event'));
    assert.deepEqual(parse(roomEvent({ content: 'text' })), unsupported('broken-event'));
    assert.deepEqual(parse(messageEvent({ body: 'ä'.repeat(40_000) })), unsupported('too-long'));
    assert.deepEqual(
      parse(roomEvent({ type: 'm.room.encrypted', content: { algorithm: 'm.unknown' } })),
      unsupported('no-encryption'),
    );
  });

  it('ignores what was redacted, what is empty, state, and types that say nothing', () => {
    const nothing = ignored('nothing-to-do');
    assert.deepEqual(parse(roomEvent({ content: {}, unsigned: { redacted_because: {} } })), nothing);
    assert.deepEqual(parse(messageEvent({ body: '' })), nothing);
    assert.deepEqual(parse(roomEvent({ content: { msgtype: 'm.text', body: 'x' }, state_key: '' })), nothing);
    assert.deepEqual(parse(roomEvent({ type: 'm.room.pinned_events', state_key: '', content: {} })), nothing);
    assert.deepEqual(parse(roomEvent({ type: 'org.example', content: {} })), nothing);
  });

  it("ignores the bridge's own echo", () => {
    for (const sender of [bot, ghostOfBob])
      for (const type of ['m.room.message', 'm.room.member', 'm.reaction'])
        assert.deepEqual(parse(roomEvent({ type, sender, content: { body: 'x' } })), ignored('own-echo'));
  });
});

describe('parseEvent: replies', () => {
  it('names the message that is answered, and drops the old quotation before the answer', () => {
    const reply = messageOf({
      body: '> <@bob:hs> first\n> second\n\nanswer\n> my own quote',
      format: 'org.matrix.custom.html',
      formatted_body: '<mx-reply><blockquote>first</blockquote></mx-reply><i>answer</i>',
      'm.relates_to': replyTo('$first'),
    });
    assert.deepEqual(reply.replyTo, ref('$first'));
    assert.equal(reply.quoted, 'first\nsecond');
    assert.deepEqual(reply.content.kind === 'text' && reply.content.text, {
      plain: 'answer\n> my own quote',
      html: '<i>answer</i>',
    });
  });

  it('keeps quotations that the person wrote', () => {
    for (const content of [
      { body: '> quote\n\nanswer', 'm.relates_to': replyTo('$first') },
      { body: '> <@bob:hs> quote\n\nanswer' },
    ]) {
      const { content: said, quoted } = messageOf(content);
      assert.equal(quoted, undefined);
      assert.equal(said.kind === 'text' && said.text.plain, content.body);
    }
  });

  it('takes a thread for a reply only where one was meant', () => {
    const thread = { rel_type: 'm.thread', event_id: '$root', ...replyTo('$last') };
    const fallsBack = messageOf({ 'm.relates_to': { ...thread, is_falling_back: true } });
    assert.deepEqual([fallsBack.replyTo, fallsBack.thread], [undefined, ref('$root')]);
    const answers = messageOf({ 'm.relates_to': thread });
    assert.deepEqual([answers.replyTo, answers.thread], [ref('$last'), ref('$root')]);
    const rootless = messageOf({ 'm.relates_to': { rel_type: 'm.thread', ...replyTo('$last') } });
    assert.deepEqual([rootless.replyTo, rootless.thread], [ref('$last'), undefined]);
    const noThread = { ...replyTo('$last'), is_falling_back: true };
    assert.deepEqual(messageOf({ 'm.relates_to': noThread }).replyTo, ref('$last'));
  });
});

describe('parseEvent: media', () => {
  const image = { msgtype: 'm.image', body: 'cat.png', url: 'mxc://hs/abc' };

  it('describes the file and where it lies', () => {
    const context = parseContext();
    const info = { mimetype: 'Image/PNG; q=1', size: 10, w: 20, h: 30.4, duration: 40 };
    const opened = parseEvent(messageEvent({ ...image, info }), 'cause', context);
    assert.equal(opened.kind, 'event');
    assert.deepEqual(context.sources, [
      {
        uri: 'mxc://hs/abc',
        kind: 'image',
        name: 'cat.png',
        mimetype: 'image/png',
        size: 10,
        width: 20,
        height: 30,
        duration: 40,
        waveform: undefined,
        blurhash: undefined,
        thumbnail: undefined,
      },
    ]);
  });

  it('does not believe what cannot be', () => {
    const context = parseContext();
    const info = { mimetype: '\nx', size: -1, w: 0, h: '3', duration: 1e300 };
    parseEvent(
      messageEvent({ msgtype: 'm.file', body: '../../x\u202e', url: image.url, info }),
      'cause',
      context,
    );
    const [source] = context.sources;
    assert.deepEqual(
      [source?.name, source?.mimetype, source?.size, source?.width, source?.height, source?.duration],
      ['x', 'application/octet-stream', undefined, undefined, undefined, undefined],
    );
  });

  it('knows a caption by the file name beside it', () => {
    const captionOf = (content: object): unknown => {
      const said = messageOf({ ...image, ...content }).content;
      return said.kind === 'media' && [said.media.name, said.caption?.plain, said.caption?.html];
    };
    const format = 'org.matrix.custom.html';
    assert.deepEqual(captionOf({}), ['cat.png', undefined, undefined]);
    assert.deepEqual(captionOf({ filename: 'cat.png' }), ['cat.png', undefined, undefined]);
    assert.deepEqual(
      captionOf({ filename: 'dog.png', body: 'my dog', format, formatted_body: '<b>my</b> dog' }),
      ['dog.png', 'my dog', '<b>my</b> dog'],
    );
  });

  it('refuses files that cannot be opened and files that are nowhere', () => {
    assert.deepEqual(parse(messageEvent({ ...image, file: {} })), unsupported('broken-event'));
    for (const url of [undefined, 'https://hs/abc', 'mxc://hs/../abc', 'mxc://../config'])
      assert.deepEqual(parse(messageEvent({ ...image, url })), unsupported('broken-event'));
  });
});

describe('parseEvent: edits, reactions, redactions', () => {
  const relation = { rel_type: 'm.replace', event_id: '$old' };

  it('reads the new text of an edit, not the one for old clients', () => {
    const edit = eventOf(
      messageEvent({
        body: '* new',
        'm.new_content': { msgtype: 'm.emote', body: 'new' },
        'm.relates_to': relation,
      }),
    );
    assert.equal(edit.kind, 'edit');
    assert.deepEqual(edit.target, ref('$old'));
    assert.deepEqual(edit.content, { kind: 'text', style: 'emote', text: { plain: 'new', html: undefined } });
  });

  it('reads the new caption of a file', () => {
    const edit = eventOf(
      messageEvent({
        'm.new_content': { msgtype: 'm.image', body: 'new', filename: 'a.png', url: 'mxc://hs/abc' },
        'm.relates_to': relation,
      }),
    );
    assert.equal(edit.kind === 'edit' && edit.content.kind === 'media' && edit.content.caption?.plain, 'new');
  });

  it('calls an edit broken that has no new content or no target', () => {
    assert.deepEqual(parse(messageEvent({ 'm.relates_to': relation })), unsupported('broken-event'));
    assert.deepEqual(
      parse(
        messageEvent({
          'm.new_content': { msgtype: 'm.text', body: 'new' },
          'm.relates_to': { rel_type: 'm.replace', event_id: 7 },
        }),
      ),
      unsupported('broken-event'),
    );
  });

  it('reads reactions', () => {
    const reaction = (key: unknown): string =>
      roomEvent({
        type: 'm.reaction',
        content: { 'm.relates_to': { rel_type: 'm.annotation', event_id: '$old', key } },
      });
    const event = eventOf(reaction('👍️'));
    assert.equal(event.kind, 'reaction');
    assert.deepEqual([event.target, event.reactions], [ref('$old'), { op: 'add', emoji: '👍️' }]);
    assert.deepEqual(parse(reaction('x'.repeat(300))), unsupported('too-long'));
    assert.deepEqual(parse(reaction('mxc://hs/abc')), unsupported('not-carried'));
    for (const key of ['', 7, undefined]) assert.deepEqual(parse(reaction(key)), unsupported('broken-event'));
  });

  it('reads redactions of every room version', () => {
    for (const place of [{ redacts: '$old', content: {} }, { content: { redacts: '$old' } }]) {
      const event = eventOf(roomEvent({ type: 'm.room.redaction', ...place }));
      assert.equal(event.kind, 'redaction');
      assert.deepEqual(event.target, ref('$old'));
    }
    assert.deepEqual(
      parse(roomEvent({ type: 'm.room.redaction', content: {} })),
      unsupported('broken-event'),
    );
  });
});
