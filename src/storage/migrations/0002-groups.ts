import type { Migration } from '../migrations.ts';

/** Who is in groups, and short notes on portals: how far an archive was read, what the room was told of the bridge. */
export const groups: Migration = {
  version: 2,
  name: 'groups',
  statements: (dialect) => {
    const clustered = dialect === 'sqlite' ? ' without rowid' : '';
    return [
      `create table group_members (
         portal text not null,
         user_id text not null,
         nick text not null,
         state text not null,
         role text not null,
         primary key (portal, user_id)
       )${clustered}`,
      'create index group_members_user on group_members (user_id)',
      `create table group_people (
         portal text not null,
         remote_key text not null,
         remote text not null,
         state text not null,
         role text not null,
         likeness text not null,
         since bigint not null,
         primary key (portal, remote_key)
       )${clustered}`,
      'create index group_people_state on group_people (portal, state, since)',
      'create index group_people_likeness on group_people (portal, likeness)',
      `create table portal_marks (
         portal text not null,
         mark text not null,
         value text not null,
         primary key (portal, mark)
       )${clustered}`,
    ];
  },
};
