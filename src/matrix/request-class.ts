/** What a request is for and how it ended, in classes that hold no identifier: for metrics and health. */
import type { HomeserverWatch, RequestClass, RequestResult } from '../core/watch.ts';
import { fromHomeserver, interpret, type RawAnswer, errcodeOf } from './request.ts';

/** The first pattern that fits a path names its class; paths are those of the client-server API. */
const classes: readonly (readonly [RequestClass, RegExp])[] = [
  ['versions', /\/client\/versions$/],
  ['ping', /\/appservice\/[^/]+\/ping$/],
  ['upload', /\/media\/\w+\/upload/],
  ['download', /\/media\/(?:\w+\/)?(?:download|thumbnail)\//],
  ['media-config', /\/media\/\w*\/?config$/],
  ['send', /\/rooms\/[^/]+\/(?:send|redact)\//],
  ['messages', /\/rooms\/[^/]+\/(?:messages|context|event|relations)\b/],
  ['signal', /\/rooms\/[^/]+\/(?:typing|receipt|read_markers)\b|\/presence\//],
  [
    'membership',
    /\/rooms\/[^/]+\/(?:join|leave|invite|kick|ban|unban|members|joined_members)$|\/joined_rooms$|\/join\//,
  ],
  ['state', /\/rooms\/[^/]+\/state\b/],
  ['room', /\/createRoom$|\/directory\/|\/rooms\/[^/]+\/(?:upgrade|aliases)$/],
  ['profile', /\/profile\//],
  ['account', /\/register$|\/login$|\/logout$|\/account\/|\/account_data\//],
  ['device', /\/devices\b/],
  ['keys', /\/keys\//],
  ['sync', /\/sync$/],
];

/** The class of a request by its path, which may have a query. */
export function requestClass(path: string): RequestClass {
  const [plain = ''] = path.split('?');
  return classes.find(([, pattern]) => pattern.test(plain))?.[0] ?? 'other';
}

/** How a request ended that got an answer. */
export function resultOf(raw: RawAnswer): RequestResult {
  if (!fromHomeserver(raw)) return 'not-matrix';
  const answer = interpret(raw, 0);
  if (answer.kind === 'ok') return 'ok';
  const errcode = errcodeOf(answer);
  if (errcode === 'M_UNKNOWN_TOKEN' || errcode === 'M_MISSING_TOKEN') return 'token-refused';
  if (errcode === 'M_LIMIT_EXCEEDED') return 'limited';
  return resultOfStatus(raw.status);
}

/** The same where the body of the answer is somebody else's to read. */
export function resultOfStatus(status: number): RequestResult {
  if (status < 400) return 'ok';
  if (status === 401) return 'token-refused';
  if (status === 404 || status === 410) return 'not-found';
  if (status === 413) return 'too-large';
  if (status === 429) return 'limited';
  return status >= 500 ? 'server-error' : 'refused';
}

/** How a request ended that got none. */
export function resultOfError(error: unknown, signal: AbortSignal | undefined): RequestResult {
  if (signal?.aborted === true) return 'given-up';
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /TIMEOUT|ETIMEDOUT/.test(code) ? 'no-answer' : 'no-connection';
}

/** Begins to time a request; what it answers is to be told once how the request ended, and the answer's `Date`. */
export function timed(
  watch: Pick<HomeserverWatch, 'requested'> | undefined,
  path: string,
): (result: RequestResult, date?: string | string[]) => void {
  const started = performance.now();
  return (result, date) => {
    const time = typeof date === 'string' ? Date.parse(date) : Number.NaN;
    watch?.requested({
      request: requestClass(path),
      result,
      ms: performance.now() - started,
      serverTime: Number.isNaN(time) ? undefined : time,
    });
  };
}
