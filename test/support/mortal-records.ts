import type { NetworkRecords } from '../../src/core/network-records.ts';
import type { MemoryRecords } from './memory-records.ts';

/**
 * The records of one life of a process: when it was killed nothing is read or written any more. `killAtCommit` kills in
 * the middle of a commit to come, before or after it is written.
 */
export class MortalRecords implements NetworkRecords {
  isDead = false;
  killed: () => void = () => undefined;
  readonly #kept: MemoryRecords;
  #left: number | undefined;
  #isWritten = false;

  constructor(kept: MemoryRecords) {
    this.#kept = kept;
  }

  killAtCommit(left: number, isWritten: boolean): void {
    this.#left = left;
    this.#isWritten = isWritten;
  }

  kill(): void {
    if (this.isDead) return;
    this.isDead = true;
    this.killed();
  }

  get(...of: Parameters<NetworkRecords['get']>): ReturnType<NetworkRecords['get']> {
    return this.#alive(() => this.#kept.get(...of));
  }
  list(...of: Parameters<NetworkRecords['list']>): ReturnType<NetworkRecords['list']> {
    return this.#alive(() => this.#kept.list(...of));
  }
  count(...of: Parameters<NetworkRecords['count']>): ReturnType<NetworkRecords['count']> {
    return this.#alive(() => this.#kept.count(...of));
  }
  owners(...of: Parameters<NetworkRecords['owners']>): ReturnType<NetworkRecords['owners']> {
    return this.#alive(() => this.#kept.owners(...of));
  }
  sweep(...of: Parameters<NetworkRecords['sweep']>): ReturnType<NetworkRecords['sweep']> {
    return this.#alive(() => this.#kept.sweep(...of));
  }
  commit(...of: Parameters<NetworkRecords['commit']>): ReturnType<NetworkRecords['commit']> {
    return this.#alive(async () => {
      if (this.#left !== undefined && (this.#left -= 1) < 0) {
        if (this.#isWritten) await this.#kept.commit(...of);
        this.kill();
      }
      return this.#alive(() => this.#kept.commit(...of));
    });
  }

  async #alive<T>(work: () => Promise<T>): Promise<T> {
    if (this.isDead) throw new Error('this process was killed');
    const answer = await work();
    if (this.#isGone()) throw new Error('this process was killed');
    return answer;
  }

  #isGone(): boolean {
    return this.isDead;
  }
}
