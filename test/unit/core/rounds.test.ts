import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Rounds } from '../../../src/core/rounds.ts';
import { RecordingLog } from '../../support/recording-log.ts';

/** Rounds that answer one after the other, and then that nothing is left. */
function rounds(...answers: (number | Error | undefined)[]) {
  const log = new RecordingLog();
  let count = 0;
  const made = new Rounds({
    ...{ log, name: 'work', pause: 5 },
    round: async () => {
      const answer = answers[(count += 1) - 1];
      if (answer instanceof Error) throw answer;
      return answer;
    },
  });
  return { made, log, count: () => count };
}

describe('rounds of work', () => {
  it('are made when there is something to do, again for what has to wait, and then no more', async () => {
    const { made, count } = rounds(5, 5);
    assert.equal(count(), 0);
    made.poke();
    await made.done();
    assert.equal(count(), 3);
    made.poke();
    await made.done();
    assert.equal(count(), 4);
  });

  it('are made again after one that broke, which the log says', async () => {
    const { made, count, log } = rounds(new Error('away'));
    made.poke();
    await made.done();
    assert.deepEqual([count(), log.lines.map(({ level }) => level)], [2, ['warn']]);
  });

  it('do not wait for their time where there is something new, and are not made after the end', async () => {
    const { made, count } = rounds(60_000, 60_000);
    made.poke();
    while (count() < 1) await sleep(1);
    made.poke();
    while (count() < 2) await sleep(1);
    await made[Symbol.asyncDispose]();
    made.poke();
    await made.done();
    assert.equal(count(), 2);
  });
});
