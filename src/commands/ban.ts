import type { Blocked } from '../core/block-store.ts';
import { storedName, userRealm } from '../core/persons.ts';
import { shownEntity } from '../core/policy-list.ts';
import { ago, render, type Language, type Rendered } from '../texts/catalogue.ts';
import { byNumber } from './block.ts';
import type { Answer, Block, Call, Command } from './command.ts';
import { latin } from './erase.ts';
import { networkArgument } from './network-argument.ts';
import { pageOf, pageSize } from './page.ts';
import { listName } from './policies.ts';
import { cell, code, line, table } from './reply.ts';
import type { Services } from './services.ts';
import { personOf, whomIn } from './whom.ts';

/** What of a network is meant, and what stands behind it. */
type Meant =
  | { readonly blocked: Blocked; readonly shown: string; readonly rest: readonly string[] }
  | { readonly blocks: readonly Block[] }
  | 'usage';

/** `ban`: shuts a person, a server or a network out for everybody. What concerns many is done after a number was repeated. */
export const ban: Command = {
  name: 'ban',
  admin: true,
  run: async (call, services) => {
    const { language, user } = call;
    const meant = await meantBy(call, services);
    if (meant === 'usage') return 'usage';
    if ('blocks' in meant) return meant.blocks;
    const { blocked, shown, rest } = meant;
    if (isOwn(call, blocked)) return [line(language, 'block.own')];
    const { words, isConfirmed } = confirmed(call, services, blocked, rest);
    if (!isConfirmed) return asked(call, services, blocked, shown, words);
    const reason = words.length === 0 ? undefined : words.join(' ');
    const made = await services.blocks.blocks.block('homeserver', blocked, { author: user, reason });
    return [line(language, made === 'known' ? 'ban.known' : 'ban.done', { what: shown })];
  },
};

/** `unban`: ends a ban, named as in `ban` or by its number in `bans`. */
export const unban: Command = {
  name: 'unban',
  admin: true,
  run: async (call, services) => {
    const { language } = call;
    const numbered = await byNumber(call.words, 'homeserver', services);
    const meant: Meant =
      numbered === undefined
        ? await meantBy(call, services)
        : { blocked: numbered.blocked, shown: shownOf(numbered.blocked), rest: [] };
    if (meant === 'usage') return 'usage';
    if ('blocks' in meant) return meant.blocks;
    if (meant.rest.length > 0) return 'usage';
    const ended = await services.blocks.blocks.unblock('homeserver', meant.blocked);
    const exempted = await exemptedFrom(call, services, meant.blocked, meant.shown);
    if (!ended && exempted.length > 0) return exempted;
    return [line(language, ended ? 'unban.done' : 'unban.none', { what: meant.shown }), ...exempted];
  },
};

/** `bans`: who and what is shut out for everybody, the newest first. */
export const bans: Command = {
  name: 'bans',
  admin: true,
  run: async ({ language, words }, services): Promise<Answer> => {
    const page = pageOf(words);
    if (page === undefined) return 'usage';
    const desk = services.blocks.blocks;
    const offset = (page - 1) * pageSize;
    const count = await desk.count('homeserver');
    const found = await desk.list('homeserver', offset, pageSize + 1);
    const fromLists = listedBans(language, services, Math.max(0, offset - count), pageSize - found.length);
    const isMore = found.length > pageSize || count + services.policies.size > offset + pageSize;
    const next = isMore ? [line(language, 'command.page', { next: `bans ${page + 1}` })] : [];
    if (found.length === 0 && fromLists.length === 0)
      return [line(language, page === 1 ? 'bans.none' : 'command.nothing-on-page')];
    if (found.length === 0) return [...fromLists, ...next];
    const head = ['what-banned', 'user', 'since', 'reason', 'command'] as const;
    return [
      line(language, 'bans.head', { count }),
      table(
        head.map((name) => render(language, `column.${name}`)),
        found
          .slice(0, pageSize)
          .map(({ blocked, author, at, reason }, index): readonly Rendered[] => [
            cell(shownOf(blocked)),
            cell(author),
            cell(ago(language, at, services.now())),
            cell(reason ?? '–'),
            code(`unban ${offset + index + 1}`),
          ]),
      ),
      ...fromLists,
      ...next,
    ];
  },
};

/** Whoever a policy list shuts out as well is exempted from it. */
async function exemptedFrom(
  { language, user, words }: Call,
  { policies, now }: Services,
  blocked: Blocked,
  what: string,
): Promise<readonly Block[]> {
  const rule = policies.shuts(blocked);
  const target = rule && policies.target(blocked);
  if (rule === undefined || target === undefined) return [];
  await policies.exempt({ ...target, by: user, at: now(), reason: `unban ${words.join(' ')}`.slice(0, 500) });
  const { list, key, sender } = rule;
  const command = `policies disallow ${target.kind} ${target.name}`;
  return [line(language, 'unban.exempted', { what, list: listName(policies, list), key, sender, command })];
}

