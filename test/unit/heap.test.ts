import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HeapPolicy } from '../../src/heap.ts';

const MiB = 1024 * 1024;

/** What the policy says after so many seconds that are alike. */
function after(policy: HeapPolicy, seconds: number, utilization: number, residentMiB: number): boolean {
  let mayGrow = false;
  for (let second = 0; second < seconds; second += 1) {
    mayGrow = policy.next({ utilization, residentBytes: residentMiB * MiB });
  }
  return mayGrow;
}

describe('the heap', () => {
  it('stays small while there is nothing to do', () => {
    assert.equal(after(new HeapPolicy(), 60, 0.005, 140), false);
  });

  it('may grow under load, and through short pauses of it', () => {
    const policy = new HeapPolicy();
    assert.equal(after(policy, 5, 0.2, 140), true);
    assert.equal(after(policy, 3, 0, 180), true);
  });

  it('is kept small again once the load is over', () => {
    const policy = new HeapPolicy();
    assert.equal(after(policy, 20, 0.2, 140), true);
    assert.equal(after(policy, 60, 0.002, 180), false);
  });

  it('is kept small under load where the process takes much memory, until it takes less again', () => {
    const policy = new HeapPolicy();
    assert.equal(after(policy, 20, 0.9, 200), false);
    assert.equal(after(policy, 1, 0.9, 170), true);
    assert.equal(after(policy, 1, 0.9, 220), true);
    assert.equal(after(policy, 1, 0.9, 230), false);
    assert.equal(after(policy, 1, 0.9, 200), false);
  });
});
