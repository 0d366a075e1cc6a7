/** A part of the benchmark in a process of its own, which is given orders: JSON between the two. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { answerSchema } from './orders.ts';

export interface WorkerOptions {
  /** The module, beside this one. */
  readonly entry: string;
  /** Where what it writes goes. */
  readonly log: string;
  readonly profile?: string | undefined;
  readonly flags?: readonly string[];
}

/** The process as it is seen by who gives the orders. Disposal has it stop, and waits for that. */
export class Worker implements AsyncDisposable {
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #answers = new Map<number, PromiseWithResolvers<unknown>>();
  #count = 0;

  constructor(plan: unknown, { entry, log, profile, flags = [] }: WorkerOptions) {
    const output = openSync(log, 'a');
    const child = fork(fileURLToPath(new URL(entry, import.meta.url)), [JSON.stringify(plan)], {
      stdio: ['ignore', output, output, 'ipc'],
      execArgv: [...flags, ...(profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`])],
      env: { ...process.env, NODE_ENV: 'production' },
    });
    closeSync(output);
    this.#child = child;
    this.pid = child.pid ?? 0;
    child.on('message', (message) => {
      const { id, value, error } = answerSchema.parse(message);
      const waiting = this.#answers.get(id);
      this.#answers.delete(id);
      if (error === undefined) waiting?.resolve(value);
      else waiting?.reject(new Error(error));
    });
    child.once('exit', (code, signal) => {
      const why = `${entry} ended with ${code ?? signal ?? 'nothing'}: ${readFileSync(log, 'utf8').slice(-2_000)}`;
      for (const waiting of this.#answers.values()) waiting.reject(new Error(why));
    });
  }

  /** Gives an order; resolves with its answer. */
  async ask<T>(order: object, answer: z.ZodType<T>): Promise<T> {
    this.#count += 1;
    const waiting = Promise.withResolvers<unknown>();
    this.#answers.set(this.#count, waiting);
    this.#child.send({ id: this.#count, order });
    return answer.parse(await waiting.promise);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    const impatience = setTimeout(() => this.#child.kill('SIGKILL'), 30_000);
    this.#child.send({ id: 0, order: { kind: 'stop' } });
    await ended;
    clearTimeout(impatience);
  }
}

const numbered = z.object({ id: z.int(), order: z.unknown() });
const stopping = z.object({ kind: z.literal('stop') });

/** What such a process does: one order after the other as they come, side by side, and at last `stop`. */
export function obey<O>(
  schema: z.ZodType<O>,
  work: (order: O) => Promise<unknown>,
  stop: () => Promise<void>,
): void {
  process.on('message', (message) => {
    const { id, order } = numbered.parse(message);
    const isLast = stopping.safeParse(order).success;
    (isLast ? stop() : work(schema.parse(order))).then(
      (value) => {
        process.send?.({ id, value: value ?? null });
        if (isLast) process.disconnect();
      },
      (error: unknown) =>
        process.send?.({ id, value: null, error: error instanceof Error ? error.stack : String(error) }),
    );
  });
  process.on('disconnect', () => process.exit(0));
}
