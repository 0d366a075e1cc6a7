import type { Migration } from '../migrations.ts';

/** Double puppeting: what users chose, and their access tokens, encrypted. */
export const puppets: Migration = {
  version: 4,
  name: 'puppets',
  statements: (dialect) => [
    `create table puppets (
       user_id text primary key,
       choice text not null,
       token ${dialect === 'sqlite' ? 'blob' : 'bytea'},
       told integer not null,
       copies integer not null,
       since bigint not null
     )`,
  ],
};
