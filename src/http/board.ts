import { task, type Log } from '../core/task.ts';
import { failing, type Assessment, type Part } from '../core/trouble.ts';

/** A part that is to be judged. `name` holds no identifier. */
export interface Judged {
  readonly name: string;
  /** How it is now. A rejection, or no answer in time, counts as a database that is away. */
  readonly assess: () => Assessment | Promise<Assessment>;
}

/** How long an assessment may take, milliseconds. */
const patience = 2_000;
const everyMs = 1_000;

/** Judges the parts every second, remembers since when each is as it is, and logs what changes. */
export class HealthBoard implements Disposable {
  readonly #judged: () => readonly Judged[];
  readonly #log: Log;
  readonly #now: () => number;
  readonly #timer: NodeJS.Timeout;
  readonly #known = new Map<string, Part>();
  #looking: Promise<readonly Part[]> | undefined;
  /** When the event loop last came round to it. */
  turnedAt: number;

  constructor(judged: () => readonly Judged[], log: Log, now: () => number, interval = everyMs) {
    this.#judged = judged;
    this.#log = log;
    this.#now = now;
    this.turnedAt = now();
    this.#timer = setInterval(() => {
      this.turnedAt = now();
      void task(log, 'health', () => this.look());
    }, interval);
    this.#timer.unref();
  }

  /** How all parts are now. Never rejects. */
  async look(): Promise<readonly Part[]> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  /** How they were when they were last looked at. */
  get parts(): readonly Part[] {
    return [...this.#known.values()];
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<readonly Part[]> {
    return Promise.all(
      this.#judged().map(async (judged) => this.#note(judged.name, await assessmentOf(judged))),
    );
  }

  #note(name: string, assessment: Assessment): Part {
    const before = this.#known.get(name);
    if (before !== undefined && same(before.assessment, assessment)) return before;
    const part: Part = { name, since: this.#now(), assessment };
    this.#known.set(name, part);
    if (assessment.state === 'ok') {
      if (before !== undefined) this.#log.info({ part: name }, 'well again');
    } else if (assessment.trouble !== 'starting') {
      this.#log.warn({ part: name, state: assessment.state, trouble: assessment.trouble }, 'not well');
    }
    return part;
  }
}

function same(one: Assessment, other: Assessment): boolean {
  if (one.state === 'ok' || other.state === 'ok') return one.state === other.state;
  return one.state === other.state && one.trouble === other.trouble;
}

async function assessmentOf({ assess }: Judged): Promise<Assessment> {
  const tooLate = Promise.withResolvers<Assessment>();
  const timer = setTimeout(() => tooLate.resolve(failing('database-away')), patience);
  try {
    return await Promise.race([Promise.resolve(assess()), tooLate.promise]);
  } catch {
    return failing('database-away');
  } finally {
    clearTimeout(timer);
  }
}
