import { closeSync, fdatasyncSync, openSync, statfsSync, writeSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { benchDir } from './stage.ts';
import { latencyOf, type Latency } from './statistics.ts';

/** What the figures were measured on. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly node: string;
  readonly disk: string;
  /** Writing 4 KiB to the end of a file and having it on the disk, in milliseconds. */
  readonly sync: Latency;
}

const fileSystems: ReadonlyMap<number, string> = new Map([
  [0xef53, 'ext4'],
  [0x58465342, 'xfs'],
  [0x9123683e, 'btrfs'],
  [0x01021994, 'tmpfs'],
  [0x794c7630, 'overlayfs'],
]);

export async function machine(): Promise<Machine> {
  await using dir = await benchDir();
  const type = statfsSync(dir.path).type;
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    disk: fileSystems.get(type) ?? `file system 0x${type.toString(16)}`,
    sync: syncs(join(dir.path, 'sync')),
  };
}

function syncs(file: string): Latency {
  const handle = openSync(file, 'w');
  const block = Buffer.alloc(4_096, 1);
  const times = Array.from({ length: 200 }, () => {
    const began = performance.now();
    writeSync(handle, block);
    fdatasyncSync(handle);
    return performance.now() - began;
  });
  closeSync(handle);
  return latencyOf(times);
}
