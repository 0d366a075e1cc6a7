import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cpuMsIn, cpuMsOf } from '../../../../scripts/bench/process-cpu.ts';

describe('the processor time of a process', () => {
  it('is that of the process and of the kernel for it, whatever the program is called', () => {
    const stat = '7 (a) R 1 (b) S 1 7 7 0 -1 4194560 100 0 0 0 123 45 6 7 20 0 9 0 100 1 2';
    assert.equal(cpuMsIn(stat), 1_680);
  });

  it('grows while something is done', () => {
    const before = cpuMsOf(process.pid);
    const until = process.cpuUsage().user + 60_000;
    while (process.cpuUsage().user < until);
    assert.ok(cpuMsOf(process.pid) - before >= 40);
  });
});
