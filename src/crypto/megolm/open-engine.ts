import type {
  Device,
  DeviceState,
  Engine,
  EngineLoad,
  EngineOptions,
  LockedEvent,
  Opened,
  Sealed,
  SealingRoom,
  Trouble,
} from './engine.ts';
import { broken, restarted } from './trouble.ts';
import { WorkerLink } from './worker-link.ts';
import type { Call, Pace, Result, WorkerSetup } from './wire.ts';

/** The store cannot be opened: held by another process, damaged, or not one of ours. `cause` is for the log. */
export interface EngineRefused {
  readonly kind: 'refused';
  readonly cause: string;
}
/** An engine that can also be made to fail, for tests and the runs that verify. */
export interface OpenedEngine extends Engine {
  readonly kind: 'opened';
  /** Makes the crypto engine panic, as a bug in it would. Resolves when the worker has ended. */
  panic(): Promise<void>;
}

/** A worker that lived longer than this was all right: the next one is started at once. */
const healthyMs = 30_000;
const longestPauseMs = 60_000;
/** A call waits so long for a worker that is being started. */
const patienceMs = 10_000;

const usualPace: Pace = { roundMs: 3 * 3_600_000, markMs: 60_000 };

/** Opens the store and starts the worker that has the machines; resolves when it serves. `pace` is for tests. */
export async function openEngine(
  options: EngineOptions,
  pace: Partial<Pace> = {},
): Promise<OpenedEngine | EngineRefused> {
  const engine = new WorkerEngine(options, { ...usualPace, ...pace });
  const refusal = await engine.begin();
  return refusal === undefined ? engine : { kind: 'refused', cause: refusal };
}

class WorkerEngine implements OpenedEngine {
  readonly kind = 'opened';
  readonly #options: EngineOptions;
  readonly #setup: WorkerSetup;
  #load: EngineLoad = { open: 0, known: 0, restarts: 0 };
  #link: WorkerLink;
  #startedAt = Date.now();
  /** How often in a row a worker ended soon after it had begun. */
  #earlyEnds = 0;
  /** When the next worker is started, while there is none. */
  #nextAt = 0;
  #stopping = false;
  /** Resolves when there is another worker. */
  #next = Promise.withResolvers<undefined>();

  constructor(options: EngineOptions, pace: Pace) {
    const { file, key, account, strategy, maxOpen, idleMs, freshMs } = options;
    this.#options = options;
    this.#setup = { file, key, account, strategy, maxOpen, idleMs, freshMs, pace };
    this.#link = this.#start();
  }

  /** Resolves once the worker serves, or to why it cannot. */
  async begin(): Promise<string | undefined> {
    const first = await this.#link.ready;
    if (first === 'ready') {
      this.#watch(this.#link);
      return undefined;
    }
    return first.kind === 'refused'
      ? first.cause
      : `the crypto worker ended at once (${first.where ?? 'unknown'})`;
  }

  async generation(): Promise<string | Trouble> {
    const result = await this.#call({ kind: 'generation' });
    return result.kind === 'result' && result.of === 'generation' ? result.value : troubleIn(result);
  }

  async stale(): Promise<readonly Device[] | Trouble> {
    const result = await this.#call({ kind: 'stale' });
    return result.kind === 'result' && result.of === 'devices' ? result.value : troubleIn(result);
  }

  async guests(): Promise<readonly Device[] | Trouble> {
    const result = await this.#call({ kind: 'guests' });
    return result.kind === 'result' && result.of === 'devices' ? result.value : troubleIn(result);
  }

  identify(device: Device): Promise<undefined | Trouble> {
    return this.#do({ kind: 'identify', device });
  }

  async seal(
    device: Device,
    room: SealingRoom,
    event: { readonly type: string; readonly content: string },
  ): Promise<Sealed | Trouble> {
    const result = await this.#call({ kind: 'seal', device, room, event });
    return result.kind === 'result' && result.of === 'sealed' ? result.value : troubleIn(result);
  }

