import type { Migration } from '../migrations.ts';

/**
 * Who is the same person (`person` is an opaque id; names that are alone are not kept), who has blocked whom (no `user_id`:
 * the administrators, for everybody), and what of it is on users' ignore lists on Matrix.
 */
export const blocks: Migration = {
  version: 12,
  name: 'blocks',
  statements: (dialect) => {
    const clustered = dialect === 'sqlite' ? ' without rowid' : '';
    return [
      `create table person_names (
         realm text not null,
         name_key text not null,
         name text not null,
         person text not null,
         primary key (realm, name_key)
       )${clustered}`,
      'create index person_names_person on person_names (person)',
      `create table blocks (
         user_id text not null,
         kind text not null,
         realm text not null,
         name_key text not null,
         name text not null,
         subdomains integer not null,
         author text not null,
         made_at bigint not null,
         reason text,
         primary key (user_id, kind, realm, name_key)
       )${clustered}`,
      'create index blocks_made on blocks (user_id, made_at)',
      `create table ignored_names (
         user_id text not null,
         realm text not null,
         name_key text not null,
         name text not null,
         primary key (user_id, realm, name_key)
       )${clustered}`,
    ];
  },
};
