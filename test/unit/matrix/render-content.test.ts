import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  noMentions,
  type Content,
  type EditEvent,
  type Mentions,
  type MessageEvent,
} from '../../../src/core/event.ts';
import { renderEdit, renderMessage, type RenderedEvents } from '../../../src/matrix/render-event.ts';
import type { UploadedMedia } from '../../../src/matrix/render-media.ts';
import { pollEndFields, voteFields } from '../../../src/matrix/render-poll.ts';
import type { Calling } from '../../../src/matrix/render-relation.ts';
import {
  alice,
  bob,
  ghostOfBob,
  media,
  mxc,
  noBytes,
  remoteMessage,
  target,
  textContent,
} from '../../support/matrix-events.ts';

const calling: Calling = (party) =>
  party.in === 'matrix'
    ? { userId: party.userId, names: [party.userId, '@alice', 'alice'] }
    : { userId: ghostOfBob, names: [bob] };
const stored = (id: string, thumbnail?: string): UploadedMedia => {
  return {
    uri: mxc(`mxc://hs/${id}`),
    thumbnail: thumbnail === undefined ? undefined : { uri: mxc(thumbnail) },
  };
};

function rendered(event: MessageEvent, ...files: readonly UploadedMedia[]): RenderedEvents {
  const events = renderMessage(event, files, calling);
  assert.ok(!('reason' in events));
  return events;
}

const file = (kind: Parameters<typeof media>[0], caption?: string): Content => {
  return {
    kind: 'media',
    media: media(kind),
    caption: caption === undefined ? undefined : { plain: caption, html: undefined },
  };
};
const poll = {
  question: 'Tea?',
  answers: [
    { id: 'y', text: 'Yes' },
    { id: 'n', text: 'No' },
  ],
  maxSelections: 2,
  disclosed: false,
};

