/**
 * One process owns the database at a time. The lease names its holder and has a fence number that rises with every new
 * holder; every write checks in its own transaction that the fence is still the one it began with.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Log, task } from '../core/task.ts';
import type { Database, Sql } from './database.ts';
import { isTransient, LeaseHeldError, LeaseLostError } from './errors.ts';
import { isRunning, type ProcessIdentity, thisProcess } from './process-identity.ts';
import { integer, type Row, text } from './rows.ts';

/** How long a lease lasts unless it is renewed, and how often it is. Milliseconds. */
export interface LeaseTimes {
  readonly ttl: number;
  readonly renewal: number;
}
export const leaseTimes: LeaseTimes = { ttl: 20_000, renewal: 5_000 };

interface Held {
  readonly fence: number;
  /** Changes with every renewal. */
  readonly renewals: number;
  readonly instance: string;
  readonly since: number;
  readonly expires: number;
  readonly now: number;
  readonly holder: ProcessIdentity;
}

/** The lease while this process holds it. */
export class Lease implements AsyncDisposable {
  readonly fence: number;
  readonly #database: Database;
  readonly #instance: string;
  readonly #times: LeaseTimes;
  readonly #log: Log;
  readonly #lost = new AbortController();
  readonly #released = new AbortController();
  #renewing: Promise<void> = Promise.resolve();

  private constructor(database: Database, fence: number, instance: string, times: LeaseTimes, log: Log) {
    this.#database = database;
    this.fence = fence;
    this.#instance = instance;
    this.#times = times;
    this.#log = log;
  }

  /**
   * Takes the lease: at once where it is free, has expired, or its holder ran on this machine and runs no more; where
   * the holder cannot be seen from here, as soon as it has not renewed for the length of a lease.
   * Throws `LeaseHeldError` where the holder is alive.
   */
  static async acquire(
    database: Database,
    log: Log,
    times: LeaseTimes = leaseTimes,
    self: ProcessIdentity = thisProcess(),
  ): Promise<Lease> {
    const instance = randomUUID();
    const first = await look(database);
    let seen = first;
    const waitUntil = performance.now() + times.ttl;
    while (isTaken(seen, self) && performance.now() < waitUntil) {
      log.info({ host: seen.holder.host, pid: seen.holder.pid }, 'waiting for the lease of another host');
      await sleep(Math.min(1_000, times.ttl / 10));
      seen = await look(database);
      if (seen.fence !== first.fence || seen.renewals !== first.renewals) throw held(seen);
    }
    if (!(await take(database, seen, instance, times, self))) throw held(await look(database));
    const lease = new Lease(database, seen.fence + 1, instance, times, log);
    lease.#renewing = task(log, 'lease', () => lease.#renew());
    return lease;
  }

  /** Aborted when another process has taken the lease: this process is to stop. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Throws `LeaseLostError` unless the lease is still this process's; holds it so until the transaction ends. */
  async check(sql: Sql): Promise<void> {
    const lock = sql.dialect === 'postgres' ? ' for share' : '';
    const rows = await sql.rows(`select 1 from lease where id = 1 and fence = ? and instance = ?${lock}`, [
      this.fence,
      this.#instance,
    ]);
    if (rows.length === 0) throw this.#loseIt();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#released.abort();
    await this.#renewing;
    if (this.#lost.signal.aborted) return;
    try {
      await this.#database.run(
        `update lease set instance = '', expires_at = 0 where id = 1 and fence = ? and instance = ?`,
        [this.fence, this.#instance],
      );
    } catch (error) {
      this.#log.warn({ err: error }, 'the lease could not be released; it will expire');
    }
  }

  #loseIt(): LeaseLostError {
    const error = new LeaseLostError();
    if (!this.#lost.signal.aborted) {
      this.#log.error({ fence: this.fence }, 'the lease was taken over by another process');
      this.#lost.abort(error);
    }
    return error;
  }

  async #renew(): Promise<void> {
    let pause = this.#times.renewal;
    while (!this.#lost.signal.aborted) {
      try {
        await sleep(pause, undefined, { signal: this.#released.signal });
      } catch {
        return;
      }
      pause = (await this.#renewOnce()) ? this.#times.renewal : this.#times.renewal / 5;
    }
  }

  /** Nobody else having taken it, a lease that ran out while the database was away is simply renewed. */
  async #renewOnce(): Promise<boolean> {
    try {
      const renewed = await this.#database.transaction(async (sql) => {
        const now = await clock(sql);
        return sql.run(
          `update lease set renewals = renewals + 1, expires_at = ? where id = 1 and fence = ? and instance = ?`,
          [now + this.#times.ttl, this.fence, this.#instance],
        );
      });
      if (renewed === 0) this.#loseIt();
      return true;
    } catch (error) {
      const level = isTransient(error) ? 'warn' : 'error';
      this.#log[level]({ err: error }, 'the lease could not be renewed; trying again');
      return false;
    }
  }
}

/** Who holds the lease now, or undefined where nobody does. */
export async function leaseHolder(
  database: Sql,
): Promise<{ readonly host: string; readonly pid: number; readonly since: number } | undefined> {
  const seen = await look(database);
  if (!isTaken(seen, thisProcess(), false)) return undefined;
  return { host: seen.holder.host, pid: seen.holder.pid, since: seen.since };
}

/** Whether somebody may still hold the lease. Throws `LeaseHeldError` where somebody who is seen to run does. */
function isTaken(seen: Held, self: ProcessIdentity, refuse = true): boolean {
  if (seen.instance === '') return false;
  const running = isRunning(seen.holder, self);
  if (running === true && refuse) throw held(seen);
  return running ?? seen.expires > seen.now;
}

function held(seen: Held): LeaseHeldError {
  return new LeaseHeldError({ host: seen.holder.host, pid: seen.holder.pid, since: seen.since });
}

async function look(database: Sql): Promise<Held> {
  const now = await clock(database);
  const [row] = await database.rows('select * from lease where id = 1');
  if (row === undefined) throw new Error('the lease has no row');
  return heldOf(row, now);
}

function heldOf(row: Row, now: number): Held {
  return {
    fence: integer(row, 'fence'),
    renewals: integer(row, 'renewals'),
    instance: text(row, 'instance'),
    since: integer(row, 'since'),
    expires: integer(row, 'expires_at'),
    now,
    holder: {
      host: text(row, 'host'),
      pid: integer(row, 'pid'),
      machine: text(row, 'machine'),
      started: text(row, 'started'),
    },
  };
}

async function take(
  database: Database,
  seen: Held,
  instance: string,
  times: LeaseTimes,
  self: ProcessIdentity,
): Promise<boolean> {
  const taken = await database.transaction(async (sql) => {
    const now = await clock(sql);
    return sql.run(
      `update lease set fence = fence + 1, renewals = 0, instance = ?, host = ?, pid = ?, machine = ?, started = ?,
         since = ?, expires_at = ?
       where id = 1 and fence = ? and renewals = ? and instance = ?`,
      [
        instance,
        self.host,
        self.pid,
        self.machine,
        self.started,
        now,
        now + times.ttl,
        seen.fence,
        seen.renewals,
        seen.instance,
      ],
    );
  });
  return taken === 1;
}

/** The time by the clock that all holders share: on PostgreSQL the server's. */
async function clock(sql: Sql): Promise<number> {
  if (sql.dialect === 'sqlite') return Date.now();
  const [row] = await sql.rows(
    'select cast(floor(extract(epoch from clock_timestamp()) * 1000) as bigint) as now',
  );
  if (row === undefined) throw new Error('the database has no clock');
  return integer(row, 'now');
}
