import { networkId, parseRoomAlias, parseRoomId, type NetworkId, type RoomId } from '../core/ids.ts';
import { listKinds, shownEntity, type FollowedList, type ListKind } from '../core/policy-list.ts';
import type { ListView } from '../core/policy-list-book.ts';
import type { Following } from '../core/policy-list-follower.ts';
import { ago, render, text, type Language } from '../texts/catalogue.ts';
import type { Answer, Block, Call, Command } from './command.ts';
import { networkArgument } from './network-argument.ts';
import { pageOf, pageSize } from './page.ts';
import { cell, code, line, table } from './reply.ts';
import type { Services } from './services.ts';

/** No name of a rule that can mean anybody is longer. */
const longestName = 512;

/** `policies`: policy lists of Matrix that are followed, and what is exempted from them. */
export const policies: Command = {
  name: 'policies',
  admin: true,
  run: async (call, services) => {
    const [word, ...rest] = call.words;
    switch (word?.toLowerCase()) {
      case undefined:
        return listed(call.language, services);
      case 'follow':
        return follow(call, services, rest);
      case 'unfollow':
        return unfollow(call, services, rest);
      case 'refused':
        return refused(call.language, services, rest);
      case 'allowed':
        return allowed(call.language, services, rest);
      case 'allow':
        return allow(call, services, rest);
      case 'disallow':
        return disallow(call, services, rest);
      default:
        return 'usage';
    }
  },
};

function listed(language: Language, { policies: desk, now }: Services): Answer {
  const lists = desk.lists();
  if (lists.length === 0) return [line(language, 'policies.none')];
  const head = [
    ...([
      'policies.column.list',
      'policies.column.rules',
      'policies.column.refused',
      'column.state',
    ] as const),
    ...(['policies.column.networks', 'policies.column.by', 'column.command'] as const),
  ];
  return [
    line(language, 'policies.head', { count: lists.length }),
    table(
      head.map((name) => render(language, name)),
      lists.map((view, index) => [
        cell(view.list.name),
        cell(view.rules),
        cell(Object.values(view.refused).reduce((sum, some) => sum + some, 0)),
        cell(stateOf(language, view, now())),
        cell(networksOf(language, view.list)),
        cell(view.list.by === 'config' ? text(language, 'policies.config') : view.list.by),
        view.list.by === 'config' ? cell('–') : code(`policies unfollow ${index + 1}`),
      ]),
    ),
  ];
}

function stateOf(language: Language, { list: { trouble, readAt } }: ListView, now: number): string {
  if (trouble !== undefined) return text(language, `policies.state.${trouble}`);
  if (readAt === undefined) return text(language, 'policies.state.never');
  return text(language, 'policies.state.read', { when: ago(language, readAt, now) });
}

function networksOf(language: Language, { networks }: FollowedList): string {
  return networks.length === 0 ? text(language, 'policies.all-networks') : networks.join(', ');
}

async function follow(call: Call, services: Services, words: readonly string[]): Promise<Answer> {
  const [which, ...names] = words;
  if (which === undefined) return 'usage';
  const { language, user } = call;
  const name = parseRoomAlias(which) ?? parseRoomId(which);
  if (name === undefined) return [line(language, 'policies.no-room', { list: which })];
  const networks: NetworkId[] = [];
  for (const word of names) {
    const network = networkArgument(word, call, services);
    if ('kind' in network) return network.blocks;
    networks.push(networkId(network.id));
  }
  return followed(call, services, which, await services.policies.follow(name, networks, user));
}

function followed(
  { language }: Call,
  { policies: desk, ties }: Services,
  list: string,
  came: Following,
): Answer {
  switch (came.kind) {
    case 'followed': {
      const view = desk.lists().find((other) => other.list.room === came.list.room);
      return [line(language, 'policies.followed', { list, count: view?.rules ?? 0 })];
    }
    case 'known':
    case 'own-room':
      return [line(language, `policies.${came.kind}`, { list })];
    case 'waiting':
      return [line(language, 'policies.waiting', { list, bot: ties.bot })];
    case 'failed':
      return [
        line(language, 'policies.not-found', { list, reason: text(language, `reason.${came.reason}`) }),
      ];
  }
}

