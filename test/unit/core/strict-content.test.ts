import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { noMentions, type Content, type UnresolvedEvent } from '../../../src/core/event.ts';
import { matrixEventId, remoteUserId } from '../../../src/core/ids.ts';
import { hasMediaOrLink } from '../../../src/core/strict-content.ts';

const bob = remoteUserId('bob@x');
const text = (plain: string, html?: string): Content => ({
  kind: 'text',
  style: 'normal',
  text: { plain, html },
});
const said = (content: Content): UnresolvedEvent => ({
  ...{ kind: 'message', cause: 'c', name: undefined, at: 0, mentions: noMentions },
  ...{ sender: { in: 'remote', userId: bob }, replyTo: undefined, thread: undefined, content },
});

describe('media and links', () => {
  const cases: readonly (readonly [boolean, Content])[] = [
    [false, text('Hello. How are you? 3.14 and a: b, e.g. so')],
    [true, text('look at https://example.org/x')],
    [true, text('EXAMPLE.ORG')],
    [true, text('write to mailto:a@b')],
    [true, text('مثال.إختبار')],
    [true, text('look', '<a href="//x">look</a>')],
    [false, text('look', '<b>look</b>')],
    [
      true,
      {
        kind: 'location',
        place: { latitude: 0, longitude: 0, accuracy: undefined, description: 'http://x.test' },
      },
    ],
    [
      true,
      {
        kind: 'poll',
        poll: {
          question: 'q',
          answers: [{ id: '1', text: 'www.x.test' }],
          maxSelections: 1,
          disclosed: true,
        },
      },
    ],
  ];
  for (const [expected, content] of cases)
    it(`${expected ? 'are' : 'are not'} in ${JSON.stringify(content).slice(0, 80)}`, () =>
      assert.equal(hasMediaOrLink(said(content)), expected));

  it('are looked for in a time that does not explode', () => {
    const started = performance.now();
    for (const hostile of ['a-'.repeat(50_000), 'a.'.repeat(50_000) + '1', 'a+.'.repeat(30_000)])
      hasMediaOrLink(said(text(hostile)));
    assert.ok(performance.now() - started < 2_000);
  });

  it('are also the picture, name and topic of a group, and reactions that are none', () => {
    const sender = { in: 'remote', userId: bob } as const;
    const envelope = { cause: 'c', name: undefined, at: 0, sender } as const;
    const named = (change: Extract<UnresolvedEvent, { kind: 'chat-info' }>['change']): boolean =>
      hasMediaOrLink({ ...envelope, kind: 'chat-info', change });
    assert.equal(named({ kind: 'topic', topic: 'see https://example.org' }), true);
    assert.equal(named({ kind: 'name', name: 'Salon' }), false);
    assert.equal(named({ kind: 'avatar', avatar: undefined }), false);
    const target = { in: 'matrix', eventId: matrixEventId('$e') } as const;
    const reacted = (emoji: string): boolean =>
      hasMediaOrLink({ ...envelope, kind: 'reaction', target, reactions: { op: 'set', emojis: [emoji] } });
    assert.deepEqual([reacted('👍'), reacted('example.org')], [false, true]);
  });
});
