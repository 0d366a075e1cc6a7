import type { Door } from './door.ts';
import { ignoredByUser, type Ignores } from './puppet.ts';

/** Shuts out whom the user ignores on Matrix; a first contact asks for the newest list. */
export function ignoredDoor(ignores: Ignores): Door {
  return {
    admit: async ({ direction, user, remote, network, first, what }) => {
      if (direction !== 'to-matrix' || user === undefined || remote === undefined) return { kind: 'pass' };
      const ignored = await ignores(user, network, remote, first || what === 'invitation');
      if (typeof ignored !== 'boolean') return ignored;
      return ignored ? { kind: 'blocked', rule: ignoredByUser, told: 'nobody' } : { kind: 'pass' };
    },
  };
}
