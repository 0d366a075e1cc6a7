import type { Block as Blocking, BlockOwner } from '../core/block-store.ts';
import { withDeadline } from '../core/deadline.ts';
import type { Place } from '../core/login-lists.ts';
import { storedName } from '../core/persons.ts';
import { ago, render, text, type Language, type Rendered } from '../texts/catalogue.ts';
import type { Answer, Block, Call, Command } from './command.ts';
import { pageOf, pageSize } from './page.ts';
import { cell, code, line, table } from './reply.ts';
import type { Services } from './services.ts';
import { personOf, whomIn } from './whom.ts';

/** So long `blocks` waits for what accounts have on their own lists. */
const listPatienceMs = 3_000;

/** `block`: nothing of a person reaches the user any more, under whatever name that is known to be theirs. */
export const block: Command = {
  name: 'block',
  admin: false,
  run: async (call, services) => {
    const { language, user } = call;
    const whom = await whomIn(call.words, call, services);
    if (whom === 'usage') return 'usage';
    if (whom.kind === 'refused') return whom.blocks;
    if (whom.kind === 'user') return [line(language, 'block.no-ghost', { user: whom.user })];
    const { network, remote } = whom.who;
    if ((await services.logins.owner(network, remote)) === user) return [line(language, 'block.own')];
    const reason = whom.rest.join(' ');
    const blocked = { kind: 'person', name: storedName(personOf(whom)) } as const;
    const by = { author: user, reason: reason === '' ? undefined : reason };
    const made = await services.blocks.blocks.block(user, blocked, by);
    if (made === 'too-many') return [line(language, 'block.too-many')];
    const key = made === 'known' ? 'block.known' : 'block.done';
    const command = `unblock ${network} ${remote}`;
    const agreed = await services.blocks.agree(user);
    return [
      line(language, key, { address: remote, network, command }),
      ...(agreed === 'agreed' ? [line(language, 'block.ignored')] : []),
      ...(agreed === 'no-puppet'
        ? [line(language, 'block.by-hand', { ghosts: services.blocks.ghostsOf(whom.who).join(', ') })]
        : []),
      ...(typeof agreed === 'object' ? [line(language, 'block.ignored-later')] : []),
    ];
  },
};

/** `unblock`: ends a block, named as in `block` or by its number in `blocks`. */
export const unblock: Command = {
  name: 'unblock',
  admin: false,
  run: async (call, services) => {
    const { language, user } = call;
    const numbered = await byNumber(call.words, user, services);
    const found = numbered?.blocked ?? (await named(call, services));
    if (found === 'usage' || Array.isArray(found)) return found;
    if (!('kind' in found) || found.kind === 'network') return 'usage';
    const address = found.kind === 'person' ? found.name.name : found.domain;
    if (!(await services.blocks.blocks.unblock(user, found)))
      return [line(language, 'unblock.none', { address })];
    const agreed = await services.blocks.agree(user);
    return [
      line(language, 'unblock.done', { address }),
      ...(agreed === 'no-puppet' ? [line(language, 'unblock.by-hand')] : []),
      ...(typeof agreed === 'object' ? [line(language, 'block.ignored-later')] : []),
    ];
  },
};

async function named(
  call: Call,
  services: Services,
): Promise<Blocking['blocked'] | readonly Block[] | 'usage'> {
  const whom = await whomIn(call.words, call, services);
  if (whom === 'usage') return 'usage';
  if (whom.kind === 'refused') return whom.blocks;
  if (whom.rest.length > 0) return 'usage';
  return { kind: 'person', name: storedName(personOf(whom)) };
}

/** The block of an owner that a number in their list means. */
export async function byNumber(
  words: readonly string[],
  owner: BlockOwner,
  { blocks }: Pick<Services, 'blocks'>,
): Promise<Blocking | undefined> {
  const [number, ...more] = words;
  if (number === undefined || more.length > 0 || !/^[1-9]\d{0,6}$/.test(number)) return undefined;
  const [found] = await blocks.blocks.list(owner, Number(number) - 1, 1);
  return found;
}

/** `blocks`: whom the user has blocked, the newest first. */
export const blocks: Command = {
  name: 'blocks',
  admin: false,
  run: async ({ language, user, words }, services): Promise<Answer> => {
    const page = pageOf(words);
    if (page === undefined) return 'usage';
    const desk = services.blocks.blocks;
    await withDeadline(listPatienceMs, async () => services.blocks.lists?.look(user));
    const offset = (page - 1) * pageSize;
    const [count, found] = await Promise.all([desk.count(user), desk.list(user, offset, pageSize + 1)]);
    if (found.length === 0) return [line(language, page === 1 ? 'blocks.none' : 'command.nothing-on-page')];
    const shown = found.slice(0, pageSize);
    const places = await services.blocks.lists?.places(
      user,
      shown.map(({ blocked }) => blocked),
    );
    return [
      line(language, 'blocks.head', { count }),
      table(
        (['address', 'network', 'since', 'reason', 'in-force', 'command'] as const).map((name) =>
          render(language, `column.${name}`),
        ),
        shown.map(({ blocked, at, reason }, index) => [
          ...whomOf(language, blocked),
          cell(ago(language, at, services.now())),
          cell(reason ?? '–'),
          cell(inForce(language, places?.[index] ?? [])),
          code(`unblock ${offset + index + 1}`),
        ]),
      ),
      ...(found.length > pageSize ? [line(language, 'command.page', { next: `blocks ${page + 1}` })] : []),
    ];
  },
};

function whomOf(language: Language, blocked: Blocking['blocked']): readonly Rendered[] {
  switch (blocked.kind) {
    case 'person':
      return [cell(blocked.name.name), cell(blocked.name.realm)];
    case 'server':
      return [render(language, 'blocks.everybody', { domain: blocked.domain }), cell(blocked.network)];
    case 'network':
      return [cell('–'), cell(blocked.network)];
  }
}

/** Where a block holds: here, and by the lists of the user's accounts. Accounts are named where a network has several. */
function inForce(language: Language, places: readonly Place[]): string {
  const there = places.map(({ network, account, state }) => {
    const isAlone = places.filter((other) => other.network === network).length === 1;
    return text(language, `blocks.${state}`, { where: isAlone ? network : account });
  });
  return [text(language, 'blocks.here'), ...there].join(', ');
}
