import type { Migration } from '../migrations.ts';

/**
 * What is on the lists of blocked people that linked accounts have on their platforms, by agreement with the bridge
 * (`block_mark` tells a block from the same made anew); and whose lists cannot be followed, once they were told. What was noted of
 * an account that has been linked anew since (`linked_at`) does not count.
 */
export const loginLists: Migration = {
  version: 15,
  name: 'login-lists',
  statements: (dialect) => {
    const clustered = dialect === 'sqlite' ? ' without rowid' : '';
    return [
      `create table listed_names (
         network text not null,
         remote_key text not null,
         kind text not null,
         name_key text not null,
         name text not null,
         user_id text not null,
         linked_at bigint not null,
         block_mark text not null,
         primary key (network, remote_key, kind, name_key)
       )${clustered}`,
      `create table unfollowed_lists (
         network text not null,
         remote_key text not null,
         user_id text not null,
         linked_at bigint not null,
         why text not null,
         primary key (network, remote_key)
       )${clustered}`,
    ];
  },
};
