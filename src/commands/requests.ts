import { defanged } from '../core/defanged.ts';
import type { Content } from '../core/event.ts';
import type { MatrixUserId } from '../core/ids.ts';
import type { Media } from '../core/media.ts';
import { cleanName } from '../core/person-name.ts';
import { isForIdentity, type MessageRequest } from '../core/request.ts';
import type { Answered, RequestAnswer } from '../core/requests.ts';
import { ago, render, text, type Language } from '../texts/catalogue.ts';
import type { Answer, Block, Call, Command } from './command.ts';
import { pageSize } from './page.ts';
import { cell, line, table } from './reply.ts';
import type { Services } from './services.ts';

const mostShown = 10;
const longestShown = 1_000;

/** `requests`: who wants to reach the user, what they wrote, and who was turned away. */
export const requests: Command = {
  name: 'requests',
  admin: false,
  run: async (call, services) => {
    const [word, which, ...more] = call.words.map((one) => one.toLowerCase());
    if (word === undefined) return listed(call, services, ['open']);
    if (word === 'declined' && which === undefined) return listed(call, services, ['declined', 'blocked']);
    const number = numberOf(which);
    if (number === undefined || more.length > 0) return 'usage';
    switch (word) {
      case 'show':
        return shownRequest(call.language, call.user, services.requests, number);
      case 'block':
        return answered(call, services, number, 'block');
      case 'restore':
        return toldOf(call, number, await services.requests.restore(call.user, number), true);
      default:
        return 'usage';
    }
  },
};

/** `accept`: lets somebody in. */
export const accept: Command = answering('accept');
/** `decline`: turns somebody away, who is not told. */
export const decline: Command = answering('decline');

function answering(how: 'accept' | 'decline'): Command {
  return {
    name: how,
    admin: false,
    run: async (call, services) => {
      const [which, ...more] = call.words;
      const number = numberOf(which);
      return number === undefined || more.length > 0 ? 'usage' : answered(call, services, number, how);
    },
  };
}

function numberOf(word: string | undefined): number | undefined {
  return word !== undefined && /^[1-9]\d{0,8}$/.test(word) ? Number(word) : undefined;
}

async function answered(call: Call, services: Services, number: number, how: RequestAnswer): Promise<Answer> {
  return toldOf(call, number, await services.requests.answer(call.user, number, how), false);
}

function toldOf({ language }: Call, number: number, answer: Answered, restored: boolean): Answer {
  const named = { number: String(number) };
  switch (answer.kind) {
    case 'unknown':
      return [line(language, 'requests.unknown', named)];
    case 'in-doubt': {
      const { network, remote } = answer.request;
      return [
        line(language, 'requests.confirm-first', { ...named, command: `confirm ${network} ${remote}` }),
      ];
    }
    case 'over':
      return [line(language, 'requests.over', named)];
    case 'failed':
      return [line(language, 'requests.failed', { reason: text(language, `reason.${answer.reason}`) })];
    case 'done': {
      const { request } = answer;
      const who = whoIs(language, request);
      if (restored || request.state === 'open') return [line(language, 'requests.restored', { who })];
      const said = { ...named, who, network: request.network };
      if (isForIdentity(request)) return [line(language, `requests.identity-${request.state}`, said)];
      return [line(language, `requests.${request.state}`, said)];
    }
  }
}

async function listed(
  { language, user }: Call,
  { requests: desk, now }: Services,
  states: readonly MessageRequest['state'][],
): Promise<Answer> {
  const found = await desk.list(user, states, 0, pageSize + 1);
  const isOpen = states.includes('open');
  if (found.length === 0) return [line(language, isOpen ? 'requests.none' : 'requests.none-declined')];
  const head = [
    render(language, 'requests.number'),
    render(language, 'column.person'),
    render(language, 'column.network'),
    render(language, 'requests.waiting'),
    render(language, 'column.since'),
  ];
  const rows = found
    .slice(0, pageSize)
    .map((request) => [
      cell(request.number),
      cell(whoIs(language, request)),
      cell(request.network),
      request.kind === 'group'
        ? render(language, 'requests.invites', { group: cleanName(request.chat) })
        : cell(request.held),
      cell(ago(language, request.since, now())),
    ]);
  const blocks: Block[] = [
    line(language, isOpen ? 'requests.head' : 'requests.head-declined'),
    table(head, rows),
  ];
  if (found.length > pageSize) blocks.push(line(language, 'requests.more'));
  return blocks;
}

/** What waits of a request, as it may be looked at: nothing is fetched for it, so its sender cannot learn of it. */
export async function shownRequest(
  language: Language,
  user: MatrixUserId,
  desk: Pick<Services['requests'], 'show'>,
  number: number,
): Promise<readonly Block[]> {
  const found = await desk.show(user, number, mostShown);
  if (found === undefined) return [line(language, 'requests.unknown', { number: String(number) })];
  const { request, said } = found;
  if (said.length === 0) return [line(language, 'requests.shown-none', { number: String(number) })];
  const left = request.held - said.length;
  return [
    line(language, 'requests.shown', { who: whoIs(language, request) }),
    ...said.flatMap((content) => saidLines(language, content)),
    ...(left > 0 ? [line(language, 'requests.shown-more', { count: left })] : []),
  ];
}

/** Plain words, cut to a bearable length; files are told by their names and sizes, and are not fetched. */
function saidLines(language: Language, content: Content | undefined): readonly Block[] {
  switch (content?.kind) {
    case 'text':
      return [words(content.text.plain)];
    case 'media':
      return [file(language, content.media), ...captionOf(content)];
    case 'gallery':
      return [...content.items.slice(0, mostShown).map((one) => file(language, one)), ...captionOf(content)];
    case 'poll':
      return [words(content.poll.question)];
    case 'location':
    case undefined:
      return [line(language, 'requests.said-other')];
  }
}

function captionOf({ caption }: Extract<Content, { readonly kind: 'media' | 'gallery' }>): readonly Block[] {
  return caption === undefined ? [] : [words(caption.plain)];
}

/** The kind and the name of a file, and its size where its sender told one. */
function file(language: Language, { kind, name, size }: Media): Block {
  const said = { kind, name: cleanName(name) };
  return words(
    size === undefined
      ? text(language, 'requests.said-media', said)
      : text(language, 'requests.said-media-sized', { ...said, size: sizeOf(language, size) }),
  );
}

function sizeOf(language: Language, bytes: number): string {
  const [unit, factor]: readonly [string, number] =
    bytes < 1_000 ? ['byte', 1] : bytes < 1_000_000 ? ['kilobyte', 1_000] : ['megabyte', 1_000_000];
  const format = new Intl.NumberFormat(language, {
    ...{ style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: 1 },
  });
  return format.format(bytes / factor);
}

function words(plain: string): Block {
  const clean = plain
    .slice(0, longestShown * 2)
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
  const characters = Array.from(clean);
  const cut = characters.slice(0, longestShown).join('');
  return { kind: 'line', line: cell(`› ${defanged(characters.length > longestShown ? `${cut}…` : cut)}`) };
}

/** Who wants to reach a user: their name, where one is known, and their address. */
export function whoIs(language: Language, { name, remote }: Pick<MessageRequest, 'name' | 'remote'>): string {
  const address = cleanName(remote);
  return name === undefined ? address : text(language, 'requests.who', { name, address });
}