async function unfollow(
  { language }: Call,
  { policies: desk }: Services,
  words: readonly string[],
): Promise<Answer> {
  const [which, ...more] = words;
  if (which === undefined || more.length > 0) return 'usage';
  const lists = desk.lists().map(({ list }) => list);
  const found = /^[1-9]\d{0,3}$/.test(which)
    ? lists[Number(which) - 1]
    : lists.find(({ room, name }) => room === which || name === which);
  if (found === undefined) return [line(language, 'policies.not-followed', { list: which })];
  if (found.by === 'config') return [line(language, 'policies.configured', { list: found.name })];
  await desk.unfollow(found.room);
  return [line(language, 'policies.unfollowed', { list: found.name })];
}

function refused(language: Language, { policies: desk }: Services, words: readonly string[]): Answer {
  const page = pageOf(words);
  if (page === undefined) return 'usage';
  const all = [...desk.refused()];
  if (all.length === 0) return [line(language, 'policies.refused.none')];
  const some = all.slice((page - 1) * pageSize, page * pageSize);
  if (some.length === 0) return [line(language, 'command.nothing-on-page')];
  const head = [
    ...(['column.what-banned', 'policies.column.list', 'policies.column.about'] as const),
    ...(['policies.column.key', 'policies.column.why'] as const),
  ];
  return [
    line(language, 'policies.refused.head', { count: all.length }),
    table(
      head.map((name) => render(language, name)),
      some.map(([rule, why]) => [
        cell(shownEntity(rule.entity)),
        cell(listName(desk, rule.list)),
        cell(rule.kind),
        cell(rule.key),
        cell(text(language, `policies.why.${why}`)),
      ]),
    ),
    ...(all.length > page * pageSize
      ? [line(language, 'command.page', { next: `policies refused ${page + 1}` })]
      : []),
  ];
}

/** What a list is called here. */
export function listName(desk: Pick<Services['policies'], 'list'>, room: RoomId): string {
  return desk.list(room)?.name ?? room;
}

function allowed(language: Language, { policies: desk, now }: Services, words: readonly string[]): Answer {
  const page = pageOf(words);
  if (page === undefined) return 'usage';
  const all = desk.exemptions();
  if (all.length === 0) return [line(language, 'policies.allowed.none')];
  const some = all.slice((page - 1) * pageSize, page * pageSize);
  if (some.length === 0) return [line(language, 'command.nothing-on-page')];
  const head = [
    'column.what-banned',
    'column.user',
    'column.since',
    'column.reason',
    'column.command',
  ] as const;
  return [
    line(language, 'policies.allowed.head', { count: all.length }),
    table(
      head.map((name) => render(language, name)),
      some.map(({ kind, name, by, at, reason }) => [
        cell(`${kind} ${name}`),
        cell(by),
        cell(ago(language, at, now())),
        cell(reason ?? '–'),
        code(`policies disallow ${kind} ${name}`),
      ]),
    ),
    ...(all.length > page * pageSize
      ? [line(language, 'command.page', { next: `policies allowed ${page + 1}` })]
      : []),
  ];
}

async function allow(call: Call, services: Services, words: readonly string[]): Promise<Answer> {
  const { language, user } = call;
  const named = namedIn(language, words);
  if (named === 'usage' || named.kind === 'refused') return named === 'usage' ? named : named.blocks;
  const { kind, name, rest } = named;
  const reason = rest.length === 0 ? undefined : rest.join(' ').slice(0, 500);
  const made = await services.policies.exempt({ kind, name, by: user, at: services.now(), reason });
  return [line(language, made ? 'policies.allowed' : 'policies.allowed-known', { what: name })];
}

async function disallow(call: Call, services: Services, words: readonly string[]): Promise<Answer> {
  const { language } = call;
  const named = namedIn(language, words);
  if (named === 'usage' || named.kind === 'refused') return named === 'usage' ? named : named.blocks;
  const { kind, name, rest } = named;
  if (rest.length > 0) return 'usage';
  const ended = await services.policies.unexempt(kind, name);
  return [line(language, ended ? 'policies.disallowed' : 'policies.not-allowed', { what: name })];
}

interface Named {
  readonly kind: ListKind;
  readonly name: string;
  readonly rest: readonly string[];
}

function namedIn(
  language: Language,
  words: readonly string[],
): Named | { readonly kind: 'refused'; readonly blocks: readonly Block[] } | 'usage' {
  const [about, typed, ...rest] = words;
  const kind = listKinds.find((known) => known === about?.toLowerCase());
  if (kind === undefined || typed === undefined) return 'usage';
  const name = kind === 'server' ? typed.toLowerCase() : typed;
  if (Buffer.byteLength(name) > longestName)
    return {
      kind: 'refused',
      blocks: [line(language, 'policies.name-bad', { name: `${name.slice(0, 50)}…`, kind })],
    };
  return { kind, name, rest };
}
