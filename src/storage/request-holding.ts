/** The transactions that change a request and what is held of it together. */
import { laneId } from '../core/ids.ts';
import {
  isForIdentity,
  serverIn,
  type HeldEvent,
  type Holding,
  type MessageRequest,
  type RequestEnd,
  type RequestKey,
  type RequestLimits,
  type TakenUp,
} from '../core/request.ts';
import type { Sql } from './database.ts';
import { remoteKeyText, requestKeyText, requestOf } from './request-row.ts';
import { integer, text } from './rows.ts';
import { indexed, storable } from './stored-text.ts';

/** What events that came beyond the bounds ended by. */
const overLimit = 'request-limit';
/** How many of those have a record, so that it can be told what became of them: a flood leaves no more. */
const mostRecorded = 1_000;

export async function findRequest(
  sql: Pick<Sql, 'rows'>,
  key: RequestKey,
): Promise<MessageRequest | undefined> {
  const [row] = await sql.rows('select * from requests where key_text = ?', [requestKeyText(key)]);
  return row === undefined ? undefined : requestOf(row);
}

/** Takes a pending event out of its lane, or ends it where it may not wait. */
export async function holdEvent(
  sql: Sql,
  event: HeldEvent,
  limits: RequestLimits,
  at: number,
): Promise<Holding> {
  const known = await findRequest(sql, event.key);
  // An identity that was confirmed, or whose messages were declined, can change again.
  const again = known !== undefined && isForIdentity(event.key);
  if (known?.state === 'accepted' && !again) return { kind: 'accepted' };
  // Whom the user has blocked an earlier door shuts out, as long as that lasts.
  if ((known?.state === 'declined' || known?.state === 'blocked') && !again)
    return drop(sql, event, known.state, at);
  if (await isFull(sql, event, known, limits)) {
    if (known !== undefined)
      await sql.run('update requests set dropped = dropped + 1, dirty = 1 where id = ?', [known.id]);
    const dropped = await drop(sql, event, overLimit, at);
    await forgetOldest(sql);
    return dropped;
  }
  const request = known?.state === 'open' ? known : await open(sql, event.key, event.server, at, known);
  const taken = await sql.run(
    `update events set state = 'held', request = ?, attempts = ?
     where seq = ? and ended_at is null and state = 'pending'`,
    [request.id, event.attempts, event.seq],
  );
  // None where an earlier try of this was written after all.
  if (taken === 1)
    await sql.run('update requests set held = held + 1, held_size = held_size + ?, dirty = 1 where id = ?', [
      event.size,
      request.id,
    ]);
  return { kind: 'held' };
}

async function drop(sql: Sql, { seq, attempts }: HeldEvent, rule: string, at: number): Promise<Holding> {
  await sql.run(
    `update events set state = 'blocked', reason = ?, attempts = ?, ended_at = ?, report = 0, payload = null
     where seq = ? and ended_at is null`,
    [rule, attempts, at, seq],
  );
  return { kind: 'dropped', rule };
}

/** Forgets the oldest of those that came beyond the bounds. */
async function forgetOldest(sql: Sql): Promise<void> {
  // Written out, so that the index is used.
  const over = `select seq from events where reason = 'request-limit' order by seq desc`;
  await sql.run(
    `delete from events where reason = 'request-limit' and seq < (${over} limit 1 offset ${mostRecorded - 1})`,
    [],
  );
}

/** Whether one bound or another is reached. */
async function isFull(
  sql: Sql,
  { key, server, size }: HeldEvent,
  known: MessageRequest | undefined,
  limits: RequestLimits,
): Promise<boolean> {
  if (known?.state === 'open' && known.held >= limits.perRequest) return true;
  const sums = async (where: string, values: readonly string[]): Promise<readonly [number, number]> => {
    const [row] = await sql.rows(
      `select coalesce(sum(held), 0) as held, coalesce(sum(held_size), 0) as size
       from requests where state = 'open'${where}`,
      values,
    );
    return row === undefined ? [0, 0] : [integer(row, 'held'), integer(row, 'size')];
  };
  const [all, allSize] = await sums('', []);
  if (all >= limits.overall || allSize + size > limits.size) return true;
  if ((await sums(' and user_id = ?', [key.user]))[0] >= limits.perUser) return true;
  return server !== '' && (await sums(' and server = ?', [indexed(server)]))[0] >= limits.perServer;
}

