import type { UserOptions } from '../../examples/partner-app/user.ts';

/** Times for tests: a connection that was lost is soon made again. */
export const fast: UserOptions = { times: { again: [50, 200] } };