/** Rules of policy lists, behind what administrators have shut out themselves. */
function listedBans(
  language: Language,
  { policies, now }: Services,
  offset: number,
  limit: number,
): readonly Block[] {
  const rules = limit <= 0 ? [] : policies.rules(offset, limit);
  if (rules.length === 0) return [];
  const head = [
    ...([
      'column.what-banned',
      'policies.column.list',
      'policies.column.key',
      'rules.column.author',
    ] as const),
    ...(['column.since', 'column.reason', 'column.command'] as const),
  ];
  return [
    line(language, 'bans.lists-head', { count: policies.size }),
    table(
      head.map((name) => render(language, name)),
      rules.map(({ list, kind, key, entity, sender, at, reason }) => [
        cell(`${kind} ${shownEntity(entity)}`),
        cell(listName(policies, list)),
        cell(key),
        cell(sender),
        cell(ago(language, at, now())),
        cell(reason ?? '–'),
        entity.kind === 'named' ? code(`policies allow ${kind} ${entity.name}`) : cell('–'),
      ]),
    ),
  ];
}

async function meantBy(call: Call, services: Services): Promise<Meant> {
  const [what, ...words] = call.words;
  switch (what?.toLowerCase()) {
    case 'person': {
      const whom = await whomIn(words, call, services);
      if (whom === 'usage' || whom.kind === 'refused') return whom;
      const blocked = { kind: 'person', name: storedName(personOf(whom)) } as const;
      return { blocked, shown: shownOf(blocked), rest: whom.rest };
    }
    case 'server':
      return serverIn(words, call, services);
    case 'network': {
      const [name, ...rest] = words;
      if (name === undefined) return 'usage';
      const network = networkArgument(name, call, services);
      if ('kind' in network) return network;
      return { blocked: { kind: 'network', network: network.id }, shown: network.id, rest };
    }
    default:
      return 'usage';
  }
}

/** `*.example.org` is a domain with all below it. */
function serverIn(words: readonly string[], call: Call, services: Services): Meant {
  const [name, typed, ...rest] = words;
  if (name === undefined || typed === undefined) return 'usage';
  const network = networkArgument(name, call, services);
  if ('kind' in network) return network;
  const subdomains = typed.startsWith('*.');
  const said = (subdomains ? typed.slice(2) : typed).normalize('NFKC').toLowerCase().replace(/\.$/, '');
  // As the network writes it: one domain has several spellings.
  const domain = /^[\p{L}\p{M}\p{N}.:[\]-]{1,253}$/u.test(said)
    ? network.directory.serverOf?.(said)
    : undefined;
  if (domain === undefined) return { blocks: [line(call.language, 'ban.no-server', { domain: typed })] };
  const blocked = { kind: 'server', network: network.id, domain, subdomains } as const;
  return { blocked, shown: shownOf(blocked), rest };
}

function shownOf(blocked: Blocked): string {
  switch (blocked.kind) {
    case 'person':
      return blocked.name.realm === userRealm
        ? blocked.name.name
        : `${blocked.name.realm} ${blocked.name.name}`;
    case 'server':
      return `${blocked.network} ${blocked.subdomains ? '*.' : ''}${blocked.domain}`;
    case 'network':
      return blocked.network;
  }
}

function isOwn({ user }: Call, blocked: Blocked): boolean {
  return blocked.kind === 'person' && blocked.name.realm === userRealm && blocked.name.name === user;
}

/** Takes the number off what stands behind; nobody has to repeat one for a single person. */
function confirmed(
  { user }: Call,
  { erasures, now }: Services,
  blocked: Blocked,
  rest: readonly string[],
): { readonly words: readonly string[]; readonly isConfirmed: boolean } {
  if (blocked.kind === 'person') return { words: rest, isConfirmed: true };
  const number = latin(rest.at(-1) ?? '');
  if (!/^\d{4}$/.test(number)) return { words: rest, isConfirmed: false };
  const words = rest.slice(0, -1);
  const isConfirmed = erasures.confirmations.answer(user, `ban ${shownOf(blocked)}`, number, now());
  return { words, isConfirmed };
}

function asked(
  call: Call,
  { erasures, now }: Services,
  blocked: Blocked,
  shown: string,
  words: readonly string[],
): Answer {
  const number = erasures.confirmations.ask(call.user, `ban ${shown}`, now());
  const command = ['ban', blocked.kind, shown, ...words, number].join(' ');
  return [
    line(call.language, blocked.kind === 'server' ? 'ban.ask-server' : 'ban.ask-network', {
      what: shown,
      command,
    }),
  ];
}
