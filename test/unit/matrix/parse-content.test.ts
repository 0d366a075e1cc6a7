import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Content, UnresolvedEvent } from '../../../src/core/event.ts';
import { parseEvent } from '../../../src/matrix/parse-event.ts';
import { parseGeoUri } from '../../../src/matrix/parse-place.ts';
import {
  alice,
  bob,
  bot,
  ghostOfBob,
  messageEvent,
  parseContext,
  roomEvent,
} from '../../support/matrix-events.ts';

type Json = Readonly<Record<string, unknown>>;

function eventOf(raw: string): UnresolvedEvent {
  const opened = parseEvent(raw, 'cause', parseContext());
  assert.equal(opened.kind, 'event', JSON.stringify(opened));
  return opened.event;
}

function contentOf(content: Json): Content {
  const event = eventOf(messageEvent(content));
  assert.equal(event.kind, 'message');
  return event.content;
}

/** Why nothing came of it. */
function reasonOf(raw: string): string | undefined {
  const opened = parseEvent(raw, 'cause', parseContext());
  return opened.kind === 'unsupported' || opened.kind === 'ignored' ? opened.reason : undefined;
}

function mediaOf(content: Json): Extract<Content, { kind: 'media' }>['media'] {
  const said = contentOf(content);
  assert.equal(said.kind, 'media');
  return said.media;
}

const file = { body: 'a', url: 'mxc://hs/a' };
const voice = { msgtype: 'm.audio', ...file, 'org.matrix.msc3245.voice': {} };

describe('parseEvent: voice messages', () => {
  it('have their length and loudness, thinned out where there is too much of it', () => {
    const heard = (waveform: unknown): unknown =>
      mediaOf({ ...voice, 'org.matrix.msc1767.audio': { duration: 1500, waveform } }).waveform;
    assert.deepEqual(heard([0, 512, 1024, 9999, -5]), [0, 0.5, 1, 1, 0]);
    const long = heard(Array.from({ length: 5000 }, (_, index) => index % 1024));
    assert.ok(Array.isArray(long) && long.length === 256);
    for (const none of [[], 'x', [1, 'x'], [null], undefined]) assert.equal(heard(none), undefined);
    const { kind, duration } = mediaOf({ ...voice, 'org.matrix.msc1767.audio': { duration: 1500 } });
    assert.deepEqual([kind, duration], ['voice', 1500]);
    assert.equal(mediaOf({ msgtype: 'm.audio', ...file }).kind, 'audio');
  });
});

