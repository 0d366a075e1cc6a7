import { readFileSync } from 'node:fs';

/** The kernel counts processor time in hundredths of a second (`CLK_TCK`). */
const tickMs = 10;

/** Processor time of another process and all its threads until now, in milliseconds: proc(5), `/proc/PID/stat`. */
export function cpuMsOf(pid: number): number {
  return cpuMsIn(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}

/** The same from the text of that file, where the name of the program may hold anything. */
export function cpuMsIn(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * tickMs;
}
