/** From nothing to a session: token, stream, handshake, and the server's word; all within one time. */
import type { Duplex } from 'node:stream';
import type { ReasonCode } from '../../core/outcome.ts';
import { openAsInitiator } from '../noise/channel.ts';
import { writeClientPayload } from '../noise/client-payload.ts';
import type { CurveKeyPair } from '../noise/curve-key.ts';
import type { ChatClientOptions, ChatClientTimes } from './client.ts';
import type { ClientCounts, ClientTrouble } from './counts.ts';
import { lost, type SessionEnd } from './ends.ts';
import { Session } from './session.ts';

export interface OpenNeeds {
  readonly options: ChatClientOptions;
  readonly keys: CurveKeyPair;
  readonly times: ChatClientTimes;
  readonly counts: ClientCounts;
}

export type OpenedSession =
  | { readonly kind: 'begun'; readonly session: Session }
  | { readonly kind: 'not-begun'; readonly end: SessionEnd };

/** Never rejects; `stop` ends it early. */
export async function openSession(needs: OpenNeeds, stop: AbortSignal): Promise<OpenedSession> {
  const limit = new AbortController();
  const abort = (): void => limit.abort();
  const timer = setTimeout(abort, needs.times.handshake);
  stop.addEventListener('abort', abort, { once: true });
  if (stop.aborted) abort();
  try {
    return await open(needs, limit.signal);
  } finally {
    clearTimeout(timer);
    stop.removeEventListener('abort', abort);
  }
}

async function open({ options, keys, times, counts }: OpenNeeds, limit: AbortSignal): Promise<OpenedSession> {
  const fail = (trouble: ClientTrouble, reason: ReasonCode): OpenedSession => {
    counts.count(trouble);
    return { kind: 'not-begun', end: lost(limit.aborted ? 'timeout' : reason) };
  };
  const payload = await unless(limit, () => payloadOf(options));
  if (payload === undefined) return fail('no-token', 'link-down');
  const stream = await unless(limit, () => options.connect(limit), destroy);
  if (stream === undefined) return fail('no-stream', 'link-down');
  const { roots, now = Date.now } = options;
  const opened = await openAsInitiator(
    stream,
    { keys, payload, roots, now },
    { signal: limit, ...(options.counts === undefined ? {} : { counts: options.counts }) },
  );
  if (opened.kind === 'failed')
    return fail('no-handshake', opened.reason.startsWith('certificate') ? 'not-genuine' : 'link-down');
  const { channel } = opened;
  const abort = (): void => channel.abort();
  limit.addEventListener('abort', abort, { once: true });
  if (limit.aborted) abort();
  const isGone = (): boolean => stream.destroyed;
  const session = new Session({ channel, isGone, events: options.events, times, counts });
  const end = await session.begin();
  limit.removeEventListener('abort', abort);
  if (end === undefined) return { kind: 'begun', session };
  channel.abort();
  if (end.kind === 'lost' && end.reason === 'link-down') return fail('no-session', 'link-down');
  counts.count('refused');
  return { kind: 'not-begun', end };
}

async function payloadOf({ login, readReceipts, token }: ChatClientOptions): Promise<Uint8Array> {
  const accountId = BigInt(login.user);
  return writeClientPayload({ accountId, token: await token(), enableReadReceipts: readReceipts });
}

function destroy(stream: Duplex): void {
  stream.on('error', () => undefined);
  stream.destroy();
}

/** What the work comes to, or `undefined` where it fails or takes too long; what comes later still is let go of. */
async function unless<T>(
  limit: AbortSignal,
  work: () => Promise<T>,
  letGo: (late: T) => void = () => undefined,
): Promise<T | undefined> {
  if (limit.aborted) return undefined;
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const abort = (): void => resolve(undefined);
  limit.addEventListener('abort', abort, { once: true });
  const working = (async () => {
    try {
      const result = await work();
      if (limit.aborted) letGo(result);
      return limit.aborted ? undefined : result;
    } catch {
      return undefined;
    }
  })();
  try {
    return await Promise.race([working, promise]);
  } finally {
    limit.removeEventListener('abort', abort);
  }
}
