import type { Migration } from '../migrations.ts';

/** Policy lists that are subscribed to, what they say, and what is exempted from them. */
export const policyLists: Migration = {
  version: 16,
  name: 'policy-lists',
  statements: (dialect) => {
    const clustered = dialect === 'sqlite' ? ' without rowid' : '';
    return [
      `create table policy_lists (
         room text primary key,
         name text not null,
         networks text not null,
         author text not null,
         since bigint not null,
         read_at bigint,
         trouble text,
         told text
       )`,
      `create table policy_rules (
         room text not null,
         kind text not null,
         key_indexed text not null,
         state_key text not null,
         entity text not null,
         hashed integer not null,
         reason text,
         sender text not null,
         at bigint not null,
         primary key (room, kind, key_indexed)
       )${clustered}`,
      `create table policy_exemptions (
         kind text not null,
         name_key text not null,
         name text not null,
         author text not null,
         at bigint not null,
         reason text,
         primary key (kind, name_key)
       )${clustered}`,
    ];
  },
};
