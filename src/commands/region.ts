import { regionPattern } from '../core/eligibility.ts';
import { parseMatrixUserId } from '../core/ids.ts';
import type { Command } from './command.ts';
import { line } from './reply.ts';

/** `region`: the region that counts as a user's, where a network is for some regions only. */
export const region: Command = {
  name: 'region',
  admin: true,
  run: async ({ language, words }, { reach }) => {
    const [who, said, ...more] = words;
    if (who === undefined || more.length > 0) return 'usage';
    const user = parseMatrixUserId(who);
    if (user === undefined) return [line(language, 'region.no-user', { user: who })];
    if (said !== undefined) {
      const isNone = said.toLowerCase() === 'none';
      if (!isNone && !regionPattern.test(said)) return [line(language, 'region.bad', { region: said })];
      await reach.setRegion(user, isNone ? undefined : said.toUpperCase());
    }
    const now = await reach.region(user);
    return [
      now === undefined
        ? line(language, 'region.none', { user })
        : line(language, 'region.is', { user, region: now }),
    ];
  },
};
