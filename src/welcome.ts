import type { Reporter } from './core/homeserver.ts';
import type { UserStore } from './core/stores.ts';
import { render } from './texts/catalogue.ts';

/** Greets in a management room that was accepted, once. */
export function withWelcome(reporter: Reporter, users: Pick<UserStore, 'get'>): Reporter {
  return {
    decline: (room) => reporter.decline(room),
    status: (portal, eventId, status) => reporter.status(portal, eventId, status),
    notice: (user, id, line) => reporter.notice(user, id, line),
    accept: async (user, room, direct) => {
      const failed = await reporter.accept(user, room, direct);
      if (failed !== undefined) return failed;
      const language = (await users.get(user))?.language ?? 'en';
      return reporter.notice(user, `welcome/${room}`, render(language, 'welcome.management'));
    },
  };
}
