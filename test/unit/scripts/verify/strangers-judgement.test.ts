import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  judgeStrangers,
  type StrangerRecord,
  type StrangersRecord,
} from '../../../../scripts/verify/strangers-judgement.ts';

function stranger(
  name: string,
  answer: StrangerRecord['answer'],
  over: Partial<StrangerRecord> = {},
): StrangerRecord {
  const written = [`${name}-1`, `${name}-2`];
  const isIn = answer === 'accept';
  return {
    ...{ name, answer, answered: answer !== 'none', waited: 2, written, receipted: new Set(written) },
    shown: isIn ? written : [],
    rooms: isIn ? [{ room: '!r', made: true, ghost: 'join', user: 'join' }] : [],
    ...over,
  };
}

function faults(over: Partial<StrangersRecord> = {}): readonly string[] {
  const run: StrangersRecord = {
    strangers: [stranger('a', 'accept'), stranger('d', 'decline'), stranger('n', 'none')],
    ...{ told: ['Request 3: n'], requestRooms: [{ request: 3, name: 'n' }], spaces: 1, kills: 1 },
    states: [
      { state: 'sent', ended: true, count: 2 },
      { state: 'held', ended: false, count: 2 },
    ],
    unexpectedEnds: [],
    ...over,
  };
  return judgeStrangers(run).guarantees.flatMap(({ faults: found }) => found);
}

describe('the judgement of a run with strangers', () => {
  it('finds nothing where all is well', () => {
    assert.deepEqual(faults(), []);
  });

  const wrong: Readonly<Record<string, readonly [Partial<StrangersRecord>, RegExp]>> = {
    'what waited is lost': [
      { strangers: [stranger('a', 'accept', { shown: ['a-2'], receipted: new Set() })] },
      /2 waited, and 1 are there/,
    ],
    'what was kept is lost': [
      { strangers: [stranger('a', 'accept', { shown: ['a-2'], waited: 1 })] },
      /a-1 was receipted and is not there/,
    ],
    'something is there twice': [
      { strangers: [stranger('a', 'accept', { shown: ['a-1', 'a-2', 'a-2'] })] },
      /a-2 is there 2 times/,
    ],
    'the order is another': [
      { strangers: [stranger('a', 'accept', { shown: ['a-2', 'a-1'] })] },
      /a-1 after a-2/,
    ],
    'the chat has two rooms': [
      {
        strangers: [
          stranger('a', 'accept', {
            rooms: ['!r', '!s'].map((room) => ({ room, made: true, ghost: 'join', user: 'invite' })),
          }),
        ],
      },
      /2 rooms hold/,
    ],
    'what was declined is shown': [
      { strangers: [stranger('d', 'decline', { shown: ['d-1'] })], requestRooms: [] },
      /d-1 is shown/,
    ],
    'what waits is told': [{ told: ['n-1'] }, /n-1 was told/],
    'somebody was not told of': [{ strangers: [stranger('n', 'none', { waited: 0 })] }, /not told of/],
    'an answer was not taken': [
      { strangers: [stranger('d', 'decline', { answered: false })], requestRooms: [] },
      /decline was not done/,
    ],
    'a room is left of what is over': [{ requestRooms: [{ request: 1, name: 'a' }] }, /a is there but/],
    'a request has two rooms': [
      { requestRooms: [3, 3].map((request) => ({ request, name: 'n' })) },
      /n is there 2 times/,
    ],
    'there are two spaces': [{ spaces: 2 }, /2 spaces/],
    'an event hangs': [{ states: [{ state: 'pending', ended: false, count: 1 }] }, /1 events are pending/],
  };
  for (const [what, [over, expected]] of Object.entries(wrong))
    it(`finds that ${what}`, () => assert.match(faults(over).join('\n'), expected));
});
