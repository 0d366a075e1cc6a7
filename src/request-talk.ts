/** What users say and do about requests where the bot tells of them: reactions to its lines, and words in a request's room. */
import { shownRequest } from './commands/requests.ts';
import { replyOf, type Reply } from './commands/reply.ts';
import type { RequestDesk } from './commands/services.ts';
import type { CommandRunner } from './core/command-runner.ts';
import type { Reporter } from './core/homeserver.ts';
import type { MatrixUserId, RoomId } from './core/ids.ts';
import type { Failed } from './core/outcome.ts';
import type { RequestRoomsSide, RequestRoomStore } from './core/request-room.ts';
import type { RequestAnswer, RequestBook } from './core/requests.ts';
import type { Language } from './texts/catalogue.ts';

export interface TalkDeps {
  readonly book: Pick<RequestBook, 'answer' | 'which'>;
  readonly rooms: Pick<RequestRoomStore, 'byRoom'>;
  readonly desk: Pick<RequestDesk, 'show'>;
  readonly side: Pick<RequestRoomsSide, 'say'>;
  readonly reporter: Pick<Reporter, 'notice'>;
  readonly languageOf: (user: MatrixUserId) => Promise<Language>;
}

/** What a user wrote to the bot: the command that it is, and where its answer goes. */
export interface SaidThere {
  readonly text: string;
  readonly say: (id: string, reply: Reply) => Promise<undefined | Failed>;
}

export interface RequestTalk {
  readonly react: NonNullable<CommandRunner['react']>;
  readonly said: (user: MatrixUserId, room: RoomId, text: string) => Promise<SaidThere>;
}

const answers: ReadonlyMap<string, RequestAnswer | 'show'> = new Map<string, RequestAnswer | 'show'>([
  ...([
    ['✅', 'accept'],
    ['❌', 'decline'],
    ['🚫', 'block'],
    ['👁', 'show'],
    ['👀', 'show'],
  ] as const),
]);

export function requestTalk(deps: TalkDeps): RequestTalk {
  const { book, rooms, desk, side, reporter, languageOf } = deps;
  /** Where the room is gone by the time of the answer, the management room has it. */
  const saying =
    (user: MatrixUserId, room: RoomId): SaidThere['say'] =>
    async (id, reply) => {
      const said = await side.say(room, id, reply);
      if (said.kind !== 'failed') return undefined;
      return said.retry.kind === 'later' ? said : reporter.notice(user, id, reply);
    };
  return {
    react: async ({ user, room, line, emoji, cause }) => {
      const how = answers.get(emoji.replaceAll('\ufe0f', ''));
      if (how === undefined) return undefined;
      // In the room of a request everything is about that one.
      const own = await rooms.byRoom(room);
      const which = own?.user === user ? own.number : line;
      if (how !== 'show') {
        const answered = await book.answer(user, which, how);
        return answered.kind === 'failed' ? answered : undefined;
      }
      const asked = await book.which(user, which);
      if (asked === undefined) return undefined;
      const reply = replyOf(await shownRequest(await languageOf(user), user, desk, asked.number));
      const id = `shown/${cause}`;
      return own === undefined ? reporter.notice(user, id, reply) : saying(user, room)(id, reply);
    },
    said: async (user, room, text) => {
      const own = await rooms.byRoom(room);
      return own?.user === user
        ? { text: commandOf(text, own.number), say: saying(user, room) }
        : { text, say: (id, reply) => reporter.notice(user, id, reply) };
    },
  };
}

/** In the room of a request its number goes without saying. */
function commandOf(text: string, number: number): string {
  const word = text
    .trim()
    .toLowerCase()
    .replace(/^(?:[!/]causeway:?\s+|[!/])/, '');
  switch (word) {
    case 'accept':
    case 'decline':
      return `${word} ${number}`;
    case 'block':
    case 'show':
      return `requests ${word} ${number}`;
    default:
      return text;
  }
}
