/** The one file in which the app keeps everything: keys, sessions, what was said, what is still to be sent. */
import { closeSync, openSync } from 'node:fs';
import Sqlite from 'better-sqlite3';

export type Database = Sqlite.Database;

const tables = `
create table if not exists signing_keys (
  kid text primary key, private_key text not null, signs_from integer not null
);
create table if not exists users (
  identifier text primary key, name text not null, static_key blob not null, login text
);
create table if not exists signal_records (
  user text not null, kind text not null, peer text not null, name text not null,
  value text not null, at integer not null,
  primary key (user, kind, peer, name)
);
create table if not exists people (
  user text not null, address text not null, found_by text, name text, primary key (user, address)
);
create table if not exists timeline (
  seq integer primary key autoincrement, user text not null, chat text not null, kind text not null,
  id text not null, value text not null, at integer not null,
  unique (user, chat, kind, id)
);
create table if not exists outbox (
  seq integer primary key autoincrement, user text not null, chat text not null, kind text not null,
  id text not null, value blob not null
);
create index if not exists outbox_chats on outbox (user, chat, seq);`;

/**
 * Opens the file, for this account alone. What a transaction wrote is on the disk when it returns, so that the process
 * may be killed at any moment.
 */
export function openDatabase(file: string): Database {
  closeSync(openSync(file, 'a', 0o600));
  const database = new Sqlite(file);
  database.pragma('journal_mode = wal');
  database.pragma('synchronous = full');
  database.pragma('secure_delete = on');
  database.exec(tables);
  return database;
}
