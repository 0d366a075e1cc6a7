/**
 * One HTTP request to a party that is known but not trusted: https, no redirects, and bounds on time and on the size of
 * the answer. Shared by the fetching of keys, push and enlistment.
 */
import { Agent, request, type Dispatcher } from 'undici';

export interface BoundedRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
}
/** Why there was no answer. Addresses, headers and bodies are not in the text. */
export type NoAnswerReason =
  'not-https' | 'unreachable' | 'timeout' | 'redirected' | 'too-large' | 'encoded' | 'stopped';
export interface NoAnswer {
  readonly kind: 'failed';
  readonly reason: NoAnswerReason;
  readonly text: string;
}
/** An answer, its body whole and within bounds; header names are in lower case. */
export interface Answered {
  readonly kind: 'answered';
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Uint8Array;
}
/** Asks once. Never rejects for what the other side does. */
export type Asker = (request: BoundedRequest) => Promise<Answered | NoAnswer>;

export interface AskerOptions {
  /** For all of it: connection, headers, body. In milliseconds. */
  readonly deadlineMs: number;
  readonly maxBytes: number;
  /** Only for tests and loopback: takes `http:` too. */
  readonly allowHttp?: boolean;
  /** Connections of one's own, such as guarded ones; else they are made here. The caller closes them. */
  readonly dispatcher?: Dispatcher;
}
/** What is enough for key sets, answers to enlistments and answers to pushes. */
export const usualBounds = { deadlineMs: 10_000, maxBytes: 65_536 } as const;

/** Dispose of it to close its connections. */
export type OwnedAsker = { readonly ask: Asker } & AsyncDisposable;

/** Makes an asker. What is asked after it was disposed of is answered `unreachable`. */
export function boundedAsker(options: AskerOptions): OwnedAsker {
  const { deadlineMs } = options;
  const own =
    options.dispatcher === undefined
      ? new Agent({
          connect: { timeout: deadlineMs },
          headersTimeout: deadlineMs,
          bodyTimeout: deadlineMs,
          maxHeaderSize: 16_384,
          connections: 4,
        })
      : undefined;
  const dispatcher = options.dispatcher ?? own;
  return {
    ask: (asked) => askOnce(asked, options, dispatcher),
    [Symbol.asyncDispose]: async () => {
      await own?.destroy();
    },
  };
}

/** Whether an address may be asked at all: https, and no name or password in it. */
export function isAskable(url: string, allowHttp = false): boolean {
  const parsed = URL.parse(url);
  if (parsed?.username !== '' || parsed.password !== '') return false;
  return parsed.protocol === 'https:' || (allowHttp && parsed.protocol === 'http:');
}

async function askOnce(
  asked: BoundedRequest,
  { deadlineMs, maxBytes, allowHttp }: AskerOptions,
  dispatcher: Dispatcher | undefined,
): Promise<Answered | NoAnswer> {
  if (!isAskable(asked.url, allowHttp)) return noAnswer('not-https');
  const deadline = AbortSignal.timeout(deadlineMs);
  const signal = asked.signal === undefined ? deadline : AbortSignal.any([deadline, asked.signal]);
  try {
    const response = await request(asked.url, {
      method: asked.method,
      headers: asked.headers,
      signal,
      ...(asked.body === undefined ? {} : { body: asked.body }),
      ...(dispatcher === undefined ? {} : { dispatcher }),
    });
    const { statusCode: status, headers } = response;
    if (status >= 300 && status < 400) return await dropped(response.body, 'redirected');
    const encoding = headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity') return await dropped(response.body, 'encoded');
    const body = await readAll(response.body, maxBytes);
    return body === undefined ? noAnswer('too-large') : { kind: 'answered', status, headers, body };
  } catch {
    if (asked.signal?.aborted === true) return noAnswer('stopped');
    return noAnswer(deadline.aborted ? 'timeout' : 'unreachable');
  }
}

/** Leaving the loop destroys the stream, and with it the connection. */
async function readAll(body: AsyncIterable<unknown>, maxBytes: number): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    if (!(chunk instanceof Uint8Array)) continue;
    size += chunk.byteLength;
    if (size > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function dropped(body: AsyncIterable<unknown>, reason: NoAnswerReason): Promise<NoAnswer> {
  await readAll(body, 0);
  return noAnswer(reason);
}

const texts: Readonly<Record<NoAnswerReason, string>> = {
  'not-https': 'the address is not one of https',
  unreachable: 'there was no connection, or it broke',
  timeout: 'there was no whole answer in time',
  redirected: 'the answer points elsewhere',
  'too-large': 'the answer is too large',
  encoded: 'the answer is compressed',
  stopped: 'stopped',
};

function noAnswer(reason: NoAnswerReason): NoAnswer {
  return { kind: 'failed', reason, text: texts[reason] };
}
