/** When portals were last active: known in memory at once, written at most once a minute for each. */
import type { PortalId } from '../core/ids.ts';
import type { Sql } from './database.ts';
import { parts, typedPlaceholders } from './sql-values.ts';

const writeEveryMs = 60_000;

export class Activity {
  /** Activity that is newer than what the database has. */
  readonly #unwritten = new Map<PortalId, number>();
  /** When each portal's activity was last written; entries older than a minute say nothing any more. */
  readonly #written = new Map<PortalId, number>();

  /** Notes that the portals are active now, and writes the time of those whose time is older than a minute. */
  async write(sql: Sql, portals: readonly PortalId[]): Promise<void> {
    const now = Date.now();
    const due = new Map<PortalId, number>();
    for (const portal of portals) {
      const writtenAt = this.#written.get(portal);
      if (writtenAt !== undefined && now - writtenAt < writeEveryMs) this.#unwritten.set(portal, now);
      else due.set(portal, now);
    }
    await update(sql, due);
    this.#forgetOld(now);
    for (const [portal, at] of due) {
      this.#written.set(portal, at);
      this.#unwritten.delete(portal);
    }
  }

  /** Whether `flush` has something to write. */
  get stale(): boolean {
    return this.#unwritten.size > 0;
  }

  /** Writes all that is not written yet. */
  async flush(sql: Sql): Promise<void> {
    const noted = new Map(this.#unwritten);
    await update(sql, noted);
    for (const [portal, at] of noted) if (this.#unwritten.get(portal) === at) this.#unwritten.delete(portal);
  }

  #forgetOld(now: number): void {
    for (const [portal, at] of this.#written) {
      if (now - at < writeEveryMs) break;
      this.#written.delete(portal);
    }
  }
}

async function update(sql: Sql, times: ReadonlyMap<PortalId, number>): Promise<void> {
  for (const part of parts([...times])) {
    await sql.run(
      `update portals set last_active = active.column2
       from (values ${typedPlaceholders(part.length, ['text', 'bigint'])}) as active
       where portals.id = active.column1`,
      part.flat(),
    );
  }
}
