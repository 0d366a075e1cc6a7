import { render } from '../texts/catalogue.ts';
import type { Block, Command } from './command.ts';
import { pageOf, pageSize } from './page.ts';
import { cell, line, table } from './reply.ts';

/** `portals`: the rooms that mirror remote chats, the last active first, a page at a time. */
export const portals: Command = {
  name: 'portals',
  admin: true,
  run: async ({ language, words }, services) => {
    const page = pageOf(words);
    if (page === undefined) return 'usage';
    const [count, found] = await Promise.all([
      services.portals.count(),
      services.portals.list((page - 1) * pageSize, pageSize + 1),
    ]);
    if (found.length === 0) return [line(language, 'command.nothing-on-page')];
    const blocks: Block[] = [
      line(language, 'portals.head', { count }),
      table(
        (['network', 'person', 'user', 'room'] as const).map((name) => render(language, `column.${name}`)),
        found
          .slice(0, pageSize)
          .map((portal) => [
            cell(portal.key.network),
            cell(portal.kind === 'direct' ? portal.remote : portal.key.chat),
            cell(portal.key.receiver ?? '—'),
            cell(portal.room),
          ]),
      ),
    ];
    if (found.length > pageSize) blocks.push(line(language, 'command.page', { next: `portals ${page + 1}` }));
    return blocks;
  },
};
