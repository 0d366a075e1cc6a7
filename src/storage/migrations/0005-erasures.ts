import type { Migration } from '../migrations.ts';

/** The users of whom everything is to be erased: recorded first, so that a crash in between is made up for. */
export const erasures: Migration = {
  version: 5,
  name: 'erasures',
  statements: () => [
    `create table erasures (
       user_id text primary key,
       asked_at bigint not null,
       told integer not null
     )`,
  ],
};
