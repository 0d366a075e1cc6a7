import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { xml } from '@xmpp/client';
import { stepsAt } from '../../../../scripts/verify/content.ts';
import { isSecondPart, markOfEvent, markOfStanza } from '../../../../scripts/verify/marks.ts';
import { Random } from '../../../../scripts/verify/random.ts';
import { NS, reactionParts, type Stanza } from '../../../support/xmpp-stanzas.ts';

const known = (id: string): string | undefined => (id === 'id of m1' ? 'm1' : undefined);
const message = (...parts: readonly Stanza[]): Stanza => xml('message', { id: 'x' }, ...parts);

describe('the marks of a run', () => {
  it('are the same on both sides for every kind', () => {
    const body = (text: string): Stanza => xml('body', {}, text);
    const geoloc = xml('geoloc', { xmlns: NS.geoloc }, xml('description', {}, 'm2'));
    const address = 'https://upload.test/a/m2.txt';
    const oob = xml('x', { xmlns: NS.oob }, xml('url', {}, address));
    const uri = 'geo:1,2';
    const pairs: readonly (readonly [Stanza, string, Readonly<Record<string, unknown>>])[] = [
      [message(body('m2')), 'm.room.message', { msgtype: 'm.text', body: 'm2' }],
      [
        message(body('m2'), xml('replace', { xmlns: NS.correct, id: 'id of m1' })),
        'm.room.message',
        {
          body: '* m2',
          'm.new_content': { msgtype: 'm.text', body: 'm2' },
          'm.relates_to': { rel_type: 'm.replace', event_id: 'id of m1' },
        },
      ],
      [message(body(uri), geoloc), 'm.room.message', { msgtype: 'm.location', body: 'm2', geo_uri: uri }],
      [message(body(address), oob), 'm.room.message', { msgtype: 'm.file', body: 'm2.txt' }],
      [
        message(...reactionParts('id of m1', ['👍'])),
        'm.reaction',
        { 'm.relates_to': { rel_type: 'm.annotation', event_id: 'id of m1', key: '👍\u{fe0f}' } },
      ],
    ];
    for (const [stanza, type, content] of pairs)
      assert.equal(markOfStanza(stanza, known), markOfEvent(type, content, known));
    assert.equal(markOfStanza(message(...reactionParts('id of m1', ['👍'])), known), '👍 on m1');
  });

  it('know nothing of what shows nothing, and tell a reaction to something unknown apart', () => {
    assert.equal(markOfStanza(message(), known), undefined);
    assert.equal(markOfEvent('m.room.topic', { topic: 'x' }, known), undefined);
    assert.match(markOfStanza(message(...reactionParts('?', ['👍'])), known) ?? '', /unknown/);
  });

  it('take the words after a place for a part of it, and nothing else', () => {
    assert.ok(isSecondPart({ text: 'm1', id: 'id of m1-2' }, known));
    assert.ok(!isSecondPart({ text: 'm2', id: 'id of m1-2' }, known));
    assert.ok(!isSecondPart({ text: 'm1', id: 'id of m1' }, known));
  });
});

describe('what is written in a run', () => {
  it('is the same for the same seed, begins with a text and is of all kinds', () => {
    const moments = Array.from({ length: 300 }, (_, index) => index);
    const steps = stepsAt(moments, new Random(7));
    assert.deepEqual(steps, stepsAt(moments, new Random(7)));
    assert.notDeepEqual(steps, stepsAt(moments, new Random(8)));
    assert.equal(steps[0]?.kind, 'text');
    assert.deepEqual([...new Set(steps.map(({ kind }) => kind))].sort(), [
      'edit',
      'file',
      'location',
      'reaction',
      'text',
    ]);
  });
});
