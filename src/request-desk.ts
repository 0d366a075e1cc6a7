/** Puts message requests together: the book, its door, its lines, and how they are answered. */
import type { RequestDesk, Services } from './commands/services.ts';
import type { BridgeConfig } from './config-schema.ts';
import type { Blocker } from './core/blocker.ts';
import type { Door } from './core/door.ts';
import type { MatrixUserId, NetworkId } from './core/ids.ts';
import type { Reachable, RunningNetwork } from './core/network.ts';
import type { Content } from './core/event.ts';
import type { Failed } from './core/outcome.ts';
import { arrivalFromNetwork } from './core/payload.ts';
import { requestDoor } from './core/request-door.ts';
import { RequestNotices } from './core/request-notices.ts';
import type { RequestLimits } from './core/request.ts';
import { RequestRooms } from './core/request-rooms.ts';
import { RequestBook, type RequestBookDeps } from './core/requests.ts';
import type { Spine } from './core/spine.ts';
import type { KeptEvent } from './core/stores.ts';
import { task, type Log } from './core/task.ts';
import { MatrixNoticeBoard } from './matrix/notice-board.ts';
import type { LiveSettings } from './live-settings.ts';
import type { RunningHomeserver } from './matrix/homeserver.ts';
import { crowdLine, requestLine, roomName } from './request-lines.ts';
import { requestTalk, type RequestTalk } from './request-talk.ts';
import { isRequested, requestLimits, unrequested, type RequestsConfig } from './requests-config.ts';
import type { Storage } from './storage/storage.ts';
import { text, type Language } from './texts/catalogue.ts';

export interface RequestParts {
  readonly config: Pick<BridgeConfig, 'networks' | 'matrix'>;
  readonly settings: Pick<LiveSettings, 'requests'>;
  readonly log: Log;
  readonly storage: Storage;
  readonly matrix: Pick<RunningHomeserver, 'sender' | 'management' | 'requestRooms' | 'reporter'>;
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
  /** How much may be held now. */
  readonly limits: () => RequestLimits;
  readonly desk: RequestDesk;
  readonly rooms: RequestRooms;
  readonly talk: RequestTalk;
  /** Nothing is held for a user any more, and their rooms for it go: they are being erased. */
  forget(user: MatrixUserId): Promise<undefined | Failed>;
  /** The settings may be others than before. */
  reconfigured(): void;
  /** Tells what is to be told, and ends what is too old, from now on. */
  begin(): void;
}

export function makeRequests(parts: RequestParts): Requests {
  const { config, log, storage, network, permits } = parts;
  const { requests: store } = storage;
  const now = (): RequestsConfig => parts.settings.requests;
  const languageOf = async (user: MatrixUserId): Promise<Language> =>
    (await storage.users.get(user))?.language ?? 'en';
  const notices = new RequestNotices({
    ...{ log, store: store.notices, network, permits, posted: () => rooms.poke() },
    board: new MatrixNoticeBoard(parts.matrix.sender, parts.matrix.management),
    line: async (request) => requestLine(await languageOf(request.user), request),
    crowdLine: async (user, crowd) => crowdLine(await languageOf(user), crowd),
  });
  const limits = (): RequestLimits => requestLimits(now());
  const changed = (): void => {
    notices.poke();
    rooms.poke();
  };
  const book = new RequestBook({
    ...{ log, store, limits, events: storage.events, blocker: parts.blocker, takeUp: parts.takeUp },
    isInDoubt: parts.isInDoubt,
    expireAfter: () => now().expireAfter,
    off: () => unrequested(now(), Object.keys(config.networks)),
    changed,
  });
  const side = parts.matrix.requestRooms;
  const rooms = makeRooms(parts, languageOf);
  const desk = deskOf(book, network);
  const { reporter } = parts.matrix;
  return {
    ...{ book, desk, rooms, limits },
    talk: requestTalk({ ...{ book, rooms: store.rooms, desk, side, reporter, languageOf } }),
    door: requestDoor({
      ...{ store, portals: storage.portals, logins: storage.logins, network },
      ...{ isOn: (id) => isRequested(now())(id), reachable: parts.reachable },
    }),
    forget: async (user) => {
      await book.forget(user);
      return rooms.close(user);
    },
    reconfigured: () => {
      void task(log, 'requests that are not held any more', () => book.start());
      changed();
    },
    begin: () => {
      book.begin();
      changed();
    },
    [Symbol.asyncDispose]: async () => {
      await book[Symbol.asyncDispose]();
      await notices[Symbol.asyncDispose]();
      await rooms[Symbol.asyncDispose]();
    },
  };
}

/** The rooms of requests; none where users are not to have spaces. */
function makeRooms(
  { config, settings, log, storage, matrix, permits }: RequestParts,
  languageOf: (user: MatrixUserId) => Promise<Language>,
): RequestRooms {
  return new RequestRooms({
    ...{ log, store: storage.requests.rooms, side: matrix.requestRooms },
    most: () => (config.matrix.rooms.spaces ? settings.requests.rooms : 0),
    wanted: async (user) => permits(user) && storage.spaces.wanted(user),
    texts: {
      space: async (user) => text(await languageOf(user), 'requests.space'),
      name: async (request) => roomName(await languageOf(request.user), request),
      line: async (request) => requestLine(await languageOf(request.user), request),
      over: async (user) => text(await languageOf(user), 'requests.room-over'),
    },
  });
}

/** Who wants no spaces wants none for requests either, nor their rooms. */
export function withRequestRooms(
  spaces: Services['spaces'],
  rooms: Pick<RequestRooms, 'close' | 'poke'>,
): Services['spaces'] {
  return {
    offered: spaces.offered,
    wanted: (user, network) => spaces.wanted(user, network),
    choose: async (user, wanted, network) => {
      const failed = await spaces.choose(user, wanted, network);
      if (failed !== undefined || network !== undefined) return failed;
      if (!wanted) return rooms.close(user);
      rooms.poke();
      return undefined;
    },
  };
}

function deskOf(book: RequestBook, network: RequestParts['network']): RequestDesk {
  return {
    list: (user, states, after, limit) => book.list(user, states, after, limit),
    waiting: (user) => book.waiting(user),
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