/** Opens a request: a new one, or one that had ended, which is told of anew. */
async function open(
  sql: Sql,
  key: RequestKey,
  server: string,
  at: number,
  ended: MessageRequest | undefined,
): Promise<MessageRequest> {
  if (ended === undefined) return insert(sql, key, { server, at, state: 'open' });
  const [row] = await sql.rows(
    `update requests set state = 'open', since = ?, ended_at = null, held = 0, held_size = 0, dropped = 0,
       notice_room = null, notice_event = null, notice_at = null, notice_edited_at = null, grouped = 0, dirty = 1
     where id = ? returning *`,
    [at, ended.id],
  );
  if (row === undefined) throw new Error('a request is gone within a transaction');
  return requestOf(row);
}

async function insert(
  sql: Sql,
  key: RequestKey,
  {
    server,
    at,
    state,
  }: { readonly server: string; readonly at: number; readonly state: 'open' | 'accepted' },
): Promise<MessageRequest> {
  const { network, user, remote, chat, kind } = key;
  const [row] = await sql.rows(
    `insert into requests (key_text, network, user_id, remote, remote_key, chat, kind, server, state, number, since,
       held, held_size, dropped, verified, grouped, dirty)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, 0, ?) returning *`,
    [
      ...[requestKeyText(key), network, user, storable(remote), remoteKeyText(network, remote)],
      ...[storable(chat), kind, indexed(server), state, await nextNumber(sql, user), at],
      state === 'open' ? 1 : 0,
    ],
  );
  if (row === undefined) throw new Error('a request was not inserted');
  return requestOf(row);
}

/** Numbers are not used again, so that an old line names nobody else. */
async function nextNumber(sql: Sql, user: string): Promise<number> {
  const [row] = await sql.rows(
    `insert into request_crowds (user_id, last_number, dirty) values (?, 1, 0)
     on conflict (user_id) do update set last_number = request_crowds.last_number + 1 returning last_number`,
    [user],
  );
  if (row === undefined) throw new Error('a number was not counted');
  return integer(row, 'last_number');
}

/** Lets a person in. What is held has all its time once more. */
export async function acceptRequest(sql: Sql, key: RequestKey, at: number): Promise<TakenUp> {
  const known = await findRequest(sql, key);
  if (known === undefined) {
    const request = await insert(sql, key, { server: serverIn(key.remote), at, state: 'accepted' });
    return { request, fresh: true, lane: undefined };
  }
  if (known.state === 'accepted') return { request: known, fresh: false, lane: undefined };
  // All of one request stand in the lane of its chat.
  const [row] = await sql.rows(
    `update events set state = 'pending', attempts = 0, received_at = ?
     where request = ? and state = 'held' returning lane`,
    [at, known.id],
  );
  await sql.run(
    `update requests set state = 'accepted', ended_at = ?, held = 0, held_size = 0, dirty = 1 where id = ?`,
    [at, known.id],
  );
  return {
    request: { ...known, state: 'accepted', held: 0 },
    fresh: true,
    lane: row === undefined ? undefined : laneId(text(row, 'lane')),
  };
}

/** From which states a request may come to an end. */
const endsFrom: Readonly<Record<RequestEnd, string>> = {
  expired: `('open')`,
  declined: `('open', 'expired')`,
  blocked: `('open', 'expired', 'declined')`,
};

/** Ends a request and what is held of it. */
export async function endRequest(
  sql: Sql,
  id: number,
  state: RequestEnd,
  rule: string,
  at: number,
): Promise<MessageRequest | undefined> {
  const [row] = await sql.rows(`select * from requests where id = ? and state in ${endsFrom[state]}`, [id]);
  if (row === undefined) return undefined;
  await sql.run(
    `update events set state = 'blocked', reason = ?, ended_at = ?, report = 0, payload = null
     where request = ? and state = 'held'`,
    [rule, at, id],
  );
  await sql.run(
    `update requests set state = ?, ended_at = ?, held = 0, held_size = 0, dirty = 1 where id = ?`,
    [state, at, id],
  );
  return { ...requestOf(row), state };
}
