import type { Migration } from '../migrations.ts';

/**
 * What networks keep of their own. A `seq` is never given twice. The unique index begins with the owner, so that it also
 * finds all that is a user's.
 */
export const networkRecords: Migration = {
  version: 20,
  name: 'network-records',
  statements: (dialect) => {
    const [serial, bytes, bytewise] =
      dialect === 'sqlite'
        ? ['integer primary key autoincrement', 'blob', '']
        : ['bigserial primary key', 'bytea', 'collate "C"'];
    return [
      `create table network_records (
         seq ${serial},
         network text not null,
         collection text not null,
         owner text ${bytewise} not null,
         name text not null,
         at bigint not null,
         value ${bytes} not null
       )`,
      'create unique index network_records_by_name on network_records (owner, network, collection, name)',
      'create index network_records_by_seq on network_records (network, collection, owner, seq)',
      'create index network_records_by_age on network_records (network, collection, at)',
    ];
  },
};
