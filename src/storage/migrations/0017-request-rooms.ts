import type { Migration } from '../migrations.ts';

/** The rooms that stand for message requests, the spaces that hold them, and what is looked up in floods. */
export const requestRooms: Migration = {
  version: 17,
  name: 'request rooms',
  statements: () => [
    `create table request_rooms (
       request bigint not null,
       since bigint not null,
       user_id text not null,
       room text,
       line_event text,
       line_held integer not null,
       line_dropped integer not null,
       line_edited_at bigint not null,
       primary key (request, since)
     )`,
    'create index request_rooms_user on request_rooms (user_id)',
    'create index request_rooms_room on request_rooms (room) where room is not null',
    `create index requests_lined on requests (id) where state = 'open' and notice_event is not null`,
    `create index events_over_limit on events (seq) where reason = 'request-limit'`,
    'create table request_spaces (user_id text primary key, room text)',
  ],
};
