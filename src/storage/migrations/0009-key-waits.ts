import type { Migration } from '../migrations.ts';

/** Encrypted events that wait for the key of a session; their lane names the room. */
export const keyWaits: Migration = {
  version: 9,
  name: 'key-waits',
  statements: () => [
    'alter table events add column waits_for_key text',
    `create index events_waiting on events (lane, waits_for_key) where state = 'waiting-for-key'`,
    `create index events_waiting_all on events (seq) where state = 'waiting-for-key'`,
  ],
};
