import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TransactionNumbers } from '../../../src/matrix/transaction-numbers.ts';

/** Numbers under a clock of its own, with what they told. */
class Clocked {
  now = 1_000_000;
  readonly told: string[] = [];
  readonly #timers: { readonly at: number; readonly then: () => void }[] = [];
  readonly numbers = new TransactionNumbers({
    fellBack: () => void this.told.push('fell back'),
    skipped: (since) => void this.told.push(`skipped since ${since - 1_000_000}`),
    now: () => this.now,
    later: (ms, then) => void this.#timers.push({ at: this.now + ms, then }),
  });

  take(...ids: readonly (number | string)[]): this {
    for (const id of ids) this.numbers.take(String(id));
    return this;
  }

  pass(ms: number): this {
    this.now += ms;
    for (const timer of this.#timers.splice(0)) {
      if (timer.at <= this.now) timer.then();
      else this.#timers.push(timer);
    }
    return this;
  }
}

describe('the numbers of transactions', () => {
  it('tell nothing while they follow on each other, wherever they begin, and when one is repeated', () => {
    assert.deepEqual(new Clocked().take(17, 18, 18, 19).told, []);
  });

  it('tell where they fall back', () => {
    assert.deepEqual(new Clocked().take(17, 18, 1, 2).told, ['fell back']);
  });

  it('tell at once where one is missing', () => {
    assert.deepEqual(new Clocked().take(17, 19).told, ['skipped since 0']);
  });

  it('say nothing of other services of a server that has long been well', () => {
    const clocked = new Clocked().take(1, 2).pass(600_000).take(5, 9);
    assert.deepEqual(clocked.told, []);
    clocked.numbers.failed();
    assert.deepEqual(clocked.take(12).told, ['skipped since 600000']);
  });

  it('tell more seldom the longer it goes on, but of each that is missing', () => {
    const clocked = new Clocked().take(1, 3, 5, 7);
    assert.deepEqual(clocked.told, ['skipped since 0']);
    assert.deepEqual(clocked.pass(9_999).told, ['skipped since 0']);
    assert.deepEqual(clocked.pass(1).told, ['skipped since 0', 'skipped since 0']);
    clocked.take(9).pass(19_000);
    assert.equal(clocked.told.length, 2);
    assert.deepEqual(clocked.pass(1_000).told.slice(2), ['skipped since 10000']);
  });

  it('take no notice of ids that are no numbers', () => {
    assert.deepEqual(new Clocked().take('a', 'b', 1, 'c', 2).told, []);
  });
});
