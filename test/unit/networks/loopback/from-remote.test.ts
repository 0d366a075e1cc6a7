import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Arrival, OpenedArrival } from '../../../../src/core/network.ts';
import { failedForGood, reasons } from '../../../../src/core/outcome.ts';
import { remoteChatId } from '../../../../src/core/ids.ts';
import { fromRemote } from '../../../../src/networks/loopback/from-remote.ts';
import { alice, bob } from './rig.ts';

function open(raw: string): OpenedArrival {
  const arrival: Arrival = {
    outerId: 'b1',
    chat: remoteChatId('bob'),
    sender: bob,
    receiver: alice,
    at: 5,
    raw,
  };
  return fromRemote(arrival, 'cause-1', async () => failedForGood('media-gone'));
}

function packet(body: unknown, more: object = {}): string {
  return JSON.stringify({ id: 'b1', from: 'bob', to: '@alice:hs', at: 5, body, ...more });
}

const text = { kind: 'text', style: 'normal', text: 'hello' };

describe('what a packet turns out to be', () => {
  it('is a message with its formatting and what it answers, under the name that later packets use', () => {
    assert.deepEqual(open(packet({ ...text, html: '<b>hello</b>', replyTo: 'mx.1' })), {
      kind: 'event',
      event: {
        kind: 'message',
        cause: 'cause-1',
        sender: { in: 'remote', userId: 'bob' },
        name: { in: 'remote', messageId: 'b1' },
        at: 5,
        content: { kind: 'text', style: 'normal', text: { plain: 'hello', html: '<b>hello</b>' } },
        mentions: { users: [], room: false },
        replyTo: { in: 'remote', messageId: 'mx.1' },
        thread: undefined,
      },
    });
  });

  it('is the full set of reactions, each emoji once', () => {
    const opened = open(packet({ kind: 'reaction', target: 'mx.1', emojis: ['👍', '🎉', '👍'] }));
    assert.ok(opened.kind === 'event' && opened.event.kind === 'reaction');
    assert.deepEqual(opened.event.reactions, { op: 'set', emojis: ['👍', '🎉'] });
    assert.equal(opened.event.name, undefined);
  });

  it('cleans the name and the type of a file', () => {
    const body = {
      kind: 'file',
      file: 'f',
      media: 'image',
      name: '../../etc/\u202Ea\u0000b.png',
      mimetype: 'image/png\r\nX: y',
    };
    const opened = open(packet(body));
    assert.ok(opened.kind === 'event' && opened.event.kind === 'message');
    assert.ok(opened.event.content.kind === 'media');
    assert.equal(opened.event.content.media.name, 'ab.png');
    assert.equal(opened.event.content.media.mimetype, 'application/octet-stream');
  });

  it('is told to its sender where it cannot be carried, is broken, or claims an address that it did not come from', () => {
    assert.deepEqual(open(packet({ kind: 'dance' })), { kind: 'unsupported', reason: 'not-carried' });
    for (const raw of [
      '',
      '{',
      'null',
      packet({ ...text, style: 'loud' }),
      packet(text, { from: 'carol' }),
      packet(text, { to: '@eve:hs' }),
      packet(text, { id: 'b2' }),
      packet({ ...text, replyTo: 'a\u0000b' }),
    ]) {
      assert.deepEqual(open(raw), { kind: 'unsupported', reason: 'broken-event' }, raw);
    }
  });
});

/** Any JSON in any place of a packet, so that most of what is tried looks nearly right. */
function hostileBodies(): fc.Arbitrary<string> {
  const junk = fc.oneof(
    fc.jsonValue(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('\ud800', '\u0000', '__proto__', 1e308),
  );
  const either = (good: string | number): fc.Arbitrary<unknown> =>
    fc.oneof({ weight: 12, arbitrary: fc.constant(good) }, { weight: 1, arbitrary: junk });
  const item = { file: 'f', media: 'image', name: 'a', mimetype: 'b/c' };
  const content = fc.record(
    {
      kind: fc.oneof(
        {
          weight: 8,
          arbitrary: fc.constantFrom(...['text', 'file', 'edit', 'reaction', 'retraction', 'receipt']),
        },
        { weight: 8, arbitrary: fc.constantFrom('gallery', 'location', 'poll', 'vote', 'poll-end') },
        junk,
      ),
      items: fc.oneof(fc.constant([item, item]), fc.constant([item]), junk),
      latitude: either(1),
      longitude: either(-181),
      description: fc.string({ unit: 'binary' }),
      question: fc.string({ unit: 'binary' }),
      answers: fc.oneof(fc.array(fc.record({ id: fc.string({ unit: 'binary' }), text: fc.string() })), junk),
      maxSelections: either(2),
      disclosed: fc.boolean(),
      choices: fc.oneof(fc.array(fc.string({ unit: 'binary' })), junk),
      mentions: fc.oneof(fc.array(fc.string({ unit: 'binary' })), junk),
      thread: either('mx.3'),
      waveform: fc.oneof(fc.array(fc.double()), junk),
      style: either('normal'),
      text: either('hi'),
      html: either('<b>hi</b>'),
      replyTo: either('mx.2'),
      target: either('mx.1'),
      emojis: fc.oneof(fc.array(fc.string({ unit: 'binary' })), junk),
      receipt: either('delivered'),
      file: either('f'),
      media: either('image'),
      name: fc.string({ unit: 'binary' }),
      mimetype: fc.string(),
      size: either(3),
      caption: fc.string({ unit: 'binary' }),
      content: fc.oneof(fc.constant(text), junk),
    },
    { requiredKeys: [] },
  );
  const whole = fc.record(
    {
      id: either('b1'),
      from: either('bob'),
      to: either('@alice:hs'),
      at: either(5),
      body: fc.oneof({ weight: 5, arbitrary: content }, junk),
    },
    { requiredKeys: ['id', 'from', 'to', 'at'] },
  );
  const serialised = whole.map((value) => JSON.stringify(value));
  const cut = fc.tuple(serialised, fc.nat()).map(([raw, at]) => raw.slice(0, at % (raw.length + 1)));
  return fc.oneof({ weight: 6, arbitrary: serialised }, cut, fc.string({ unit: 'binary' }), fc.json());
}

describe('the parser', () => {
  it('ends 12,000 hostile packets in an event or a reason, and lets nothing through that a database cannot hold', () => {
    const outcomes = new Map<string, number>();
    fc.assert(
      fc.property(hostileBodies(), (raw) => {
        const opened = open(raw);
        outcomes.set(opened.kind, (outcomes.get(opened.kind) ?? 0) + 1);
        if (opened.kind !== 'event') {
          assert.ok(reasons.includes(opened.reason));
          return;
        }
        const { event } = opened;
        assert.equal(event.cause, 'cause-1');
        assert.deepEqual(event.sender, { in: 'remote', userId: 'bob' });
        JSON.stringify(event, (_key, value: unknown) => {
          assert.ok(typeof value !== 'string' || value.isWellFormed(), 'half a surrogate pair');
          return value;
        });
        const target = 'target' in event ? event.target : 'replyTo' in event ? event.replyTo : undefined;
        if (target?.in === 'remote') assert.match(target.messageId, /^[\x21-\x7e]+$/);
      }),
      { numRuns: 12_000 },
    );
    assert.ok((outcomes.get('event') ?? 0) > 500, `too few looked right: ${JSON.stringify([...outcomes])}`);
    assert.ok((outcomes.get('unsupported') ?? 0) > 3_000);
  });
});
