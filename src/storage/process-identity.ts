/** Who a process is, so that another one on the same machine can tell whether it still runs. */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

export interface ProcessIdentity {
  /** For people. */
  readonly host: string;
  readonly pid: number;
  /** The machine, its boot and its process namespace: only within these does a pid mean anything. */
  readonly machine: string;
  /** When the process started, in the kernel's own count; empty where the system does not tell. */
  readonly started: string;
}

/** The identity of this process. */
export function thisProcess(): ProcessIdentity {
  return {
    host: hostname(),
    pid: process.pid,
    machine: [
      hostname(),
      read('/proc/sys/kernel/random/boot_id').trim(),
      link(`/proc/${process.pid}/ns/pid`),
    ].join(' '),
    started: startOf(process.pid)?.started ?? '',
  };
}

/** Whether the process still runs; `undefined` where that cannot be seen from here. */
export function isRunning(of: ProcessIdentity, seenFrom: ProcessIdentity): boolean | undefined {
  if (of.machine !== seenFrom.machine) return undefined;
  const found = startOf(of.pid);
  if (found !== undefined) return found.started === of.started && !found.dead;
  if (of.started !== '') return false;
  try {
    process.kill(of.pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Fields 3 (state) and 22 (start time) of proc_pid_stat(5), counted after the command in parentheses. */
function startOf(pid: number): { readonly started: string; readonly dead: boolean } | undefined {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === '') return undefined;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { started: fields[19] ?? '', dead: fields[0] === 'Z' || fields[0] === 'X' };
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
