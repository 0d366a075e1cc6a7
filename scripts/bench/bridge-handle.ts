import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { z } from 'zod';
import type { BridgePlan } from './bridge-plan.ts';
import { answerSchema, type Order } from './orders.ts';

const entry = fileURLToPath(new URL('driven-bridge.ts', import.meta.url));
const patienceMs = 120_000;

/** The bridge under test in a process of its own. Disposal stops it cleanly. */
export class BridgeHandle implements AsyncDisposable {
  /** From the start of the process to the first `/ready` that answered 200, in milliseconds. */
  readonly readyMs: number;
  readonly #child: ChildProcess;
  readonly #answers = new Map<number, PromiseWithResolvers<unknown>>();
  #count = 0;

  private constructor(child: ChildProcess, readyMs: number) {
    this.#child = child;
    this.readyMs = readyMs;
    child.on('message', (message) => {
      const { id, value, error } = answerSchema.parse(message);
      const waiting = this.#answers.get(id);
      this.#answers.delete(id);
      if (error === undefined) waiting?.resolve(value);
      else waiting?.reject(new Error(error));
    });
    child.once('exit', (code, signal) => {
      for (const waiting of this.#answers.values()) {
        waiting.reject(new Error(`The bridge ended with ${code ?? signal ?? 'nothing'}.`));
      }
    });
  }

  /** Starts the process and waits until the bridge is ready. */
  static async start(plan: BridgePlan, profile: string | undefined): Promise<BridgeHandle> {
    const log = openSync(join(plan.dir, 'bridge.log'), 'a');
    const began = performance.now();
    const child = fork(entry, [JSON.stringify(plan)], {
      stdio: ['ignore', log, log, 'ipc'],
      execArgv: profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`],
      env: { ...process.env, NODE_ENV: 'production' },
    });
    closeSync(log);
    const url = `http://127.0.0.1:${plan.port}/ready`;
    while (!(await answersWell(url))) {
      if (child.exitCode !== null || performance.now() - began > patienceMs) {
        child.kill('SIGKILL');
        throw new Error(
          `The bridge did not get ready: ${readFileSync(join(plan.dir, 'bridge.log'), 'utf8').slice(-2_000)}`,
        );
      }
      await sleep(5);
    }
    return new BridgeHandle(child, performance.now() - began);
  }

  /** Gives an order; resolves with its answer. */
  async ask<T>(order: Order, answer: z.ZodType<T>): Promise<T> {
    this.#count += 1;
    const waiting = Promise.withResolvers<unknown>();
    this.#answers.set(this.#count, waiting);
    this.#child.send({ id: this.#count, order });
    return answer.parse(await waiting.promise);
  }

  /** The resident memory of the process, in MiB (Linux). */
  residentMiB(): number {
    const status = readFileSync(`/proc/${this.#child.pid ?? 0}/status`, 'utf8');
    const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? [];
    return Number(kib) / 1024;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    const impatience = setTimeout(() => this.#child.kill('SIGKILL'), 20_000);
    this.#child.send({ id: 0, order: { kind: 'stop' } });
    await ended;
    clearTimeout(impatience);
  }
}

async function answersWell(url: string): Promise<boolean> {
  try {
    const response = await fetch(url);
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
