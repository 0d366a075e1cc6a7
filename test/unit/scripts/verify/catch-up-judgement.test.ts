import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { judgeCatchUp, type CatchUpRecord } from '../../../../scripts/verify/catch-up-judgement.ts';
import type { GroupRecord, ShownMessage } from '../../../../scripts/verify/record.ts';

const at = (...times: readonly number[]): readonly ShownMessage[] =>
  times.map((time, index) => ({ text: `g${index}`, at: time }));

const square = (over: Partial<GroupRecord> = {}): GroupRecord => ({
  group: 'square',
  accepted: ['m1'],
  delivered: [{ text: 'm1', id: 'id of m1' }],
  reflected: at(1_000, 2_000, 3_000),
  shown: at(1_000, 2_000, 3_000),
  rooms: ['!g'],
  ...over,
});

const run = (over: Partial<GroupRecord> = {}, whole: Partial<CatchUpRecord> = {}): CatchUpRecord => ({
  groups: [square(over)],
  gaps: [{ name: 'SIGKILL', group: 'square', said: new Set(['g1', 'g2']), wanted: 2, ms: 1_500 }],
  kills: 1,
  states: [{ state: 'sent', ended: true, count: 4 }],
  unexpectedEnds: [],
  ...whole,
});

const broken = (record: CatchUpRecord): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(
    judgeCatchUp(record)
      .guarantees.filter(({ ok }) => !ok)
      .map(({ name, faults }) => [name, faults]),
  );

describe('the judgement of a catch-up', () => {
  it('accepts a run in which all came in once, in order, with its own times', () => {
    const judgement = judgeCatchUp(run());
    assert.equal(judgement.ok, true);
    assert.deepEqual(judgement.figures.gaps, [{ name: 'SIGKILL', said: 2, ms: 1_500 }]);
    assert.equal(judgement.figures.worstTime, 0);
  });

  it('finds what did not come in, and what came twice', () => {
    assert.deepEqual(broken(run({ shown: at(1_000, 2_000) })), {
      'what was said meanwhile came in': ['SIGKILL: g2 is lost'],
      'from rooms: what the room said is there once': ['square: g2 is lost'],
    });
    assert.deepEqual(broken(run({ shown: [...at(1_000, 2_000, 3_000), { text: 'g2', at: 3_000 }] })), {
      'from rooms: what the room said is there once': ['square: g2 is there 2 times'],
    });
  });

  it('finds another order', () => {
    const [first, second, third] = at(1_000, 2_000, 3_000);
    assert.ok(first !== undefined && second !== undefined && third !== undefined);
    assert.deepEqual(broken(run({ shown: [first, third, second] })), {
      'from rooms: in order': ['square: g1 after g2'],
    });
  });

  it('finds times that are more than a second off, of what was said meanwhile', () => {
    assert.deepEqual(broken(run({ shown: at(9_000, 3_000, 4_001) })), {
      'with its own times': ['g2 is 1001 ms off'],
    });
  });

  it('finds that people did not talk, that a second room was made, and that the bridge ended by itself', () => {
    const gap = { name: 'SIGTERM', group: 'square', said: new Set(['g1']), wanted: 2, ms: 10 };
    assert.deepEqual(broken(run({}, { gaps: [gap] })), {
      'people talked while it was away': ['SIGTERM: only 1 of 2 were said'],
    });
    assert.deepEqual(broken(run({ rooms: ['!g', '!h'] }, { unexpectedEnds: ['exit code 1'] })), {
      'one room for each group': ['square: the user is in 2 rooms of it'],
      'the bridge ended only when told to': ['exit code 1'],
    });
  });
});
