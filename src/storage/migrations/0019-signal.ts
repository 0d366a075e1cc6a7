import type { Migration } from '../migrations.ts';

/** Keys and sessions of Signal's protocol, and the messages that wait beside them. */
export const signal: Migration = {
  version: 19,
  name: 'signal',
  statements: (dialect) => [
    `create table signal_records (
       user_id text not null,
       network text not null,
       kind text not null,
       peer text not null,
       name text not null,
       value ${dialect === 'sqlite' ? 'blob' : 'bytea'} not null,
       at bigint not null,
       primary key (user_id, network, kind, peer, name)
     )`,
    `create index signal_records_by_age on signal_records (kind, at)`,
  ],
};
