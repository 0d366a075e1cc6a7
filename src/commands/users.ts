import { render, text } from '../texts/catalogue.ts';
import type { Block, Command } from './command.ts';
import { pageOf, pageSize } from './page.ts';
import { cell, line, table } from './reply.ts';

/** `users`: who uses the bridge, a page at a time. */
export const users: Command = {
  name: 'users',
  admin: true,
  run: async ({ language, words }, services) => {
    const page = pageOf(words);
    if (page === undefined) return 'usage';
    const found = await services.users.list((page - 1) * pageSize, pageSize + 1);
    if (found.length === 0) return [line(language, 'command.nothing-on-page')];
    const rows = await Promise.all(
      found.slice(0, pageSize).map(async (user) => {
        const logins = await services.logins.list(user.userId);
        return [
          cell(user.userId),
          cell(text(user.language ?? 'en', 'language.name')),
          cell(
            logins.map((login) => `${login.network}: ${login.remote}`).join(', ') ||
              text(language, 'value.none'),
          ),
        ];
      }),
    );
    const head = (['user', 'language', 'address'] as const).map((name) => render(language, `column.${name}`));
    const blocks: Block[] = [line(language, 'users.head'), table(head, rows)];
    if (found.length > pageSize) blocks.push(line(language, 'command.page', { next: `users ${page + 1}` }));
    return blocks;
  },
};
