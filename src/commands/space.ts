import { text } from '../texts/catalogue.ts';
import type { Command } from './command.ts';
import { line } from './reply.ts';

/** `space`: whether the user's chats are gathered in a space for each network. */
export const space: Command = {
  name: 'space',
  admin: false,
  run: async ({ language, user, words }, { spaces }) => {
    const [word, ...more] = words.map((one) => one.toLowerCase());
    if (more.length > 0 || (word !== undefined && word !== 'on' && word !== 'off')) return 'usage';
    if (!spaces.offered) return [line(language, 'space.not-offered')];
    if (word === undefined) return [line(language, (await spaces.wanted(user)) ? 'space.on' : 'space.off')];
    const failed = await spaces.choose(user, word === 'on');
    if (failed !== undefined)
      return [line(language, 'space.failed', { reason: text(language, `reason.${failed.reason}`) })];
    return [line(language, `space.${word}`)];
  },
};
