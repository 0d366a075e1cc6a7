/** The application service's own HTTP API: https://spec.matrix.org/v1.15/application-service-api/ */
import { hash, timingSafeEqual } from 'node:crypto';
import express, { Router, type NextFunction, type Request, type Response } from 'express';
import type { MatrixArrival } from '../core/homeserver.ts';
import {
  parseMatrixEventId,
  parseMatrixUserId,
  parseRoomId,
  type MatrixUserId,
  type RoomId,
} from '../core/ids.ts';
import type { Log } from '../core/task.ts';
import type { HomeserverCall, HomeserverWatch } from '../core/watch.ts';
import { parseEphemeral, type Ephemeral } from './ephemeral.ts';
import { isObject, type JsonObject } from './request.ts';
import { lookupRoutes, type Lookups } from './third-party.ts';

/** An event of a transaction: what is kept of it, and who sent it. */
export interface TransactionEvent {
  readonly arrival: MatrixArrival;
  readonly sender: string;
  /** By the clock of its origin, milliseconds since the epoch. */
  readonly at: number;
}

export interface AppserviceOptions {
  readonly hsToken: string;
  readonly maxTransactionBytes: number;
  /** Whether an event is the doing of the bridge itself: all that it sends comes back, and is passed over unread. */
  readonly isOwn: (sender: string) => boolean;
  /** All events as they come, those of the bridge's own users included, before anything is done with them. Must not throw. */
  readonly onEvents?: (events: readonly unknown[]) => void;
  /** Resolves once the events are durable: only then is the transaction answered. */
  readonly onTransaction: (events: readonly TransactionEvent[], transactionId: string) => Promise<void>;
  /** What a transaction tells beside its events, once those are durable. */
  readonly onEphemeral?: (ephemeral: readonly Ephemeral[]) => void;
  /** Whether the user exists, or was made just now. */
  readonly onUserQuery: (userId: MatrixUserId) => Promise<boolean>;
  /** Whether the alias points at a room, or does since just now. Answers in time. None is ours where it is absent. */
  readonly onRoomQuery?: (alias: string) => Promise<boolean>;
  /** Answers look-ups of the room directory, where there are any. */
  readonly lookups?: Lookups | undefined;
  readonly onPing: () => void;
  readonly log: Log;
  /** Is told of every call. */
  readonly watch?: Pick<HomeserverWatch, 'called'>;
}

/** The routes that the homeserver calls, the ones without a prefix for older homeservers included. */
export function appserviceRouter(options: AppserviceOptions): Router {
  const router = Router();
  const authorize = authorization(options);
  const json = express.json({ limit: options.maxTransactionBytes, type: () => true, strict: false });
  for (const base of ['/_matrix/app/v1', '']) {
    router.put(`${base}/transactions/:transactionId`, authorize, json, (request, response) =>
      transaction(options, request, response),
    );
    router.get(`${base}/users/:userId`, authorize, (request, response) => user(options, request, response));
    router.get(`${base}/rooms/:alias`, authorize, (request, response) => room(options, request, response));
  }
  router.post('/_matrix/app/v1/ping', authorize, json, (_request, response) => {
    options.onPing();
    response.json({});
  });
  lookupRoutes(router, authorize, options.lookups);
  router.use('/_matrix/app', authorize, (_request, response) => {
    refuse(response, 404, 'M_UNRECOGNIZED');
  });
  router.use(failure(options.log));
  return router;
}

async function transaction(options: AppserviceOptions, request: Request, response: Response): Promise<void> {
  const body: unknown = request.body;
  if (!isObject(body) || !Array.isArray(body['events'])) {
    refuse(response, 400, 'M_BAD_JSON');
    return;
  }
  const sent: readonly unknown[] = body['events'];
  options.onEvents?.(sent);
  const all = sent.filter((event) => !isObject(event) || !isFrom(event, options.isOwn));
  const events = all.flatMap((event) => parseEvent(event) ?? []);
  if (events.length < all.length) {
    options.log.warn({ broken: all.length - events.length }, 'broken events in a transaction');
  }
  try {
    await options.onTransaction(events, parameter(request, 'transactionId'));
  } catch (error) {
    options.log.error({ err: error, events: events.length }, 'a transaction could not be kept');
    refuse(response, 503, 'M_UNKNOWN');
    return;
  }
  takeEphemeral(options, body);
  response.json({});
}

