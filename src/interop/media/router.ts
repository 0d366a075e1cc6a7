/**
 * Serves the files of a shelf to whoever knows their references [O]: `{base}/{ref}` for a partner's, `/v/t{ref}` for the
 * gatekeeper's. HTTP semantics: RFC 9110. Whatever it does not serve gets the same bare 404.
 */
import { pipeline } from 'node:stream/promises';
import { Router, type Request, type Response } from 'express';
import type { Log } from '../../core/task.ts';
import type { FileFinder, FoundFile } from './shelf/shelf.ts';

export interface MediaRouterOptions {
  readonly files: FileFinder;
  /** What stands before the reference in its segment: nothing as partner, `t` as host, where the router is at `/v`. */
  readonly prefix: '' | 't';
  /** Downloads at once; more are told to come back. */
  readonly mostAtOnce: number;
  /** A download that takes longer is cut off. */
  readonly longestMs: number;
  readonly log: Log;
  readonly now?: () => number;
}

const retryAfterSeconds = 5;

/** A router to be mounted at the configured base. It answers every request below it, and lists nothing. */
export function mediaRouter(options: MediaRouterOptions): Router {
  const { log, mostAtOnce } = options;
  const router = Router();
  let busy = 0;
  router.use(async (request: Request, response: Response) => {
    response.removeHeader('X-Powered-By');
    response.set(plainHeaders);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.set('Allow', 'GET, HEAD').status(405).end();
      return;
    }
    if (busy >= mostAtOnce) {
      comeBack(response);
      return;
    }
    busy += 1;
    try {
      await serve(options, request, response);
    } catch (error) {
      log.warn({ err: error }, 'media file not served');
      if (!response.headersSent) comeBack(response);
    } finally {
      busy -= 1;
    }
  });
  return router;
}

/** Of every answer: whatever the bytes are, no browser is to run, show or keep them. */
const plainHeaders = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; sandbox",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
} as const;

async function serve(
  { files, prefix, longestMs, now = Date.now }: MediaRouterOptions,
  request: Request,
  response: Response,
): Promise<void> {
  const ref = refIn(request.path, prefix);
  const found = ref === undefined ? undefined : await files.find(ref);
  if (found === undefined) {
    response.status(404).end();
    return;
  }
  await using file = found;
  response.status(200).set(headersOf(file, now()));
  if (request.method === 'HEAD') response.end();
  else await send(file, response, longestMs);
}

/** The reference in `/{ref}`, with or without a slash behind it; what it may be is for the shelf to say. */
function refIn(path: string, prefix: string): string | undefined {
  const [first, segment = '', end = '', ...more] = path.split('/');
  const isOne = first === '' && end === '' && more.length === 0 && segment.startsWith(prefix);
  return isOne ? segment.slice(prefix.length) : undefined;
}

function headersOf({ size, expiresAt }: FoundFile, now: number): Record<string, string> {
  const seconds = Math.max(0, Math.floor((expiresAt - now) / 1000));
  return {
    'Accept-Ranges': 'none',
    'Cache-Control': `private, max-age=${seconds}, immutable, no-transform`,
    'Content-Disposition': 'attachment',
    'Content-Length': String(size),
    'Content-Type': 'application/octet-stream',
  };
}

/** A reader who leaves or is too slow has no failure that is ours: the connection ends before the announced length. */
async function send(file: FoundFile, response: Response, longestMs: number): Promise<void> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), longestMs);
  try {
    await pipeline(file.read(), response, { signal: late.signal });
  } catch (error) {
    response.destroy();
    if (!isReaders(error)) throw error;
  } finally {
    clearTimeout(timer);
  }
}

function isReaders(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return ['ABORT_ERR', 'ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE'].some((known) => known === code);
}

function comeBack(response: Response): void {
  response.set('Retry-After', String(retryAfterSeconds)).status(503).end();
}
