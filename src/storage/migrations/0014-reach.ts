import type { Migration } from '../migrations.ts';

/** On which networks users want to be reached, and who of them wants to be strict about it; declared regions; spaces by network. */
export const reach: Migration = {
  version: 14,
  name: 'reach',
  statements: () => [
    `create table opt_ins (
       user_id text not null,
       network text not null,
       state text not null,
       since bigint not null,
       primary key (user_id, network)
     )`,
    `create index opt_ins_disabling on opt_ins (user_id) where state = 'disabling'`,
    'create table strict_choices (user_id text primary key, strict text not null, since bigint not null)',
    `create table network_space_choices (
       user_id text not null,
       network text not null,
       wanted integer not null,
       primary key (user_id, network)
     )`,
    'create table user_regions (user_id text primary key, region text not null, since bigint not null)',
  ],
};
