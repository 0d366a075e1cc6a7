import { task, type Log } from './task.ts';

/** Background work of one owner, who waits for all of it at the end. */
export class Tasks {
  readonly #log: Log;
  readonly #running = new Set<Promise<void>>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** Does work as `task` does. */
  run(name: string, work: () => Promise<unknown>): Promise<void> {
    const running = task(this.#log, name, work).finally(() => this.#running.delete(running));
    this.#running.add(running);
    return running;
  }

  /** Resolves when none is under way, those that were begun meanwhile included. */
  async done(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}
