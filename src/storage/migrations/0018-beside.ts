import type { Migration } from '../migrations.ts';

/** Messages that are to be gone after a while, and the encryption identities of people. */
export const beside: Migration = {
  version: 18,
  name: 'beside',
  statements: () => [
    `create table expiries (
       message bigint primary key,
       portal text not null,
       due bigint not null,
       after_ms bigint not null,
       unread integer not null
     )`,
    'create index expiries_due on expiries (due)',
    'create index expiries_unread on expiries (portal) where unread = 1',
    `create table expiring_edits (
       message bigint not null,
       portal text not null,
       event_id text not null,
       primary key (message, event_id)
     )`,
    `create table identities (
       user_id text not null,
       network text not null,
       remote_key text not null,
       remote text not null,
       identity text not null,
       previous text,
       state text not null,
       since bigint not null,
       primary key (user_id, network, remote_key)
     )`,
    `create index identities_changed on identities (user_id, since) where state = 'changed'`,
  ],
};
