import type { Reporter } from '../../src/core/homeserver.ts';

/** What people were told, and what became of rooms that the bot was invited to. */
export interface Told {
  readonly declined: string[];
  readonly accepted: string[];
  readonly statuses: { readonly eventId: string; readonly kind: string }[];
  readonly notices: string[];
  readonly noticeIds: string[];
  /** To whom each notice went. */
  readonly told: string[];
}

/** Writes down what is told. */
export function fakeReporter(seen: Told): Reporter {
  return {
    decline: async (room) => {
      seen.declined.push(room);
      return undefined;
    },
    accept: async (_user, room) => {
      seen.accepted.push(room);
      return undefined;
    },
    status: async (_portal, eventId, status) => {
      const kind = status.kind === 'outcome' ? status.outcome.kind : status.kind;
      seen.statuses.push({ eventId, kind });
      return undefined;
    },
    notice: async (user, id, text) => {
      seen.noticeIds.push(id);
      seen.notices.push(text.plain);
      seen.told.push(user);
      return undefined;
    },
  };
}
