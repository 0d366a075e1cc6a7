import { ago, render } from '../texts/catalogue.ts';
import type { Command } from './command.ts';
import { cell, line, table } from './reply.ts';

/** `logins`: the accounts that the user has linked. */
export const logins: Command = {
  name: 'logins',
  admin: false,
  run: async ({ language, user, words }, services) => {
    if (words.length > 0) return 'usage';
    const mine = await services.logins.list(user);
    if (mine.length === 0) return [line(language, 'logins.none')];
    return [
      line(language, 'logins.head', { count: mine.length }),
      table(
        [
          render(language, 'column.network'),
          render(language, 'column.address'),
          render(language, 'column.since'),
        ],
        mine.map((login) => [
          cell(login.network),
          cell(login.remote),
          cell(ago(language, login.linkedAt, services.now())),
        ]),
      ),
    ];
  },
};
