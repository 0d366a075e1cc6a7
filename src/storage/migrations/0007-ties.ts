import type { Migration } from '../migrations.ts';

/**
 * Rooms that people have already and that are bridged with a group by agreement: what was asked for and is not agreed
 * yet, and who asked for what is. A portal says whether its room is such a room.
 */
export const ties: Migration = {
  version: 7,
  name: 'ties',
  statements: () => [
    'alter table portals add column borrowed integer not null default 0',
    `create table ties (
       id text primary key,
       user_id text not null,
       network text not null,
       chat text not null,
       chat_key text not null,
       room text not null,
       state text not null,
       code text not null,
       expires_at bigint not null
     )`,
    'create index ties_user on ties (user_id)',
    `create unique index ties_chat on ties (network, chat_key) where state in ('wanted', 'asked', 'agreed')`,
    `create unique index ties_room on ties (room) where state in ('wanted', 'asked', 'agreed')`,
  ],
};
