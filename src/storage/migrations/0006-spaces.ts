import type { Migration } from '../migrations.ts';

/** The spaces of users, one for each network, and who wants none. */
export const spaces: Migration = {
  version: 6,
  name: 'spaces',
  statements: () => [
    `create table spaces (
       user_id text not null,
       network text not null,
       room text,
       primary key (user_id, network)
     )`,
    'create table space_choices (user_id text primary key, wanted integer not null)',
  ],
};
