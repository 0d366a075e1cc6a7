import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { SignalQueue, type SignalLimits, type Waiting } from '../../../src/core/signal-queue.ts';
import { RecordingLog } from '../../support/recording-log.ts';

const wide: SignalLimits = {
  perSecond: 1_000,
  burst: 1_000,
  personPerSecond: 1_000,
  personBurst: 1_000,
  mostWaiting: 1_000,
};

function setUp(limits: Partial<SignalLimits> = {}, now?: () => number) {
  const ran: string[] = [];
  const dropped: string[] = [];
  const queue = new SignalQueue({ ...wide, ...limits }, new RecordingLog(), now);
  const add = (key: string, what: string, more: Partial<Waiting> = {}): void =>
    queue.add({
      ...{ key, person: 'bob', lifetimeMs: 60_000 },
      run: async () => void ran.push(what),
      dropped: () => dropped.push(what),
      ...more,
    });
  return { queue, add, ran, dropped };
}

describe('signals that wait', () => {
  it('are replaced by what is newer of the same, and not by what is of another', async () => {
    const { queue, add, ran, dropped } = setUp({ personPerSecond: 20, personBurst: 1 });
    add('first', 'uses the token');
    add('typing', 'old');
    add('presence', 'other');
    add('typing', 'new');
    await sleep(200);
    assert.deepEqual([ran, dropped], [['uses the token', 'new', 'other'], ['old']]);
    await queue.stop();
  });

  it('pass within the rate of each person, who does not slow others down', async () => {
    const { queue, add, ran } = setUp({ personPerSecond: 0.001, personBurst: 2 });
    for (let count = 0; count < 5; count += 1) add(`bob ${count}`, `bob ${count}`);
    add('eve', 'eve', { person: 'eve' });
    await sleep(20);
    assert.deepEqual(ran, ['bob 0', 'bob 1', 'eve']);
    await queue.stop();
  });

  for (const [who, person] of [
    ['one person', () => 'bob'],
    ['many people', (count: number) => `person ${count}`],
  ] as const) {
    it(`cost the same each, however many of ${who} wait`, async () => {
      let asked = 0;
      const clock = (): number => {
        asked += 1;
        return 1;
      };
      const limits = { perSecond: 0.001, burst: 20, personPerSecond: 0.001, personBurst: 5 };
      const { queue, add, ran } = setUp(limits, clock);
      for (let count = 0; count < 40; count += 1) add(`first ${count}`, 'first', { person: person(count) });
      await sleep(20);
      const before = asked;
      for (let count = 0; count < 500; count += 1) add(`${count}`, 'more', { person: person(count) });
      await sleep(20);
      await queue.stop();
      assert.ok(ran.length >= 5 && !ran.includes('more'), ran.join());
      assert.ok(asked - before < 500 * 10, `the clock was asked ${asked - before} times`);
    });
  }

  it('pass within the rate of all together', async () => {
    const { queue, add, ran } = setUp({ perSecond: 0.001, burst: 3 });
    for (let count = 0; count < 5; count += 1) add(`${count}`, `${count}`, { person: `${count}` });
    await sleep(20);
    assert.deepEqual(ran, ['0', '1', '2']);
    await queue.stop();
  });

  it('of one key run one after the other', async () => {
    const { queue, add, ran } = setUp();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    add('typing', 'slow', { run: async () => (await promise, void ran.push('slow')) });
    add('typing', 'after');
    await sleep(20);
    assert.deepEqual(ran, []);
    resolve(undefined);
    await sleep(20);
    assert.deepEqual(ran, ['slow', 'after']);
    await queue.stop();
  });

  it('are dropped when they are too old, too many, or the bridge stops', async () => {
    let now = 0;
    const { queue, add, ran, dropped } = setUp(
      { personPerSecond: 20, personBurst: 1, mostWaiting: 2 },
      () => now,
    );
    add('token', 'token');
    for (const name of ['a', 'b', 'c']) add(name, name, name === 'b' ? { lifetimeMs: 10 } : {});
    assert.deepEqual(dropped, ['a']);
    now = 1_000;
    await sleep(100);
    assert.deepEqual(
      [ran, dropped],
      [
        ['token', 'c'],
        ['a', 'b'],
      ],
    );
    add('last', 'last', { lifetimeMs: 1 });
    await queue.stop();
    add('late', 'late');
    assert.deepEqual(dropped.slice(2), ['last', 'late']);
  });
});
