import { BotAbsences, type AbsenceNews, type BotAbsencesDeps } from './core/bot-absence.ts';
import type { MatrixUserId } from './core/ids.ts';
import type { GroupPortal } from './core/portal.ts';
import type { Line } from './core/report.ts';
import type { UserStore } from './core/stores.ts';
import type { RunningHomeserver } from './matrix/homeserver.ts';
import { render, text, type Language, type Rendered } from './texts/catalogue.ts';

export interface AbsenceParts extends Omit<BotAbsencesDeps, 'rooms' | 'entered' | 'reporter' | 'line'> {
  readonly matrix: Pick<RunningHomeserver, 'groupRooms' | 'rooms' | 'reporter' | 'bot'>;
  readonly users: Pick<UserStore, 'get'>;
  /** The bot is in the room again: what it could not change there meanwhile is due. */
  readonly back: (portal: GroupPortal) => void;
}

/** Connects what is done when the bot is put out of rooms with what it works on. */
export function botAbsences({ matrix, users, back, ...deps }: AbsenceParts): BotAbsences {
  return new BotAbsences({
    ...deps,
    ...{ rooms: matrix.groupRooms, reporter: matrix.reporter },
    entered: (portal) => {
      matrix.rooms.followed(portal);
      if (portal.kind === 'group') back(portal);
    },
    line: async (user, portal, news): Promise<Line> => {
      const language = (await users.get(user))?.language ?? 'en';
      return sentence(language, portal, news, matrix.bot);
    },
  });
}

function sentence(
  language: Language,
  { key: { chat: address } }: GroupPortal,
  news: AbsenceNews,
  bot: MatrixUserId,
): Rendered {
  switch (news.kind) {
    case 'removed': {
      const by = news.by ?? text(language, 'bot-out.somebody');
      return render(language, 'bot-out.removed', { by, bot, address, hours: news.hours });
    }
    case 'back':
      return render(language, 'bot-out.back', { address });
    case 'closed':
      return render(language, 'bot-out.closed', { address });
  }
}
