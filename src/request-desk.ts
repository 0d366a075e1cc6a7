/** Puts message requests together: the book, its door, its lines, and how they are answered. */
import type { RequestDesk } from './commands/services.ts';
import type { BridgeConfig } from './config-schema.ts';
import type { Blocker } from './core/blocker.ts';
import type { CommandRunner } from './core/command-runner.ts';
import type { Door } from './core/door.ts';
import type { MatrixUserId, NetworkId } from './core/ids.ts';
import type { Reachable, RunningNetwork } from './core/network.ts';
import type { Content } from './core/event.ts';
import { arrivalFromNetwork } from './core/payload.ts';
import { requestDoor } from './core/request-door.ts';
import { RequestNotices } from './core/request-notices.ts';
import { RequestBook, type RequestAnswer, type RequestBookDeps } from './core/requests.ts';
import type { Spine } from './core/spine.ts';
import type { KeptEvent } from './core/stores.ts';
import type { Log } from './core/task.ts';
import { MatrixNoticeBoard } from './matrix/notice-board.ts';
import type { RunningHomeserver } from './matrix/homeserver.ts';
import { crowdLine, requestLine } from './request-lines.ts';
import { isRequested, unrequested } from './requests-config.ts';
import type { Storage } from './storage/storage.ts';
import type { Language } from './texts/catalogue.ts';

export interface RequestParts {
  readonly config: Pick<BridgeConfig, 'requests' | 'networks'>;
  readonly log: Log;
  readonly storage: Storage;
  readonly matrix: Pick<RunningHomeserver, 'sender' | 'management'>;
  readonly network: (id: NetworkId) => RunningNetwork | undefined;
  readonly reachable: (user: MatrixUserId, network: NetworkId) => Promise<Reachable>;
  readonly permits: (user: MatrixUserId) => boolean;
  readonly blocker: Blocker;
  readonly isInDoubt: NonNullable<RequestBookDeps['isInDoubt']>;
  readonly takeUp: Spine['takeUp'];
}

/** Message requests as they run. */
export interface Requests extends AsyncDisposable {
  readonly book: RequestBook;
  readonly door: Door;
  readonly desk: RequestDesk;
  readonly react: NonNullable<CommandRunner['react']>;
  /** Tells what is to be told, and ends what is too old, from now on. */
  begin(): void;
}

export function makeRequests(parts: RequestParts): Requests {
  const { config, log, storage, network, permits } = parts;
  const { requests: store } = storage;
  const { maxPerRequest, maxPerUser, maxPerServer, maxOverall, maxSize, expireAfter } = config.requests;
  const languageOf = async (user: MatrixUserId): Promise<Language> =>
    (await storage.users.get(user))?.language ?? 'en';
  const notices = new RequestNotices({
    ...{ log, store: store.notices, network, permits },
    board: new MatrixNoticeBoard(parts.matrix.sender, parts.matrix.management),
    line: async (request) => requestLine(await languageOf(request.user), request),
    crowdLine: async (user, crowd) => crowdLine(await languageOf(user), crowd),
  });
  const book = new RequestBook({
    ...{
      log,
      store,
      events: storage.events,
      expireAfter,
      blocker: parts.blocker,
      isInDoubt: parts.isInDoubt,
    },
    limits: {
      ...{ perRequest: maxPerRequest, perUser: maxPerUser, perServer: maxPerServer },
      ...{ overall: maxOverall, size: maxSize },
    },
    off: unrequested(config.requests, Object.keys(config.networks)),
    takeUp: parts.takeUp,
    changed: () => notices.poke(),
  });
  return {
    ...{ book, desk: deskOf(book, network), react: reactions(book) },
    door: requestDoor({
      ...{ store, portals: storage.portals, logins: storage.logins, network },
      ...{ isOn: isRequested(config.requests), reachable: parts.reachable },
    }),
    begin: () => {
      book.begin();
      notices.poke();
    },
    [Symbol.asyncDispose]: async () => {
      await book[Symbol.asyncDispose]();
      await notices[Symbol.asyncDispose]();
    },
  };
}

const answers: ReadonlyMap<string, RequestAnswer> = new Map([
  ['✅', 'accept'],
  ['❌', 'decline'],
  ['🚫', 'block'],
]);

/** An answer by a reaction shows in the line itself; any other reaction is none. */
function reactions(book: RequestBook): Requests['react'] {
  return async ({ user, line, emoji }) => {
    const how = answers.get(emoji.replaceAll('\ufe0f', ''));
    if (how === undefined) return undefined;
    const answered = await book.answer(user, line, how);
    return answered.kind === 'failed' ? answered : undefined;
  };
}

function deskOf(book: RequestBook, network: RequestParts['network']): RequestDesk {
  return {
    list: (user, states, after, limit) => book.list(user, states, after, limit),
    answer: (user, number, how) => book.answer(user, number, how),
    restore: (user, number) => book.restore(user, number),
    show: async (user, number, limit) => {
      const request = await book.get(user, number);
      if (request === undefined) return undefined;
      const events = await book.held(request, limit);
      return { request, said: events.map((event) => contentOf(event, network)) };
    },
    welcome: (key) => book.welcome(key),
  };
}

/** What a held event says; undefined where it is no message, or its network is not there. */
function contentOf(event: KeptEvent, network: RequestParts['network']): Content | undefined {
  if (event.source === 'matrix') return undefined;
  const opened = network(event.source)?.open(arrivalFromNetwork(event), `${event.source}/${event.outerId}`);
  return opened?.kind === 'event' && opened.event.kind === 'message' ? opened.event.content : undefined;
}
