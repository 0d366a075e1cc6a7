import type { MatrixUserId } from '../core/ids.ts';
import type { RequestLoad } from '../core/request.ts';
import type { Database } from './database.ts';
import { integer } from './rows.ts';

/** What waits of requests, for a user or for all. */
export async function requestLoad(
  database: Pick<Database, 'rows'>,
  user: MatrixUserId | undefined,
): Promise<RequestLoad> {
  const [row] = await database.rows(
    `select count(*) as requests, coalesce(sum(held), 0) as events, coalesce(sum(held_size), 0) as size
     from requests where state = 'open'${user === undefined ? '' : ' and user_id = ?'}`,
    user === undefined ? [] : [user],
  );
  if (row === undefined) return { requests: 0, events: 0, size: 0 };
  return { requests: integer(row, 'requests'), events: integer(row, 'events'), size: integer(row, 'size') };
}
