import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { OpenedMatrixEvent } from '../../../src/core/homeserver.ts';
import { parseEvent } from '../../../src/matrix/parse-event.ts';
import { hostileMatrixEvent } from '../../support/hostile-matrix-event.ts';
import { parseContext, roomEvent } from '../../support/matrix-events.ts';

const parse = (raw: string): OpenedMatrixEvent => parseEvent(raw, 'cause', parseContext());

describe('parseEvent: anything at all', () => {
  it('ignores as broken what nobody can be told of', () => {
    for (const raw of ['', 'x', '[]', 'null', '{}', '['.repeat(200_000), roomEvent({ sender: 'alice' })])
      assert.deepEqual(parse(raw), { kind: 'ignored', reason: 'broken-event' });
  });

  it('ends 15,000 hostile events in one value each', () => {
    const ends = new Map<string, number>();
    fc.assert(
      fc.property(hostileMatrixEvent, (raw) => {
        const opened = parse(raw);
        const isNothing = opened.kind === 'ignored' || opened.kind === 'unsupported';
        const end = isNothing ? `${opened.kind} ${opened.reason}` : opened.kind;
        ends.set(end, (ends.get(end) ?? 0) + 1);
        for (const kind of kindsIn(opened)) ends.set(kind, (ends.get(kind) ?? 0) + 1);
        // What a database or another parser could stumble over.
        JSON.stringify(opened, (_key, value: unknown) => {
          assert.ok(typeof value !== 'string' || value.isWellFormed(), 'half a surrogate pair');
          assert.ok(typeof value !== 'number' || Number.isFinite(value), 'no number');
          return value;
        });
        if (opened.kind === 'event') {
          assert.ok(Number.isSafeInteger(opened.event.at));
          assert.ok(!Number.isNaN(new Date(opened.event.at).getTime()));
        }
        assert.equal(({} as { polluted?: unknown }).polluted, undefined);
      }),
      { numRuns: 15_000 },
    );
    // The generator reaches every end; one that it misses would prove nothing about it.
    for (const end of [
      'event',
      'bot-invited',
      'ghost-invited',
      'left',
      'joined',
      'bot-removed',
      'ignored own-echo',
      'ignored nothing-to-do',
      'ignored broken-event',
      'unsupported broken-event',
      'unsupported not-carried',
      'unsupported no-encryption',
      'unsupported too-long',
      ...['text', 'location', 'poll', 'gallery', 'vote', 'poll-end', 'thread', 'mentions'],
      ...['image', 'video', 'audio', 'voice', 'sticker', 'contact', 'file', 'thumbnail', 'waveform'],
    ])
      assert.ok((ends.get(end) ?? 0) > 0, `${end}: ${String(ends.get(end))}`);
  });
});

/** What of all that can be said is in it. */
function kindsIn(opened: OpenedMatrixEvent): readonly string[] {
  if (opened.kind !== 'event') return [];
  const { event } = opened;
  if (event.kind !== 'message') return [event.kind];
  const { content, thread, mentions } = event;
  const relations = [
    ...(thread === undefined ? [] : ['thread']),
    ...(mentions.users.length === 0 ? [] : ['mentions']),
  ];
  if (content.kind !== 'media') return [content.kind, ...relations];
  const { kind, thumbnail, waveform } = content.media;
  return [
    kind,
    ...(thumbnail === undefined ? [] : ['thumbnail']),
    ...(waveform === undefined ? [] : ['waveform']),
    ...relations,
  ];
}