function isFrom({ sender }: JsonObject, who: (sender: string) => boolean): boolean {
  return typeof sender === 'string' && who(sender);
}

/** Nothing that is told in passing may keep events from being answered. */
function takeEphemeral({ onEphemeral, log }: AppserviceOptions, body: JsonObject): void {
  try {
    onEphemeral?.(parseEphemeral(body));
  } catch (error) {
    log.error({ err: error }, 'signals of a transaction broke');
  }
}

async function user(options: AppserviceOptions, request: Request, response: Response): Promise<void> {
  const userId = parseMatrixUserId(parameter(request, 'userId'));
  if (userId !== undefined && (await options.onUserQuery(userId))) response.json({});
  else refuse(response, 404, 'M_NOT_FOUND');
}

async function room(options: AppserviceOptions, request: Request, response: Response): Promise<void> {
  if ((await options.onRoomQuery?.(parameter(request, 'alias'))) === true) response.json({});
  else refuse(response, 404, 'M_NOT_FOUND');
}

/** An event of a transaction or of a room's `/messages`, or `undefined` where it has no id, room or sender. */
export function parseEvent(event: unknown, inRoom?: RoomId): TransactionEvent | undefined {
  if (!isObject(event)) return undefined;
  const { event_id: id, sender, origin_server_ts: at } = event;
  const named = event['room_id'] ?? inRoom;
  if (typeof id !== 'string' || typeof named !== 'string' || typeof sender !== 'string') return undefined;
  const eventId = parseMatrixEventId(id);
  const room = parseRoomId(named);
  if (eventId === undefined || room === undefined) return undefined;
  const raw = textOf({ ...event, room_id: room });
  if (raw === undefined) return undefined;
  return { arrival: { eventId, room, raw }, sender, at: typeof at === 'number' ? at : 0 };
}

/** The JSON of an event; `undefined` for one that nests deeper than can be written, although it could be read. */
function textOf(event: object): string | undefined {
  try {
    return JSON.stringify(event);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Compares tokens in constant time, so that nothing of the right one can be learned from how long it takes. */
function authorization({
  hsToken,
  watch,
}: AppserviceOptions): (request: Request, response: Response, next: NextFunction) => void {
  const expected = digest(hsToken);
  return (request, response, next) => {
    const given = tokenOf(request);
    const isRight = given !== undefined && timingSafeEqual(digest(given), expected);
    watch?.called(isRight ? callOf(request) : 'turned-away');
    if (isRight) next();
    else if (given === undefined) refuse(response, 401, 'M_MISSING_TOKEN');
    else refuse(response, 403, 'M_FORBIDDEN');
  };
}

function callOf({ path }: Request): HomeserverCall {
  if (path.endsWith('/ping')) return 'ping';
  return path.includes('/transactions/') ? 'transaction' : 'query';
}

function tokenOf(request: Request): string | undefined {
  const [, bearer] = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '') ?? [];
  if (bearer !== undefined) return bearer;
  const inQuery: unknown = request.query['access_token'];
  return typeof inQuery === 'string' ? inQuery : undefined;
}

function digest(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}

function parameter(request: Request, name: string): string {
  const value: unknown = request.params[name];
  return typeof value === 'string' ? value : '';
}

function refuse(response: Response, status: number, errcode: string): void {
  response.status(status).json({ errcode, error: errcode });
}

/** Express's own failures (a body that is no JSON, or is too long) as Matrix errors. */
function failure(
  log: Log,
): (error: unknown, request: Request, response: Response, next: NextFunction) => void {
  return (error, _request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const { status, type } = (isObject(error) ? error : {}) as { status?: unknown; type?: unknown };
    if (status === 413) refuse(response, 413, 'M_TOO_LARGE');
    else if (typeof status === 'number' && status >= 400 && status < 500) {
      refuse(response, status, type === 'entity.parse.failed' ? 'M_NOT_JSON' : 'M_UNKNOWN');
    } else {
      log.error({ err: error }, 'a request of the homeserver failed');
      refuse(response, 500, 'M_UNKNOWN');
    }
  };
}
