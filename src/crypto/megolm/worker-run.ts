import type { MessagePort } from 'node:worker_threads';
import * as wasm from '@matrix-org/matrix-sdk-crypto-wasm';
import type { DeviceAnswer } from './engine.ts';
import { beginLife, endLife } from './discards.ts';
import { isKeyOf } from './key-check.ts';
import { Ledger } from './ledger.ts';
import { Machines } from './machines.ts';
import type { Ask } from './outgoing.ts';
import { openStore, type EngineStore } from './store/open-store.ts';
import { EngineStoreError } from './store/errors.ts';
import type { Call, FromWorker, Result, ToWorker, WorkerSetup } from './wire.ts';

const tendMs = 5_000;
/** How long a stop waits for what is under way. */
const stopMs = 5_000;

/** Serves the main thread until it says stop, or until the engine fails in a way after which it is not to be trusted. */
export async function runWorker(setup: WorkerSetup, port: MessagePort): Promise<void> {
  const tell = (message: FromWorker): void => port.postMessage(message);
  beSilent(globalThis.console);
  endOnPanic(tell);
  const store = openOrTell(setup.file, tell);
  if (store === undefined) {
    port.close();
    return;
  }
  store.install(globalThis);
  await wasm.initAsync();
  const ledger = await Ledger.load(store);
  if (!(await isKeyOf(store, ledger, setup.key))) {
    tell({ kind: 'unready', cause: `the crypto store ${setup.file} is under another key` });
    await store.close();
    port.close();
    return;
  }
  await beginLife(store.own);
  const requests = new Requests(tell);
  const machines = new Machines(setup, store, ledger, requests.ask, {
    keysArrived: (device, sessions) => tell({ kind: 'keys', device, sessions }),
    keysWithheld: (device, sessions) => tell({ kind: 'withheld', device, sessions }),
    verificationCancelled: (device, from) => tell({ kind: 'verification', device, from }),
    load: (open, known) => tell({ kind: 'load', open, known }),
  });
  const tending = setInterval(() => void machines.tend(tendMs), tendMs);
  port.on('message', (message: ToWorker) => {
    switch (message.kind) {
      case 'call':
        void answer(machines, message.call).then((result) =>
          tell({ kind: 'result', id: message.id, result }),
        );
        return;
      case 'answer': {
        requests.answered(message.id, message.answer);
        return;
      }
      case 'stop':
        clearInterval(tending);
        void stop(machines, store).finally(() => port.close());
        return;
    }
  });
  tell({ kind: 'ready' });
}

async function answer(machines: Machines, call: Call): Promise<Result> {
  switch (call.kind) {
    case 'generation':
      return { kind: 'result', of: 'generation', value: await machines.generation() };
    case 'stale':
      return { kind: 'result', of: 'devices', value: await machines.stale() };
    case 'guests':
      return { kind: 'result', of: 'devices', value: machines.guests() };
    case 'identify':
      return { kind: 'result', of: 'done', value: await machines.identify(call.device) };
    case 'seal':
      return { kind: 'result', of: 'sealed', value: await machines.seal(call.device, call.room, call.event) };
    case 'open':
      return { kind: 'result', of: 'opened', value: await machines.open(call.device, call.event) };
    case 'pull':
      return { kind: 'result', of: 'done', value: await machines.pull(call.device) };
    case 'devices-changed':
      return { kind: 'result', of: 'done', value: await machines.devicesChanged(call.changed, call.left) };
    case 'discard':
      return { kind: 'result', of: 'done', value: await machines.discard(call.room) };
    case 'forget':
      return { kind: 'result', of: 'done', value: await machines.forget(call.device) };
    case 'describe':
      return { kind: 'result', of: 'states', value: machines.describe(call.userId) };
    case 'mark':
      return { kind: 'result', of: 'done', value: await machines.mark() };
    case 'panic':
      return { kind: 'result', of: 'done', value: await machines.panic().then(() => undefined) };
  }
}

/** Requests that wait for the main thread's answer. */
class Requests {
  readonly #tell: (message: FromWorker) => void;
  readonly #waiting = new Map<number, (answer: DeviceAnswer) => void>();
  #last = 0;

  constructor(tell: (message: FromWorker) => void) {
    this.#tell = tell;
  }

  readonly ask: Ask = (as, request) =>
    new Promise((resolve) => {
      this.#last += 1;
      this.#waiting.set(this.#last, resolve);
      this.#tell({ kind: 'request', id: this.#last, as, request });
    });

  answered(id: number, answer: DeviceAnswer): void {
    this.#waiting.get(id)?.(answer);
    this.#waiting.delete(id);
  }
}

function openOrTell(file: string, tell: (message: FromWorker) => void): EngineStore | undefined {
  try {
    return openStore(file);
  } catch (error) {
    if (!(error instanceof EngineStoreError)) throw error;
    tell({ kind: 'unready', cause: error.message });
    return undefined;
  }
}

async function stop(machines: Machines, store: EngineStore): Promise<void> {
  await Promise.race([machines.close(), new Promise((resolve) => setTimeout(resolve, stopMs).unref())]);
  await endLife(store.own);
  await store.close();
}

/** The engine writes to the console, panics included; what it says may hold content. */
function beSilent(target: Console): void {
  const nothing = (): void => undefined;
  const names = ['debug', 'error', 'info', 'log', 'trace', 'warn'] as const;
  Object.assign(target, Object.fromEntries(names.map((name) => [name, nothing])));
}

/** After a panic no promise of the engine is kept, and nothing in its memory can be relied on. */
function endOnPanic(tell: (message: FromWorker) => void): void {
  const end = (thrown: unknown): void => {
    tell({ kind: 'panicked', where: placeOf(thrown) });
    process.exit(1);
  };
  process.on('uncaughtException', end);
  process.on('unhandledRejection', end);
}

/** Where something was thrown. What it says may hold content; a place in the source does not. */
function placeOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const place = /[\w-]+\.(?:rs|ts|js|mjs):\d+/u.exec(thrown.stack ?? '')?.[0];
  return `${thrown.name} at ${place ?? 'an unknown place'}`;
}
