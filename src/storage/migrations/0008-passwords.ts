import type { Migration } from '../migrations.ts';

/** What a user enters a group with, encrypted. */
export const passwords: Migration = {
  version: 8,
  name: 'passwords',
  statements: (dialect) => [
    `alter table group_members add column password ${dialect === 'postgres' ? 'bytea' : 'blob'}`,
  ],
};
