import type { Migration } from '../migrations.ts';

/** What the two databases call differently. */
interface Types {
  readonly bytes: string;
  readonly serial: string;
  /** SQLite can lay a table out by its primary key. */
  readonly clustered: string;
}
const sqlite: Types = {
  bytes: 'blob',
  serial: 'integer primary key autoincrement',
  clustered: ' without rowid',
};
const postgres: Types = { bytes: 'bytea', serial: 'bigserial primary key', clustered: '' };

/** Everything that the spine keeps. */
export const spine: Migration = {
  version: 1,
  name: 'spine',
  statements: (dialect) => {
    const types = dialect === 'sqlite' ? sqlite : postgres;
    return [...events(types), ...messages(types), ...portals(), ...people(types)];
  },
};

function events(types: Types): readonly string[] {
  return [
    `create table cipher_keys (key_id text primary key, sealed ${types.bytes} not null)`,

    `create table events (
         seq ${types.serial},
         source text not null,
         outer_key text not null,
         long_outer_id text,
         lane text not null,
         state text not null,
         reason text,
         attempts integer not null,
         received_at bigint not null,
         ended_at bigint,
         report integer not null,
         portal text,
         payload ${types.bytes}
       )`,
    'create unique index events_identity on events (outer_key, source)',
    'create index events_pending on events (lane, seq) where ended_at is null',
    'create index events_ended on events (ended_at) where ended_at is not null',
    'create index events_erasable on events (ended_at) where payload is not null and report = 0',
    'create index events_due on events (seq) where report = 1',
  ];
}

function messages(types: Types): readonly string[] {
  return [
    `create table messages (
         id bigint primary key,
         portal text not null,
         author_side text not null,
         author text not null,
         event_ids text not null,
         message_ids text not null
       )`,
    'create index messages_portal on messages (portal)',
    `create table message_names (
         portal text not null,
         side text not null,
         name text not null,
         message bigint not null,
         primary key (portal, side, name)
       )${types.clustered}`,
    `create table reactions (
         portal text not null,
         message_key text not null,
         message text not null,
         author_side text not null,
         author text not null,
         emoji text not null,
         event_id text not null
       )`,
    'create index reactions_message on reactions (portal, message_key)',
    'create index reactions_event on reactions (portal, event_id)',
  ];
}

function portals(): readonly string[] {
  return [
    `create table portals (
         id text primary key,
         key_text text not null,
         network text not null,
         chat text not null,
         receiver text not null,
         remote text not null,
         room text,
         last_active bigint not null
       )`,
    'create unique index portals_key on portals (key_text)',
    'create unique index portals_room on portals (room)',
    'create index portals_receiver on portals (receiver)',
    'create index portals_active on portals (last_active, id) where room is not null',
  ];
}

function people(types: Types): readonly string[] {
  return [
    `create table ghosts (
         user_id text primary key,
         network text not null,
         remote text not null,
         name text
       )${types.clustered}`,
    `create table users (
         user_id text primary key,
         management_room text,
         language text
       )${types.clustered}`,
    'create index users_management_room on users (management_room)',
    `create table logins (
         network text not null,
         remote text not null,
         user_id text not null,
         linked_at bigint not null,
         primary key (network, remote)
       )${types.clustered}`,
    'create index logins_user on logins (user_id)',
    `create table pending_logins (
         user_id text not null,
         network text not null,
         state ${types.bytes} not null,
         expires_at bigint not null,
         wrong_answers integer not null,
         primary key (user_id, network)
       )${types.clustered}`,
  ];
}
