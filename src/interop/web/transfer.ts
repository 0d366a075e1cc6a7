/** Files that a stranger's web server sends (RFC 9110): what of an answer is believed, and how much of it is read. */
import type { Dispatcher } from 'undici';
import { limitBytes, MediaError, type OpenMedia } from '../../core/media.ts';
import { failedForGood, failedForNow, type Failed } from '../../core/outcome.ts';
import { ForbiddenAddressError } from './guarded-connector.ts';

/** How much is read of an answer, and how slowly it may come. */
export interface TransferLimits {
  readonly maxBytes: number;
  /** Slower than that is cut off: after a time of grace, over all the time that was spent waiting for the server. */
  readonly pace?: Pace;
}
export interface Pace {
  readonly graceMs: number;
  readonly bytesPerSecond: number;
}

/** An encoded body could grow on decoding beyond what its length announces. */
export const plainBodyHeaders = { 'accept-encoding': 'identity', accept: '*/*' } as const;

/** The file that an answer brings, or why it brings none. `left` is called when the body is over, however it ends. */
export function transferOf(
  response: Dispatcher.ResponseData,
  { maxBytes, pace }: TransferLimits,
  left: () => void,
): OpenMedia | Failed {
  const { statusCode, headers, body } = response;
  const size = lengthOf(headers);
  const problem =
    statusProblem(statusCode) ??
    (headers['content-encoding'] === undefined ? undefined : failedForGood('media-unavailable')) ??
    (size !== undefined && size > maxBytes ? failedForGood('too-large') : undefined);
  if (problem !== undefined) {
    discard(response);
    return problem;
  }
  body.once('close', left);
  const steady = pace === undefined ? body : atPace(body, pace);
  const stream = limitBytes(withMediaErrors(steady), maxBytes);
  const type = headers['content-type'];
  return { kind: 'open', stream, size, mimetype: typeof type === 'string' ? type : undefined };
}

/** Lets go of a body that nobody reads, its connection included. */
export function discard({ body }: Pick<Dispatcher.ResponseData, 'body'>): void {
  body.on('error', () => undefined).destroy();
}

/** Why there was no answer at all. */
export function transferFailure(error: unknown): Failed {
  if (error instanceof ForbiddenAddressError) return failedForGood('forbidden', error);
  if (error instanceof TypeError) return failedForGood('media-unavailable', error);
  return failedForNow('media-unavailable', error);
}

function lengthOf(headers: Dispatcher.ResponseData['headers']): number | undefined {
  const length = headers['content-length'];
  return typeof length === 'string' && /^\d{1,15}$/.test(length) ? Number(length) : undefined;
}

function statusProblem(status: number): Failed | undefined {
  if (status === 200) return undefined;
  if (status === 404 || status === 410) return failedForGood('media-gone');
  if (status === 429 || status >= 500) return failedForNow('media-unavailable', { status });
  return failedForGood('media-unavailable', { status });
}

async function* withMediaErrors(
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* body;
  } catch (error) {
    throw new MediaError(failedForNow('media-unavailable', error));
  }
}

/** The time that the reader takes does not count: only how long the server let it wait. */
async function* atPace(
  body: AsyncIterable<Uint8Array>,
  { graceMs, bytesPerSecond }: Pace,
): AsyncGenerator<Uint8Array, void, undefined> {
  let waitedMs = 0;
  let seen = 0;
  let from = performance.now();
  for await (const chunk of body) {
    waitedMs += performance.now() - from;
    seen += chunk.byteLength;
    if (waitedMs > graceMs + (seen / bytesPerSecond) * 1000) throw new Error('the server is too slow');
    yield chunk;
    from = performance.now();
  }
}
