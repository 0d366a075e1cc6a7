import { database } from './database.ts';
import { ok, told, warn, type Check } from '../check.ts';

/** Whether servers let the bridge follow the lists of blocked people of linked accounts. */
export const accountLists: Check = {
  name: told('doctor.check.account-lists'),
  needs: [database],
  run: async (context) => {
    const state = await context.database.look();
    const unfollowed = state.kind === 'open' ? (state.unfollowed ?? []) : [];
    const count = unfollowed.reduce((sum, network) => sum + network.count, 0);
    if (count === 0) return ok('doctor.account-lists.followed');
    const networks = unfollowed.map(({ network }) => network).join(', ');
    return warn('doctor.account-lists.unfollowed', { count, networks });
  },
};
