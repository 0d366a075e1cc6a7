import type { Reporter } from './core/homeserver.ts';
import type { MatrixUserId, RoomId } from './core/ids.ts';
import type { Failed } from './core/outcome.ts';
import type { UserStore } from './core/stores.ts';
import type { Level } from './permissions.ts';
import { render } from './texts/catalogue.ts';

export interface WelcomeDeps {
  readonly users: Pick<UserStore, 'get'>;
  readonly levelOf: (user: MatrixUserId) => Level;
  readonly decline: (room: RoomId) => Promise<undefined | Failed>;
}

/** Greets in a management room that was accepted, once; who may not use the bridge gets none. */
export function withWelcome(reporter: Reporter, { users, levelOf, decline }: WelcomeDeps): Reporter {
  return {
    status: (portal, eventId, status) => reporter.status(portal, eventId, status),
    notice: (user, id, line) => reporter.notice(user, id, line),
    accept: async (user, room, direct) => {
      if (levelOf(user) === 'none') return decline(room);
      const failed = await reporter.accept(user, room, direct);
      if (failed !== undefined) return failed;
      const language = (await users.get(user))?.language ?? 'en';
      return reporter.notice(user, `welcome/${room}`, render(language, 'welcome.management'));
    },
  };
}