  async open(device: Device, event: LockedEvent): Promise<Opened> {
    const result = await this.#call({ kind: 'open', device, event });
    return result.kind === 'result' && result.of === 'opened' ? result.value : troubleIn(result);
  }

  pull(device: Device): Promise<undefined | Trouble> {
    return this.#do({ kind: 'pull', device });
  }

  async devicesChanged(changed: readonly string[], left: readonly string[]): Promise<undefined | Trouble> {
    const trouble = await this.#do({ kind: 'devices-changed', changed, left });
    // Machines that are opened after a restart ask for everything anew.
    return trouble?.what === 'restarted' ? undefined : trouble;
  }

  discard(room: string): Promise<undefined | Trouble> {
    return this.#do({ kind: 'discard', room });
  }

  forget(device: Device): Promise<undefined | Trouble> {
    return this.#do({ kind: 'forget', device });
  }

  async describe(userId: string): Promise<readonly DeviceState[] | Trouble> {
    const result = await this.#call({ kind: 'describe', userId });
    return result.kind === 'result' && result.of === 'states' ? result.value : troubleIn(result);
  }

  load(): EngineLoad {
    return this.#load;
  }

  mark(): Promise<undefined | Trouble> {
    return this.#do({ kind: 'mark' });
  }

  async panic(): Promise<void> {
    await this.#call({ kind: 'panic' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true;
    await this.#link.stop();
  }

  async #do(call: Call): Promise<undefined | Trouble> {
    const result = await this.#call(call);
    return result.kind === 'result' && result.of === 'done' ? result.value : troubleIn(result);
  }

  /** Asks the worker; while there is none, waits a bounded time for the next. */
  async #call(call: Call): Promise<Result | Trouble> {
    if (this.#stopping) return restarted(undefined, 'the engine is being closed');
    const pause = this.#nextAt - Date.now();
    if (pause > patienceMs) return restarted(pause, 'the crypto worker ended again and again');
    if (this.#link.isOver) await Promise.race([this.#next.promise, sleep(patienceMs)]);
    const link = this.#link;
    const ready = await link.ready;
    return ready === 'ready' ? link.call(call) : restarted(undefined, 'the crypto worker does not start');
  }

  #isStopping(): boolean {
    return this.#stopping;
  }

  #start(): WorkerLink {
    this.#startedAt = Date.now();
    return new WorkerLink(this.#setup, this.#options, (open, known) => {
      this.#load = { ...this.#load, open, known };
    });
  }

  /** Starts the next worker when this one has ended, at once or after a pause that grows with each early end. */
  #watch(link: WorkerLink): void {
    void link.ended.then(async (end) => {
      if (this.#isStopping()) return;
      const { log, events } = this.#options;
      this.#earlyEnds = Date.now() - this.#startedAt > healthyMs ? 0 : this.#earlyEnds + 1;
      const pauseMs = this.#earlyEnds < 2 ? 0 : Math.min(longestPauseMs, 500 * 2 ** (this.#earlyEnds - 2));
      this.#nextAt = Date.now() + pauseMs;
      log.error({ end, pauseMs }, 'crypto worker ended');
      if (pauseMs > 0) await sleep(pauseMs);
      if (this.#isStopping()) return;
      this.#link = this.#start();
      this.#next.resolve(undefined);
      this.#next = Promise.withResolvers();
      this.#load = { open: 0, known: this.#load.known, restarts: this.#load.restarts + 1 };
      this.#watch(this.#link);
      if ((await this.#link.ready) === 'ready') events.restarted?.();
    });
  }
}

/** The trouble that an answer holds; another kind of answer than was asked for is a bug of ours. */
function troubleIn(result: Result | Trouble): Trouble {
  return result.kind === 'trouble' ? result : broken(`an answer of another kind: ${result.of}`);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
