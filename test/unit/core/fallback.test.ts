import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { noMentions, type BridgeEvent, type Content, type MessageEvent } from '../../../src/core/event.ts';
import { geoUri, withinReach } from '../../../src/core/fallback.ts';
import { features, type Capabilities, type Feature, type Level } from '../../../src/core/network.ts';
import { parseGeoUri } from '../../../src/matrix/parse-place.ts';
import { bob, media, remoteMessage, target, textContent } from '../../support/matrix-events.ts';

function lacking(...lacks: readonly Feature[]): Capabilities {
  const level = (feature: Feature): Level => (lacks.includes(feature) ? 'none' : 'full');
  return {
    features: Object.fromEntries(features.map((name) => [name, level(name)])) as Record<Feature, Level>,
    maxTextBytes: 1000,
    maxMediaBytes: 1000,
  };
}

function contentOf(content: Content, ...lacks: readonly Feature[]): unknown {
  const event = withinReach(remoteMessage(content), lacking(...lacks));
  return event.kind === 'message' ? event.content : event;
}

const place = { latitude: 52.5, longitude: -13.25, accuracy: undefined, description: 'home' };
const poll = {
  question: 'Tea?',
  answers: [
    { id: 'y', text: 'Yes' },
    { id: 'n', text: 'No' },
  ],
  maxSelections: 1,
  disclosed: true,
};
const unsupported = { kind: 'unsupported', reason: 'no-handler' };

describe('what a network lacks', () => {
  it('is nothing where it has everything: the event stays as it is', () => {
    const event: MessageEvent = {
      ...remoteMessage(textContent('a', '<b>a</b>'), target()),
      thread: target('$root'),
      mentions: { users: [{ in: 'remote', userId: bob }], room: true },
    };
    assert.deepEqual(withinReach(event, lacking()), event);
  });

  it('becomes the nearest that it has', () => {
    const kindOf = (
      kind: 'voice' | 'sticker' | 'contact' | 'video',
      ...lacks: readonly Feature[]
    ): unknown => {
      const content = contentOf({ kind: 'media', media: media({ kind }), caption: undefined }, ...lacks);
      return typeof content === 'object' && content !== null && 'media' in content
        ? (content as Extract<Content, { kind: 'media' }>).media.kind
        : content;
    };
    assert.equal(kindOf('voice', 'voice'), 'audio');
    assert.equal(kindOf('voice', 'voice', 'audio'), 'file');
    assert.equal(kindOf('sticker', 'sticker'), 'image');
    assert.equal(kindOf('contact', 'contact'), 'file');
    assert.equal(kindOf('video', 'video'), 'file');
    assert.deepEqual(kindOf('video', 'video', 'file'), unsupported);
  });

  it('is told where a part of a gallery has no form at all', () => {
    const gallery = (kind: 'video' | 'image'): Content => {
      return { kind: 'gallery', items: [media(), media(), media({ kind })], caption: undefined };
    };
    assert.deepEqual(contentOf(gallery('video'), 'video', 'file'), unsupported);
    assert.deepEqual(contentOf(gallery('image'), 'video', 'file'), gallery('image'));
  });

  it('is said in words: places and polls', () => {
    const plain = (text: string): Content => textContent(text);
    assert.deepEqual(contentOf({ kind: 'location', place }, 'location'), plain('home\ngeo:52.5,-13.25'));
    assert.deepEqual(contentOf({ kind: 'poll', poll }, 'poll'), plain('Tea?\n1. Yes\n2. No'));
    assert.deepEqual(contentOf({ kind: 'poll', poll }, 'poll', 'text'), unsupported);
    assert.deepEqual(contentOf(textContent('a', '<b>a</b>'), 'formatting'), plain('a'));
  });

  it('turns a thread into replies, and drops what is only an addition', () => {
    const event: MessageEvent = {
      ...remoteMessage(textContent('a')),
      thread: target('$root'),
      mentions: { users: [], room: true },
    };
    const replies = withinReach(event, lacking('thread', 'mention'));
    assert.ok(replies.kind === 'message');
    assert.deepEqual(
      [replies.thread, replies.replyTo, replies.mentions],
      [undefined, target('$root'), noMentions],
    );
    const alone = withinReach(event, lacking('thread', 'reply'));
    assert.ok(alone.kind === 'message');
    assert.deepEqual([alone.thread, alone.replyTo], [undefined, undefined]);
    const quoted = withinReach({ ...event, quoted: 'who?' }, lacking('thread', 'reply'));
    assert.ok(quoted.kind === 'message' && quoted.content.kind === 'text');
    assert.equal(quoted.content.text.plain, '> who?\n\na');
  });

  it('ends what has no fallback with a reason', () => {
    const { cause, sender, at } = remoteMessage(textContent('x'));
    const envelope = { cause, sender, at, name: undefined, target: target() };
    const sets = { emojis: ['👍'], previous: [], previousEvents: new Map() };
    const lost: readonly [Feature, BridgeEvent][] = [
      ['edit', { ...envelope, kind: 'edit', content: textContent('y'), mentions: noMentions }],
      ['reaction', { ...envelope, kind: 'reaction', reactions: sets }],
      ['redaction', { ...envelope, kind: 'redaction' }],
      ['poll', { ...envelope, kind: 'vote', choices: [] }],
      ['poll', { ...envelope, kind: 'poll-end' }],
    ];
    for (const [feature, event] of lost) {
      assert.deepEqual(withinReach(event, lacking(feature)), unsupported);
      assert.deepEqual(withinReach(event, lacking()), event);
    }
  });
});

describe('geo URIs', () => {
  it('say the same place when they are read, to a tenth of a metre', () => {
    const degrees = (most: number): fc.Arbitrary<number> => fc.double({ min: -most, max: most, noNaN: true });
    const accuracies = fc.option(fc.double({ min: 0, max: 1e8, noNaN: true }), { nil: undefined });
    fc.assert(
      fc.property(degrees(90), degrees(180), accuracies, (latitude, longitude, accuracy) => {
        const read = parseGeoUri(geoUri({ latitude, longitude, accuracy, description: undefined }));
        assert.ok(read !== undefined);
        assert.ok(Math.abs(read.latitude - latitude) < 1e-6 && Math.abs(read.longitude - longitude) < 1e-6);
        assert.equal(read.accuracy === undefined, accuracy === undefined);
      }),
    );
  });
});