describe('renderMessage: kinds of content', () => {
  it('marks a voice message, with its length and loudness', () => {
    const spoken = {
      kind: 'voice',
      name: 'v.ogg',
      mimetype: 'audio/ogg',
      duration: 1500.4,
      waveform: [0, 0.5, 1],
    } as const;
    assert.deepEqual(rendered(remoteMessage(file(spoken)), stored('v')), [
      {
        type: 'm.room.message',
        content: {
          msgtype: 'm.audio',
          body: 'v.ogg',
          filename: 'v.ogg',
          url: 'mxc://hs/v',
          info: { mimetype: 'audio/ogg', duration: 1500 },
          'org.matrix.msc1767.audio': { duration: 1500, waveform: [0, 512, 1024] },
          'org.matrix.msc3245.voice': {},
          'm.mentions': {},
        },
      },
    ]);
  });

  it('shows a sticker as one, and a card as the type that clients know', () => {
    const [sticker] = rendered(remoteMessage(file({ kind: 'sticker', name: 'wave.png' })), stored('s'));
    assert.equal(sticker.type, 'm.sticker');
    assert.deepEqual(sticker.content, {
      body: 'wave.png',
      url: 'mxc://hs/s',
      info: { mimetype: 'image/png' },
      'm.mentions': {},
    });
    const [card] = rendered(remoteMessage(file({ kind: 'contact', mimetype: 'text/x-vcard' })), stored('c'));
    assert.deepEqual([card.content['msgtype'], card.content['info']], ['m.file', { mimetype: 'text/vcard' }]);
  });

  it('tells of a thumbnail that is there, and of none that could not be had', () => {
    const thumbnail = { mimetype: 'image/jpeg', size: 9, width: 4, height: 3, open: noBytes };
    const blurhash = 'LEHV6nWB2y';
    const event = remoteMessage(file({ kind: 'video', mimetype: 'video/mp4', thumbnail, blurhash }));
    assert.deepEqual(rendered(event, stored('v', 'mxc://hs/t'))[0].content['info'], {
      mimetype: 'video/mp4',
      'xyz.amorgan.blurhash': blurhash,
      thumbnail_url: 'mxc://hs/t',
      thumbnail_info: { mimetype: 'image/jpeg', size: 9, w: 4, h: 3 },
    });
    assert.deepEqual(rendered(event, stored('v'))[0].content['info'], {
      mimetype: 'video/mp4',
      'xyz.amorgan.blurhash': blurhash,
    });
  });

  it('makes of a gallery one event for each file, the caption and the reply on the first', () => {
    const items = [media({ name: '1.png' }), media({ name: '2.png' }), media({ name: '3.png' })] as const;
    const caption = { plain: 'the sea', html: undefined };
    const event = remoteMessage({ kind: 'gallery', items, caption }, target());
    const events = rendered(event, stored('1'), stored('2'), stored('3'));
    assert.deepEqual(
      events.map(({ content }) => [content['body'], content['url'], 'm.relates_to' in content]),
      [
        ['the sea', 'mxc://hs/1', true],
        ['2.png', 'mxc://hs/2', false],
        ['3.png', 'mxc://hs/3', false],
      ],
    );
    const long = { plain: 'word '.repeat(13_000), html: undefined };
    const after = rendered(
      { ...event, content: { kind: 'gallery', items, caption: long } },
      stored('1'),
      stored('2'),
      stored('3'),
    );
    assert.equal(after[0].content['body'], '1.png');
    assert.equal(
      after
        .slice(3)
        .map(({ content }) => content['body'])
        .join(''),
      long.plain,
    );
  });

  it('pins a place, with its description', () => {
    const place = { latitude: 52.5, longitude: -13.25, accuracy: 20, description: 'home' };
    const [event] = rendered(remoteMessage({ kind: 'location', place }));
    assert.deepEqual(event.content, {
      msgtype: 'm.location',
      body: 'home',
      geo_uri: 'geo:52.5,-13.25;u=20',
      'org.matrix.msc3488.location': { uri: 'geo:52.5,-13.25;u=20', description: 'home' },
      'org.matrix.msc3488.asset': { type: 'm.pin' },
      'org.matrix.msc3488.ts': 1_700_000_000_000,
      'org.matrix.msc1767.text': 'home',
      'm.mentions': {},
    });
  });

  it('asks a poll, with its text for clients without polls; chooses in it and ends it', () => {
    const [event] = rendered(remoteMessage({ kind: 'poll', poll }));
    assert.equal(event.type, 'org.matrix.msc3381.poll.start');
    assert.deepEqual(event.content, {
      'org.matrix.msc3381.poll.start': {
        question: { 'org.matrix.msc1767.text': 'Tea?', body: 'Tea?', msgtype: 'm.text' },
        kind: 'org.matrix.msc3381.poll.undisclosed',
        max_selections: 2,
        answers: [
          { id: 'y', 'org.matrix.msc1767.text': 'Yes' },
          { id: 'n', 'org.matrix.msc1767.text': 'No' },
        ],
      },
      'org.matrix.msc1767.text': 'Tea?\n1. Yes\n2. No',
      'm.mentions': {},
    });
    const relates = { rel_type: 'm.reference', event_id: '$target' };
    assert.deepEqual(voteFields(target(), ['y']), {
      'm.relates_to': relates,
      'org.matrix.msc3381.poll.response': { answers: ['y'] },
    });
    assert.partialDeepStrictEqual(pollEndFields(target()), {
      'm.relates_to': relates,
      'org.matrix.msc3381.poll.end': {},
    });
    const huge = { ...poll, question: 'x'.repeat(70_000) };
    assert.deepEqual(renderMessage(remoteMessage({ kind: 'poll', poll: huge }), [], calling), {
      kind: 'unsupported',
      reason: 'too-long',
    });
  });
});

describe('renderMessage: relations', () => {
  const inThread = (replyTo?: ReturnType<typeof target>): MessageEvent => {
    return { ...remoteMessage(textContent('a'), replyTo), thread: target('$root') };
  };

  it('puts every event of a message into its thread, with the root for clients without threads', () => {
    const thread = { rel_type: 'm.thread', event_id: '$root' };
    const [alone] = rendered(inThread());
    assert.deepEqual(alone.content['m.relates_to'], {
      ...thread,
      is_falling_back: true,
      'm.in_reply_to': { event_id: '$root' },
    });
    const [reply] = rendered(inThread(target('$last')));
    assert.deepEqual(reply.content['m.relates_to'], {
      ...thread,
      is_falling_back: false,
      'm.in_reply_to': { event_id: '$last' },
    });
    const long = rendered({ ...inThread(), content: textContent('x'.repeat(130_000)) });
    assert.equal(long.length, 3);
    for (const { content } of long) assert.partialDeepStrictEqual(content['m.relates_to'], thread);
  });

  it('answers the part that was meant', () => {
    const {
      eventIds: [first],
      ...rest
    } = target('$1');
    const parts = { ...rest, eventIds: [first, target('$2').eventIds[0]] as const };
    const [event] = rendered(remoteMessage(textContent('a'), { ...parts, part: 1 }));
    assert.deepEqual(event.content['m.relates_to'], { 'm.in_reply_to': { event_id: '$2' } });
  });
});

