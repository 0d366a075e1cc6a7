import { Worker } from 'node:worker_threads';
import type { DeviceAnswer, DeviceRequest, EngineOptions, Requester, Trouble } from './engine.ts';
import { restarted } from './trouble.ts';
import type { Call, FromWorker, Result, ToWorker, WorkerSetup } from './wire.ts';

/** How a worker ended, for who starts the next one. */
export type WorkerEnd =
  | { readonly kind: 'refused'; readonly cause: string }
  | { readonly kind: 'ended'; readonly where: string | undefined };

/** One life of the worker: its calls, its requests, its end. */
export class WorkerLink {
  /** Resolves once it serves, or cannot. */
  readonly ready: Promise<'ready' | WorkerEnd>;
  readonly ended: Promise<WorkerEnd>;
  readonly #worker: Worker;
  readonly #options: Pick<EngineOptions, 'request' | 'events' | 'log'>;
  readonly #load: (open: number, known: number) => void;
  readonly #calls = new Map<number, (result: Result | Trouble) => void>();
  readonly #life = new AbortController();
  #last = 0;
  #end: WorkerEnd = { kind: 'ended', where: undefined };

  constructor(
    setup: WorkerSetup,
    options: Pick<EngineOptions, 'request' | 'events' | 'log'>,
    load: (open: number, known: number) => void,
  ) {
    this.#options = options;
    this.#load = load;
    const ready = Promise.withResolvers<'ready' | WorkerEnd>();
    const ended = Promise.withResolvers<WorkerEnd>();
    this.ready = ready.promise;
    this.ended = ended.promise;
    this.#worker = new Worker(workerFile(), { workerData: setup });
    this.#worker.on('message', (message: FromWorker) => {
      if (message.kind === 'ready') ready.resolve('ready');
      else this.#hear(message);
    });
    this.#worker.on('error', (error: Error) => {
      this.#options.log.error({ error: error.name }, 'crypto worker failed');
    });
    this.#worker.on('exit', () => {
      this.#life.abort();
      for (const resolve of this.#calls.values()) resolve(restarted(undefined, 'the crypto worker ended'));
      this.#calls.clear();
      ready.resolve(this.#end);
      ended.resolve(this.#end);
    });
  }

  get isOver(): boolean {
    return this.#life.signal.aborted;
  }

  call(call: Call): Promise<Result | Trouble> {
    return new Promise((resolve) => {
      if (this.#life.signal.aborted) {
        resolve(restarted(undefined, 'the crypto worker ended'));
        return;
      }
      const id = (this.#last += 1);
      this.#calls.set(id, resolve);
      this.#say({ kind: 'call', id, call });
    });
  }

  /** Lets it finish and close its store; resolves when it has ended. */
  async stop(): Promise<void> {
    this.#say({ kind: 'stop' });
    await this.ended;
  }

  #say(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  #hear(message: Exclude<FromWorker, { readonly kind: 'ready' }>): void {
    const { events, log } = this.#options;
    switch (message.kind) {
      case 'unready':
        this.#end = { kind: 'refused', cause: message.cause };
        return;
      case 'panicked':
        this.#end = { kind: 'ended', where: message.where };
        return;
      case 'result':
        this.#calls.get(message.id)?.(message.result);
        this.#calls.delete(message.id);
        return;
      case 'request':
        void this.#request(message.id, message.as, message.request);
        return;
      case 'keys': {
        events.keysArrived(message.device, message.sessions);
        return;
      }
      case 'withheld':
        return events.keysWithheld?.(message.device, message.sessions);
      case 'verification':
        return events.verificationCancelled?.(message.device, message.from);
      case 'load': {
        this.#load(message.open, message.known);
        return;
      }
      case 'log': {
        log[message.level](message.fields, message.message);
        return;
      }
    }
  }

  async #request(id: number, as: Requester, request: DeviceRequest): Promise<void> {
    const answer = await this.#options.request(as, request, this.#life.signal).catch(noAnswer);
    if (!this.#life.signal.aborted) this.#say({ kind: 'answer', id, answer });
  }
}

/** The worker's file: a source beside this one, or what it was compiled to. */
function workerFile(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);
}

function noAnswer(): DeviceAnswer {
  return { kind: 'failed', status: undefined, errcode: undefined, retry: 'later', afterMs: undefined };
}
