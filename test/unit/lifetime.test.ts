import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { liveUntilStopped, onHangup } from '../../src/lifetime.ts';

const never = (): Promise<never> => new Promise<never>(() => undefined);
function running(
  stop: () => Promise<void>,
  broken: Promise<never> = never(),
): AsyncDisposable & { broken: Promise<never> } {
  return { broken, [Symbol.asyncDispose]: stop };
}

describe('a hang-up', () => {
  it('has the configuration read again, however often, until nobody wants that any more', () => {
    const signals = new EventEmitter();
    let count = 0;
    const hangup = onHangup(signals, () => (count += 1));
    signals.emit('SIGHUP', 'SIGHUP');
    signals.emit('SIGHUP', 'SIGHUP');
    hangup[Symbol.dispose]();
    signals.emit('SIGHUP', 'SIGHUP');
    assert.deepEqual([count, signals.listenerCount('SIGHUP')], [2, 0]);
  });
});

describe('a life', () => {
  it('ends cleanly at the first signal', async () => {
    const signals = new EventEmitter();
    const exits: number[] = [];
    let stopped = 0;
    const life = liveUntilStopped(
      running(async () => void (stopped += 1)),
      signals,
      (code) => exits.push(code),
    );
    await sleep(5);
    assert.equal(stopped, 0);
    signals.emit('SIGTERM', 'SIGTERM');
    assert.equal(await life, 'stopped');
    assert.deepEqual([stopped, exits, signals.listenerCount('SIGTERM')], [1, [], 0]);
  });

  it('ends at once at the second', () => {
    const signals = new EventEmitter();
    const exits: number[] = [];
    void liveUntilStopped(running(never), signals, (code) => exits.push(code), 1);
    signals.emit('SIGINT', 'SIGINT');
    signals.emit('SIGTERM', 'SIGTERM');
    assert.deepEqual(exits, [143]);
  });

  it('does not wait for ever', async () => {
    const signals = new EventEmitter();
    const life = liveUntilStopped(running(never), signals, () => undefined, 10);
    signals.emit('SIGINT', 'SIGINT');
    assert.equal(await life, 'too-slow');
  });

  it('ends where it breaks, and is still taken down', async () => {
    const error = new Error('taken');
    let stopped = false;
    const broken = Promise.reject(error);
    const life = liveUntilStopped(
      running(async () => void (stopped = true), broken),
      new EventEmitter(),
      () => undefined,
    );
    assert.deepEqual(await life, { broken: error });
    assert.ok(stopped);
  });
});
