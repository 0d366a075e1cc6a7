import { text } from '../texts/catalogue.ts';
import type { Command } from './command.ts';
import { meant } from './leave.ts';
import { line } from './reply.ts';

/** `history`: brings in the last messages of a group from its archive; without a group, of the only one that there is. */
export const history: Command = {
  name: 'history',
  admin: false,
  run: async ({ language, user, words, at }, services) => {
    const [number = '', which, ...more] = words;
    if (!/^[1-9]\d{0,8}$/.test(number) || more.length > 0) return 'usage';
    const { most } = services.history;
    const count = Number(number);
    if (count > most)
      return [most === 0 ? line(language, 'history.off') : line(language, 'history.most', { most })];
    const groups = await services.groups.of(user);
    const portal = which === undefined && groups.length === 1 ? groups[0] : meant(which ?? '', groups);
    if (portal === undefined)
      return [line(language, which === undefined ? 'history.which' : 'history.unknown')];
    const address = portal.key.chat;
    const brought = await services.history.bring(user, portal, count, `${address}/${at ?? services.now()}`);
    if (brought.kind === 'failed') {
      const reason = text(language, `reason.${brought.reason}`);
      return [line(language, 'history.failed', { address, reason })];
    }
    return [
      brought.fresh === 0
        ? line(language, 'history.nothing-new', { address })
        : line(language, 'history.coming', { address, count: brought.found }),
    ];
  },
};
