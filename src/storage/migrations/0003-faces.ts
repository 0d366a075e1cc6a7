import type { Migration } from '../migrations.ts';

/** What ghosts look like: the version of the picture that each has, and when it was last compared with the person. */
export const faces: Migration = {
  version: 3,
  name: 'faces',
  statements: () => [
    `create table ghost_faces (
         user_id text primary key,
         avatar text,
         compared_at bigint not null
       )`,
  ],
};
