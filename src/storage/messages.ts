import type { Party, Ref, Target } from '../core/event.ts';
import {
  type MatrixEventId,
  matrixEventId,
  type PortalId,
  type RemoteMessageId,
  remoteMessageId,
} from '../core/ids.ts';
import type { MessageStore, NewMessage, ReactionState, Settlement } from '../core/stores.ts';
import type { CoherentCache } from './coherent-cache.ts';
import type { Database, Sql, Value } from './database.ts';
import { insertExpiringEdits } from './expiries.ts';
import { nameOf, partyOf, refsOf, targetOf } from './parties.ts';
import { text } from './rows.ts';
import { parts, placeholders, sized } from './sql-values.ts';
import { indexed } from './stored-text.ts';

/** Messages by their names, as `SqlMessageStore` looks them up. */
export type MessageCache = CoherentCache<Target | undefined>;

/** The messages and reactions, on SQLite and PostgreSQL. They are written with the settlement of an event. */
export class SqlMessageStore implements MessageStore {
  readonly #database: Database;
  readonly #cache: MessageCache;

  constructor(database: Database, cache: MessageCache) {
    this.#database = database;
    this.#cache = cache;
  }

  find(portal: PortalId, ref: Ref): Promise<Target | undefined> {
    return this.#cache.get(cacheKey(portal, ref), async () => {
      const [row] = await this.#database.rows(
        `select author_side, author, event_ids, message_ids from messages
         where id = (select message from message_names where portal = ? and side = ? and name = ?)`,
        [portal, ...nameOf(ref)],
      );
      return row === undefined ? undefined : targetOf(row);
    });
  }

  async reactions(
    portal: PortalId,
    message: RemoteMessageId,
    author: Party,
  ): Promise<ReadonlyMap<string, MatrixEventId>> {
    const rows = await this.#database.rows(
      `select emoji, event_id from reactions
       where portal = ? and message_key = ? and author_side = ? and author = ?`,
      [portal, indexed(message), author.in, author.userId],
    );
    return new Map(rows.map((row) => [text(row, 'emoji'), matrixEventId(text(row, 'event_id'))]));
  }

  async reactionByEvent(
    portal: PortalId,
    eventId: MatrixEventId,
  ): Promise<
    { readonly message: RemoteMessageId; readonly author: Party; readonly emoji: string } | undefined
  > {
    const [row] = await this.#database.rows(
      'select message, author_side, author, emoji from reactions where portal = ? and event_id = ?',
      [portal, eventId],
    );
    if (row === undefined) return undefined;
    return {
      message: remoteMessageId(text(row, 'message')),
      author: partyOf(row),
      emoji: text(row, 'emoji'),
    };
  }
}

/** The cached look-ups that a settlement may change. */
export function touchedBy(settlement: Settlement): readonly string[] {
  const { message, alias } = settlement;
  return [
    ...(message === undefined ? [] : refsOf(message.target).map((ref) => cacheKey(message.portal, ref))),
    ...(alias === undefined ? [] : alias.names.map((ref) => cacheKey(alias.portal, ref))),
  ];
}

const insertMessageRows = sized(
  (rows) =>
    `insert into messages (id, portal, author_side, author, event_ids, message_ids)
     values ${placeholders(rows, 6)} on conflict (id) do nothing`,
);
const insertNameRows = sized(
  (rows) =>
    `insert into message_names (portal, side, name, message) values ${placeholders(rows, 4)}
     on conflict (portal, side, name) do nothing`,
);

/** Records messages with their names; a name that is taken in its portal keeps what it means. */
export async function insertMessages(
  sql: Sql,
  messages: readonly (NewMessage & { readonly id: number })[],
): Promise<void> {
  for (const part of parts(messages)) {
    await sql.run(
      insertMessageRows(part.length),
      part.flatMap(({ id, portal, target }) => [
        id,
        portal,
        target.author.in,
        target.author.userId,
        JSON.stringify(target.eventIds),
        JSON.stringify(target.messageIds),
      ]),
    );
  }
  const names = messages.flatMap(({ id, portal, target }) =>
    refsOf(target).map((ref): readonly Value[] => [portal, ...nameOf(ref), id]),
  );
  await insertNames(sql, names);
}

/** Gives a known message further names; one that is not known gets none. */
export async function addAlias(sql: Sql, alias: NonNullable<Settlement['alias']>): Promise<void> {
  const [row] = await sql.rows(
    'select message from message_names where portal = ? and side = ? and name = ?',
    [alias.portal, ...nameOf(alias.of)],
  );
  if (row === undefined) return;
  const id = Number(row['message']);
  const events = alias.names.flatMap((name) => (name.in === 'matrix' ? [name.eventId] : []));
  await insertExpiringEdits(sql, id, alias.portal, events);
  await insertNames(
    sql,
    alias.names.map((ref) => [alias.portal, ...nameOf(ref), id]),
  );
}

export async function replaceReactions(sql: Sql, state: ReactionState): Promise<void> {
  const { portal, message, author, emojis } = state;
  await sql.run(
    'delete from reactions where portal = ? and message_key = ? and author_side = ? and author = ?',
    [portal, indexed(message), author.in, author.userId],
  );
  for (const part of parts([...emojis])) {
    await sql.run(
      `insert into reactions (portal, message_key, message, author_side, author, emoji, event_id)
       values ${placeholders(part.length, 7)}`,
      part.flatMap(([emoji, eventId]) => [
        portal,
        indexed(message),
        message,
        author.in,
        author.userId,
        emoji,
        eventId,
      ]),
    );
  }
}

/** Forgets up to `limit` messages of a portal, and all of its reactions; answers how many messages. */
export async function forgetMessages(sql: Sql, portal: PortalId, limit: number): Promise<number> {
  await sql.run('delete from reactions where portal = ?', [portal]);
  await sql.run(
    `delete from message_names where portal = ? and message in (
       select id from messages where portal = ? order by id limit ?)`,
    [portal, portal, limit],
  );
  return sql.run(
    'delete from messages where id in (select id from messages where portal = ? order by id limit ?)',
    [portal, limit],
  );
}

async function insertNames(sql: Sql, names: readonly (readonly Value[])[]): Promise<void> {
  for (const part of parts(names)) {
    await sql.run(insertNameRows(part.length), part.flat());
  }
}

function cacheKey(portal: PortalId, ref: Ref): string {
  const [side, name] = nameOf(ref);
  return `${side} ${portal} ${name}`;
}