describe('renderMessage: mentions', () => {
  const calls = (mentions: Mentions, plain: string, html?: string): MessageEvent => {
    return { ...remoteMessage(textContent(plain, html)), mentions };
  };
  const toAlice: Mentions = { users: [{ in: 'matrix', userId: alice }], room: false };
  const pill = '<a href="https://matrix.to/#/%40alice%3Ahs">';

  it('are declared, once for everybody who is meant', () => {
    const both: Mentions = { users: [...toAlice.users, { in: 'remote', userId: bob }], room: true };
    const [event] = rendered({ ...calls(both, 'hi'), replyTo: target() });
    assert.deepEqual(event.content['m.mentions'], { user_ids: [alice, ghostOfBob], room: true });
    assert.ok(!('formatted_body' in event.content));
  });

  it('are pills where the text names them as a word of its own', () => {
    const html = (event: MessageEvent): unknown => rendered(event)[0].content['formatted_body'];
    assert.equal(html(calls(toAlice, 'hi @alice, <b>')), `hi ${pill}@alice</a>, &lt;b&gt;`);
    assert.equal(html(calls(toAlice, 'malice\nalice')), `malice<br>${pill}alice</a>`);
    assert.equal(
      html(calls(toAlice, 'alice', '<b>alice</b> <code>alice</code>')),
      `<b>${pill}alice</a></b> <code>alice</code>`,
    );
    assert.equal(html(calls(toAlice, 'malice')), undefined);
    assert.equal(html(calls(noMentions, 'alice')), undefined);
  });
});

describe('renderEdit: kinds of content', () => {
  const edit = (content: Content, mentions: Mentions = noMentions): EditEvent => {
    const { cause, sender, at } = remoteMessage(content);
    return { kind: 'edit', cause, sender, name: undefined, at, target: target(), content, mentions };
  };

  it('gives a file another caption', () => {
    const event = renderEdit(edit(file({ kind: 'video' }, 'new')), [stored('v')], calling);
    assert.ok('type' in event);
    assert.partialDeepStrictEqual(event.content, {
      body: '* new',
      'm.new_content': { msgtype: 'm.video', body: 'new', filename: 'cat.png', url: 'mxc://hs/v' },
    });
  });

  it('gives the first file of a gallery the caption of them all', () => {
    const items = [media({ name: '1.png' }), media({ name: '2.png' })] as const;
    const caption = { plain: 'new', html: undefined };
    const event = renderEdit(edit({ kind: 'gallery', items, caption }), [stored('1')], calling);
    assert.ok('type' in event);
    assert.partialDeepStrictEqual(event.content['m.new_content'], { body: 'new', filename: '1.png' });
  });

  it('asks a poll anew, and moves a place', () => {
    const asked = renderEdit(edit({ kind: 'poll', poll }), [], calling);
    assert.ok('type' in asked && asked.type === 'org.matrix.msc3381.poll.start');
    assert.partialDeepStrictEqual(asked.content, {
      'm.new_content': { 'org.matrix.msc3381.poll.start': { max_selections: 2 } },
      'm.relates_to': { rel_type: 'm.replace', event_id: '$target' },
    });
    const place = { latitude: 1, longitude: 2, accuracy: undefined, description: undefined };
    const moved = renderEdit(edit({ kind: 'location', place }), [], calling);
    assert.ok('type' in moved);
    assert.partialDeepStrictEqual(moved.content['m.new_content'], { geo_uri: 'geo:1,2' });
  });

  it('calls in the new text whom it calls, and nobody a second time', () => {
    const mentions: Mentions = { users: [{ in: 'matrix', userId: alice }], room: false };
    const event = renderEdit(edit(textContent('hi'), mentions), [], calling);
    assert.ok('type' in event);
    assert.deepEqual(event.content['m.mentions'], {});
    assert.partialDeepStrictEqual(event.content['m.new_content'], { 'm.mentions': { user_ids: [alice] } });
  });

  it('says of a sticker that it cannot be changed', () => {
    assert.deepEqual(renderEdit(edit(file({ kind: 'sticker' })), [stored('s')], calling), {
      kind: 'unsupported',
      reason: 'not-editable',
    });
  });
});
