import type { Command } from './command.ts';
import { line } from './reply.ts';

/** `ping`: answers, with the time that the message took. */
export const ping: Command = {
  name: 'ping',
  admin: false,
  run: async ({ language, words, at }, services) => {
    if (words.length > 0) return 'usage';
    const ms = at === undefined ? -1 : services.now() - at;
    return [ms < 0 ? line(language, 'ping.answer') : line(language, 'ping.answer-ms', { ms })];
  },
};