describe('parseEvent: what is known of a file', () => {
  it('is its blurhash and its thumbnail, as far as they can be such', () => {
    const about = (info: Json): unknown => {
      const { blurhash, thumbnail } = mediaOf({ msgtype: 'm.image', ...file, info });
      return [blurhash, thumbnail?.mimetype, thumbnail?.width];
    };
    const thumbnail_info = { mimetype: 'image/jpeg', w: 40, h: 30, size: 100 };
    assert.deepEqual(
      about({ 'xyz.amorgan.blurhash': 'LEHV6nWB2y', thumbnail_url: 'mxc://hs/t', thumbnail_info }),
      ['LEHV6nWB2y', 'image/jpeg', 40],
    );
    assert.deepEqual(about({ 'xyz.amorgan.blurhash': 'a b', thumbnail_url: 'https://x/y' }), [
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('tells cards and stickers from files and pictures', () => {
    for (const mimetype of ['text/vcard', 'text/x-vcard', 'text/vcard; charset=utf-8'])
      assert.equal(mediaOf({ msgtype: 'm.file', ...file, info: { mimetype } }).kind, 'contact');
    const sticker = eventOf(roomEvent({ type: 'm.sticker', content: { ...file, body: 'wave' } }));
    assert.ok(sticker.kind === 'message' && sticker.content.kind === 'media');
    assert.deepEqual([sticker.content.media.kind, sticker.content.media.name], ['sticker', 'wave']);
    assert.equal(reasonOf(roomEvent({ type: 'm.sticker', content: { body: 'x' } })), 'broken-event');
  });
});

describe('parseEvent: galleries', () => {
  const item = (name: string, more: Json = {}): Json => {
    return { itemtype: 'm.image', body: name, url: 'mxc://hs/a', ...more };
  };
  const gallery = (itemtypes: unknown, more: Json = {}): Json => {
    return { msgtype: 'dm.filament.gallery', body: 'the sea', itemtypes, ...more };
  };

  it('are files in order under one caption; one file is no gallery', () => {
    const said = contentOf(gallery([item('1.png'), item('2.mp4', { itemtype: 'm.video' })]));
    assert.equal(said.kind, 'gallery');
    assert.deepEqual(
      said.items.map(({ kind, name }) => [kind, name]),
      [
        ['image', '1.png'],
        ['video', '2.mp4'],
      ],
    );
    assert.equal(said.caption?.plain, 'the sea');
    const one = contentOf(gallery([item('1.png')]));
    assert.ok(one.kind === 'media' && one.caption?.plain === 'the sea');
  });

  it('keep the captions of single files', () => {
    const said = contentOf(gallery([item('look', { filename: '1.png' }), item('2.png')]));
    assert.ok(said.kind === 'gallery');
    assert.equal(said.caption?.plain, 'the sea\nlook');
  });

  it('are refused whole where a part of them cannot be read', () => {
    const refused = (items: unknown): unknown => reasonOf(messageEvent(gallery(items)));
    assert.equal(refused(undefined), 'broken-event');
    assert.equal(refused([]), 'broken-event');
    assert.equal(refused([item('1'), 7]), 'not-carried');
    assert.equal(refused([item('1'), item('2', { url: 'x' })]), 'broken-event');
    assert.equal(refused([item('1'), item('2', { file: {} })]), 'broken-event');
    assert.equal(refused(Array.from({ length: 65 }, () => item('1'))), 'too-long');
  });
});

describe('parseEvent: places', () => {
  it('are read from geo URIs', () => {
    assert.deepEqual(parseGeoUri('geo:52.5,-13.25,34;u=35'), {
      latitude: 52.5,
      longitude: -13.25,
      accuracy: 35,
    });
    assert.equal(parseGeoUri('geo:1,2;crs=wgs84;u=x')?.accuracy, undefined);
    for (const broken of [
      '',
      'geo:',
      'geo:91,0',
      'geo:0,181',
      'geo:1e5,2',
      'geo:1,2;crs=moon-2011',
      'geo:NaN,1',
    ])
      assert.equal(parseGeoUri(broken), undefined, broken);
  });

  it('have a description where their sender wrote one, and not what the client wrote', () => {
    const described = (more: Json): unknown => {
      const said = contentOf({ msgtype: 'm.location', geo_uri: 'geo:1,2', ...more });
      return said.kind === 'location' && said.place.description;
    };
    assert.equal(described({ body: 'my house' }), 'my house');
    assert.equal(described({ body: 'Location geo:1,2 at 2026-01-01' }), undefined);
    const location = { uri: 'geo:1,2', description: 'my house' };
    assert.equal(
      described({ body: 'Location geo:1,2', 'org.matrix.msc3488.location': location }),
      'my house',
    );
    assert.equal(reasonOf(messageEvent({ msgtype: 'm.location', body: 'nowhere' })), 'broken-event');
  });
});

describe('parseEvent: polls', () => {
  const text = 'org.matrix.msc1767.text';
  const expected = {
    question: 'Tea?',
    answers: [
      { id: 'y', text: 'Yes' },
      { id: 'n', text: 'No' },
    ],
    maxSelections: 1,
    disclosed: true,
  };

  it('are read in each form that the proposal has had', () => {
    const unstable = {
      question: { [text]: 'Tea?' },
      kind: 'org.matrix.msc3381.poll.disclosed',
      max_selections: 1,
      answers: [
        { id: 'y', [text]: 'Yes' },
        { id: 'n', [text]: 'No' },
      ],
    };
    const stable = {
      question: { 'm.text': [{ mimetype: 'text/html', body: '<b>' }, { body: 'Tea?' }] },
      kind: 'm.disclosed',
      answers: [
        { 'm.id': 'y', 'm.text': [{ body: 'Yes' }] },
        { 'm.id': 'n', 'm.text': [{ body: 'No' }] },
        { 'm.id': 'n', 'm.text': [{ body: 'No again' }] },
        { 'm.id': '', 'm.text': [{ body: 'no id' }] },
      ],
    };
    for (const [type, key, start] of [
      ['org.matrix.msc3381.poll.start', 'org.matrix.msc3381.poll.start', unstable],
      ['m.poll.start', 'm.poll.start', { ...unstable, kind: 'm.poll.disclosed' }],
      ['m.poll.start', 'm.poll', stable],
    ] as const) {
      const event = eventOf(roomEvent({ type, content: { [key]: start } }));
      assert.ok(event.kind === 'message' && event.content.kind === 'poll');
      assert.deepEqual(event.content.poll, expected);
    }
  });

  it('are bounded', () => {
    const answers = Array.from({ length: 30 }, (_, index) => ({ id: `${index}`, 'm.text': 'x' }));
    const start = { question: { 'm.text': 'q' }, max_selections: 1e6, kind: 'm.undisclosed', answers };
    const event = eventOf(roomEvent({ type: 'm.poll.start', content: { 'm.poll.start': start } }));
    assert.ok(event.kind === 'message' && event.content.kind === 'poll');
    const { poll } = event.content;
    assert.deepEqual([poll.answers.length, poll.maxSelections, poll.disclosed], [20, 20, false]);
    for (const broken of [
      {},
      { ...start, question: {} },
      { ...start, answers: [] },
      { ...start, answers: 'x' },
    ])
      assert.equal(
        reasonOf(roomEvent({ type: 'm.poll.start', content: { 'm.poll.start': broken } })),
        'broken-event',
      );
  });

  it('are answered and ended by what names them', () => {
    const relates = { 'm.relates_to': { rel_type: 'm.reference', event_id: '$poll' } };
    const vote = (content: Json): UnresolvedEvent =>
      eventOf(roomEvent({ type: 'org.matrix.msc3381.poll.response', content: { ...relates, ...content } }));
    const answers = ['y', 'y', 7, ''];
    const chosen = vote({ 'org.matrix.msc3381.poll.response': { answers } });
    assert.ok(chosen.kind === 'vote');
    assert.deepEqual([chosen.target, chosen.choices], [{ in: 'matrix', eventId: '$poll' }, ['y']]);
    const stable = vote({ 'm.selections': ['n'] });
    assert.deepEqual(stable.kind === 'vote' && stable.choices, ['n']);
    const spoiled = vote({});
    assert.deepEqual(spoiled.kind === 'vote' && spoiled.choices, []);
    assert.equal(eventOf(roomEvent({ type: 'm.poll.end', content: relates })).kind, 'poll-end');
    for (const type of ['m.poll.response', 'm.poll.end'])
      assert.equal(reasonOf(roomEvent({ type, content: {} })), 'broken-event');
  });
});

describe('parseEvent: mentions', () => {
  const mentionsOf = (content: Json): unknown => {
    const event = eventOf(messageEvent(content));
    return event.kind === 'message' && event.mentions;
  };
  const toBob = { in: 'remote', userId: bob };

  it('make ghosts the people whom they stand for, and nobody of the bot', () => {
    const user_ids = [ghostOfBob, alice, bot, 'nobody', 7, ghostOfBob];
    assert.deepEqual(mentionsOf({ 'm.mentions': { user_ids } }), {
      users: [toBob, { in: 'matrix', userId: alice }],
      room: false,
    });
    assert.deepEqual(mentionsOf({ 'm.mentions': { room: true, user_ids: 'x' } }), { users: [], room: true });
  });

  it('are the pills of a text whose client declares none', () => {
    const html = {
      format: 'org.matrix.custom.html',
      formatted_body: `<a href="https://matrix.to/#/${encodeURIComponent(ghostOfBob)}">Bob</a> <a href="https://matrix.to/#/%ZZ">x</a>`,
    };
    assert.deepEqual(mentionsOf(html), { users: [toBob], room: false });
    assert.deepEqual(mentionsOf({ ...html, 'm.mentions': {} }), { users: [], room: false });
  });

  it('leave of a ghost’s pill its words, and of a Matrix user’s the link', () => {
    const pill = (user: string): string => `<a href="https://matrix.to/#/${user}"><b>name</b></a>`;
    const said = contentOf({
      format: 'org.matrix.custom.html',
      formatted_body: `${pill(ghostOfBob)} ${pill(alice)}`,
    });
    assert.equal(said.kind === 'text' && said.text.html, `<b>name</b> ${pill(alice)}`);
  });
});
