import type { Migration } from '../migrations.ts';

/**
 * Rules that are set while the bridge runs, in the order of `position`, and every change of them. An author is a user, `api`
 * or `erased`; the column has another name than `user_id` so that a rule does not go with who set it.
 */
export const rules: Migration = {
  version: 11,
  name: 'rules',
  statements: () => [
    `create table rules (
       id text primary key,
       position bigint not null,
       rule text not null,
       author text not null,
       set_at bigint not null
     )`,
    'create index rules_order on rules (position)',
    `create table rule_changes (
       seq bigint primary key,
       changed_at bigint not null,
       author text not null,
       id text not null,
       before text,
       after text
     )`,
    'create index rule_changes_of on rule_changes (id, seq)',
  ],
};
