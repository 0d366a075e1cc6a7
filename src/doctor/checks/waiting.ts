import { database } from './database.ts';
import { ok, told, warn, type Check } from '../check.ts';

/** Whether encrypted messages wait for keys that did not come. */
export const waiting: Check = {
  name: told('doctor.check.waiting'),
  needs: [database],
  run: async (context) => {
    const state = await context.database.look();
    const count = state.kind === 'open' ? (state.waitingForKey ?? 0) : 0;
    return count === 0 ? ok('doctor.waiting.none') : warn('doctor.waiting.some', { count });
  },
};
