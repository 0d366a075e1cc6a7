/** How events end: their outcome and everything that ends with it, in bulk where many end together. */
import type { Settlement } from '../core/stores.ts';
import type { Activity } from './activity.ts';
import type { Sql } from './database.ts';
import { reasonOf } from './event-row.ts';
import { insertExpiries } from './expiries.ts';
import { addAlias, insertMessages, replaceReactions } from './messages.ts';
import { integer } from './rows.ts';
import { sized, typedPlaceholders } from './sql-values.ts';

const columns = ['bigint', 'text', 'text', 'integer', 'bigint', 'integer', 'text'];

const endEvents = sized(
  (rows) =>
    `update events set state = ending.column2, reason = ending.column3, attempts = ending.column4,
       ended_at = ending.column5, report = ending.column6, portal = ending.column7
     from (values ${typedPlaceholders(rows, columns)}) as ending
     where events.seq = ending.column1 and events.ended_at is null
     returning seq`,
);

/**
 * Ends each event that has not ended yet, in order; a settlement of one that has is passed over whole. An event ends
 * once even where two settlements of it stand in one batch: the first counts.
 */
export async function settleAll(
  sql: Sql,
  settlements: readonly Settlement[],
  activity: Activity,
): Promise<readonly undefined[]> {
  let plain: Settlement[] = [];
  for (const settlement of settlements) {
    plain.push(settlement);
    if (settlement.alias === undefined && settlement.reactions === undefined) continue;
    await settlePlain(sql, plain.slice(0, -1));
    const ended = await settlePlain(sql, [settlement]);
    plain = [];
    if (!ended.has(settlement.seq)) continue;
    if (settlement.alias !== undefined) await addAlias(sql, settlement.alias);
    if (settlement.reactions !== undefined) await replaceReactions(sql, settlement.reactions);
  }
  await settlePlain(sql, plain);
  await activity.write(
    sql,
    settlements.flatMap(({ portal }) => portal ?? []),
  );
  return settlements.map(() => undefined);
}

async function settlePlain(sql: Sql, settlements: readonly Settlement[]): Promise<ReadonlySet<number>> {
  if (settlements.length === 0) return new Set();
  const first = new Map<number, Settlement>();
  for (const settlement of settlements) {
    if (!first.has(settlement.seq)) first.set(settlement.seq, settlement);
  }
  const now = Date.now();
  const rows = await sql.rows(
    endEvents(first.size),
    [...first.values()].flatMap(({ seq, outcome, attempts, report, portal }) => [
      seq,
      outcome.kind,
      reasonOf(outcome),
      attempts,
      now,
      report ? 1 : 0,
      portal ?? null,
    ]),
  );
  const ended = new Set(rows.map((row) => integer(row, 'seq')));
  const expiring = [...first.values()].filter(({ seq, expiry }) => expiry !== undefined && ended.has(seq));
  await insertExpiries(sql, expiring, now);
  await insertMessages(
    sql,
    [...first.values()].flatMap(({ seq, message }) =>
      message !== undefined && ended.has(seq) ? [{ id: seq, ...message }] : [],
    ),
  );
  return ended;
}
