import type { Migration } from '../migrations.ts';

/** Message requests, and the events that are held of them. */
export const requests: Migration = {
  version: 13,
  name: 'requests',
  statements: (dialect) => [
    `create table requests (
       id ${dialect === 'sqlite' ? 'integer primary key autoincrement' : 'bigserial primary key'},
       key_text text not null,
       network text not null,
       user_id text not null,
       remote text not null,
       remote_key text not null,
       chat text not null,
       kind text not null,
       server text not null,
       state text not null,
       number integer not null,
       since bigint not null,
       ended_at bigint,
       held integer not null,
       held_size bigint not null,
       dropped integer not null,
       name text,
       verified integer not null,
       notice_room text,
       notice_event text,
       notice_at bigint,
       notice_edited_at bigint,
       grouped integer not null,
       dirty integer not null
     )`,
    'create unique index requests_key on requests (key_text)',
    'create index requests_user on requests (user_id, number)',
    'create index requests_remote on requests (remote_key)',
    `create index requests_open on requests (since) where state = 'open'`,
    `create index requests_open_user on requests (user_id) where state = 'open'`,
    `create index requests_open_server on requests (server) where state = 'open'`,
    `create index requests_expired on requests (ended_at) where state = 'expired'`,
    'create index requests_dirty on requests (id) where dirty = 1',
    `create table request_crowds (
       user_id text primary key,
       last_number integer not null,
       notice_room text,
       notice_event text,
       notice_at bigint,
       notice_edited_at bigint,
       dirty integer not null
     )`,
    'alter table events add column request bigint',
    `create index events_held on events (request, seq) where state = 'held'`,
  ],
};
