/** The client-server API over HTTP: https://spec.matrix.org/v1.15/client-server-api/ */
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool, type Dispatcher } from 'undici';
import { MediaError } from '../core/media.ts';
import { failedForNow, type Failed } from '../core/outcome.ts';
import type { Log } from '../core/task.ts';
import { LinkState } from './link-state.ts';
import type { HomeserverWatch } from '../core/watch.ts';
import { resultOf, resultOfError, resultOfStatus, timed } from './request-class.ts';
import { errcodeOf, fromHomeserver, interpret, isOperatorFault } from './request.ts';
import type { Answer, Masquerade, MatrixRequest, RawAnswer } from './request.ts';
import { textRequest } from './text-request.ts';

export interface ClientOptions {
  readonly url: string;
  readonly asToken: string;
  readonly connections: number;
  readonly requestTimeoutMs: number;
  readonly log: Log;
  readonly now?: () => number;
  /** Is told of every request. */
  readonly watch?: Pick<HomeserverWatch, 'requested'>;
  /** Waits, and rejects when the signal is aborted. */
  readonly wait?: (ms: number, signal: AbortSignal | undefined) => Promise<unknown>;
}

/** What most of the Matrix side asks of the client. */
export interface Requester {
  request(request: MatrixRequest): Promise<Answer | Failed>;
}

/** A request whose body or answer is a file. The caller reads the answer's body to its end or destroys it. */
export interface FileRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly query?: MatrixRequest['query'];
  readonly as?: Masquerade;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Readable;
  readonly signal: AbortSignal;
}

const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const MAX_WAIT_MS = 10_000;
const DEFAULT_ATTEMPTS = 4;

/**
 * Requests to the homeserver as the application service. What passes (no connection, 429, 5xx, answers that no
 * homeserver gives) is tried again a few times, by the server's own hint where it gives one; then it is a failure to
 * be tried later. Nothing of a token or body is logged.
 */
export class MatrixClient implements Requester, AsyncDisposable {
  readonly state: LinkState;
  readonly #options: Required<Omit<ClientOptions, 'watch'>> & Pick<ClientOptions, 'watch'>;
  readonly #base: string;
  readonly #pool: Pool;
  readonly #files: Pool;
  #complainedAt = Number.NEGATIVE_INFINITY;

  constructor(options: ClientOptions) {
    this.#options = { now: Date.now, wait: (ms, signal) => sleep(ms, undefined, { signal }), ...options };
    this.state = new LinkState(options.log, this.#options.now);
    const url = new URL(options.url);
    this.#base = url.pathname.replace(/\/+$/, '');
    const timeouts = { headersTimeout: options.requestTimeoutMs, bodyTimeout: options.requestTimeoutMs };
    const common = { ...timeouts, pipelining: 1, allowH2: false, keepAliveTimeout: 30_000 };
    this.#pool = new Pool(url.origin, { ...common, connections: options.connections });
    this.#files = new Pool(url.origin, { ...common, connections: 8 });
  }

  async request(request: MatrixRequest): Promise<Answer | Failed> {
    const attempts = request.attempts ?? DEFAULT_ATTEMPTS;
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.#attempt(request);
      if (answer.kind === 'ok' || answer.retry.kind === 'never' || attempt >= attempts) return answer;
      if (isOperatorFault(answer) || !mayRepeat(request, answer)) return answer;
      const delay = answer.retry.afterMs ?? 250 * 2 ** attempt * (0.5 + Math.random());
      if (delay > MAX_WAIT_MS || request.signal?.aborted === true) return answer;
      try {
        await this.#options.wait(delay, request.signal);
      } catch {
        return answer;
      }
    }
  }

  /** One attempt at a request with a file; the answer's status is for the caller to read. Failures passed are named. */
  async file(request: FileRequest): Promise<Dispatcher.ResponseData | Failed> {
    const ended = timed(this.#options.watch, request.path);
    try {
      const response = await this.#files.request({
        method: request.method,
        path: this.#base + request.path + queryOf(request.query, request.as),
        headers: { ...request.headers, authorization: this.#authorization(request.as) },
        body: request.body ?? null,
        signal: request.signal,
      });
      ended(resultOfStatus(response.statusCode), response.headers['date']);
      return response;
    } catch (error) {
      ended(error instanceof MediaError ? 'given-up' : resultOfError(error, request.signal));
      if (error instanceof MediaError) return error.failed;
      if (codeOf(error) === 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH')
        return failedForNow('media-unavailable', error);
      return this.#broken(error, request.signal);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#pool.destroy(), this.#files.destroy()]);
  }

  async #attempt(request: MatrixRequest): Promise<Answer | Failed> {
    const ended = timed(this.#options.watch, request.path);
    let raw: RawAnswer;
    try {
      raw = await this.#send(request);
    } catch (error) {
      ended(resultOfError(error, request.signal));
      return this.#broken(error, request.signal);
    }
    ended(resultOf(raw), raw.date);
    const answer = interpret(raw, this.#options.now());
    if (fromHomeserver(raw)) this.state.up();
    else this.state.down('link-down');
    // What is wrong with the credential of a user is for whoever uses it to tell.
    const ours = request.as?.credential === undefined;
    if (answer.kind === 'failed' && isOperatorFault(answer) && ours && !isDispensable(request, answer)) {
      this.#complain(answer);
    }
    return answer;
  }

  #send(request: MatrixRequest): Promise<RawAnswer> {
    return textRequest(this.#pool, {
      method: request.method,
      path: this.#base + request.path + queryOf(request.query, request.as),
      headers: {
        authorization: this.#authorization(request.as),
        ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: request.body === undefined ? null : JSON.stringify(request.body),
      signal: request.signal,
      maxAnswerBytes: MAX_ANSWER_BYTES,
    });
  }

  #authorization(as: Masquerade | undefined): string {
    return `Bearer ${as?.credential?.token ?? this.#options.asToken}`;
  }

  #broken(error: unknown, signal: AbortSignal | undefined): Failed {
    if (signal?.aborted === true) return failedForNow('timeout', signal.reason);
    this.state.down('link-down');
    return failedForNow('link-down', error);
  }

  #complain(failed: Failed): void {
    const now = this.#options.now();
    if (now - this.#complainedAt < 60_000) return;
    this.#complainedAt = now;
    this.#options.log.error(
      { err: failed.cause },
      'the homeserver refuses the bridge: compare the tokens and namespaces with its registration file',
    );
  }
}

function isDispensable({ optional }: MatrixRequest, failed: Failed): boolean {
  return optional === true && errcodeOf(failed) === 'M_EXCLUSIVE';
}

/** Codes of errors that say that a request never reached the server. */
const notSent = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']);

function mayRepeat(request: MatrixRequest, failed: Failed): boolean {
  if (request.repeat !== 'once' || failed.reason === 'rate-limited') return true;
  return notSent.has(codeOf(failed.cause));
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function queryOf(query: MatrixRequest['query'], as: Masquerade | undefined): string {
  // A user's own token names the user and the device.
  const named = as?.credential?.kind === 'token' ? undefined : as;
  const all = {
    ...query,
    user_id: named?.userId,
    device_id: named?.deviceId,
    'org.matrix.msc3202.device_id': named?.deviceId,
  };
  const given = Object.entries(all).flatMap(([key, value]): [string, string][] =>
    value === undefined ? [] : [[key, String(value)]],
  );
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`;
}
