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
    ])
      assert.ok((ends.get(end) ?? 0) > 0, `${end}: ${String(ends.get(end))}`);
  });
});
