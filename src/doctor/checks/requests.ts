import { database } from './database.ts';
import { ok, told, warn, type Check } from '../check.ts';

/** Where less than this is left of what may wait of strangers, it is told of. */
const nearlyFull = 0.9;

/** Whether what waits of strangers is near the bounds: beyond them what they send is dropped. */
export const requests: Check = {
  name: told('doctor.check.requests'),
  needs: [database],
  run: async (context) => {
    const state = await context.database.look();
    const { count = 0, fill = 0 } = state.kind === 'open' ? (state.requests ?? {}) : {};
    if (fill >= nearlyFull)
      return warn('doctor.requests.full', { count, percent: String(Math.round(fill * 100)) });
    return count === 0 ? ok('doctor.requests.none') : ok('doctor.requests.some', { count });
  },
};
