/**
 * The keys that providers publish, fetched and kept for a while. What strangers send cannot make it fetch often: unknown
 * key names are bounded in rate for each provider, and one fetch runs at a time.
 */
import { BoundedMap } from '../../core/bounded-map.ts';
import { task, type Log } from '../../core/task.ts';
import { TokenBucket } from '../../core/token-bucket.ts';
import type { Asker } from './bounded-request.ts';
import { parseJwkSet, type PublicKey } from './jwk-set.ts';
import { tokenFailed, type FoundKeys, type TokenKeys } from './token.ts';

/** All in milliseconds. */
export interface JwksPolicy {
  /** For how long a set is good without asking again: what its sender allows, within these. */
  readonly freshMs: { readonly least: number; readonly most: number; readonly usual: number };
  /** For how long a set is used on while it cannot be fetched again. */
  readonly staleMs: number;
  /** How often a key that is not in the set lets it be fetched again: so many at once, then one in `everyMs`. */
  readonly unknown: { readonly burst: number; readonly everyMs: number };
  /** Between attempts that fail: the first wait, doubled each time, up to the last. */
  readonly backOffMs: { readonly first: number; readonly last: number };
  readonly maxProviders: number;
}
export const usualJwksPolicy: JwksPolicy = {
  freshMs: { least: 60_000, most: 3_600_000, usual: 600_000 },
  staleMs: 86_400_000,
  unknown: { burst: 3, everyMs: 30_000 },
  backOffMs: { first: 1_000, last: 300_000 },
  maxProviders: 256,
};

export interface JwksClientOptions {
  readonly ask: Asker;
  readonly log: Log;
  readonly policy?: JwksPolicy;
  readonly now?: () => number;
}
export interface JwksClient {
  /** The keys behind an address. Two calls with one address share what was fetched. */
  keysOf(url: string): TokenKeys;
}

interface Kept {
  keys: readonly PublicKey[] | undefined;
  fetchedAt: number;
  freshUntil: number;
  failures: number;
  /** No fetch before then. */
  notBefore: number;
  fetching: Promise<void> | undefined;
  readonly unknown: TokenBucket;
}

/** Remembers the sets of at most `maxProviders`, the latest used. */
export function createJwksClient(options: JwksClientOptions): JwksClient {
  const { policy = usualJwksPolicy, now = Date.now } = options;
  const providers = new BoundedMap<string, Kept>(policy.maxProviders);
  return {
    keysOf: (url) => ({
      find: async (kid) => {
        const kept = providers.get(url) ?? unfetched(policy, now);
        providers.set(url, kept);
        return findKey(kid, kept, () => fetchSet(url, kept, { ...options, policy, now }), policy, now);
      },
    }),
  };
}

function unfetched(policy: JwksPolicy, now: () => number): Kept {
  const { burst, everyMs } = policy.unknown;
  const never = Number.NEGATIVE_INFINITY;
  return {
    ...{ keys: undefined, fetchedAt: never, freshUntil: never, failures: 0, notBefore: never },
    ...{ fetching: undefined, unknown: new TokenBucket(1_000 / everyMs, burst, now) },
  };
}

async function findKey(
  kid: string | undefined,
  kept: Kept,
  fetchAgain: () => Promise<void>,
  policy: JwksPolicy,
  now: () => number,
): Promise<FoundKeys> {
  const before = kept.fetchedAt;
  const matching = (): readonly PublicKey[] => named(usable(kept, policy, now) ?? [], kid);
  if (now() >= kept.freshUntil) {
    const fetched = fetchAgain();
    // Where the last attempt failed, who can be served from what is there does not wait for the next.
    if (kept.failures === 0 || matching().length === 0) await fetched;
  }
  const asked = kept.fetchedAt !== before;
  const isUnknown = usable(kept, policy, now) !== undefined && matching().length === 0;
  if (isUnknown && !asked && (kept.fetching !== undefined || mayAsk(kept, now))) await fetchAgain();
  const keys = matching().map(({ key }) => key);
  if (keys.length > 0) return { kind: 'keys', keys };
  // While the provider is away nobody can say that it has no such key.
  const isAway = usable(kept, policy, now) === undefined || kept.failures > 0;
  return tokenFailed(isAway ? 'keys-unavailable' : 'unknown-key');
}

/** Takes from the bucket only where a fetch would follow. */
function mayAsk(kept: Kept, now: () => number): boolean {
  return now() >= kept.notBefore && kept.unknown.take() === 0;
}

function named(keys: readonly PublicKey[], kid: string | undefined): readonly PublicKey[] {
  return kid === undefined ? keys : keys.filter((key) => key.kid === kid);
}

function usable(kept: Kept, policy: JwksPolicy, now: () => number): readonly PublicKey[] | undefined {
  return now() <= kept.freshUntil + policy.staleMs ? kept.keys : undefined;
}

type Fetching = Required<JwksClientOptions>;

/** One at a time; who comes meanwhile waits for the same. None while a failure is too near. */
function fetchSet(url: string, kept: Kept, fetching: Fetching): Promise<void> {
  if (kept.fetching !== undefined) return kept.fetching;
  if (fetching.now() < kept.notBefore) return Promise.resolve();
  const { log } = fetching;
  kept.fetching = task(log, 'fetch keys', async () => {
    try {
      await fetchNow(url, kept, fetching);
    } finally {
      kept.fetching = undefined;
    }
  });
  return kept.fetching;
}

async function fetchNow(url: string, kept: Kept, { ask, log, policy, now }: Fetching): Promise<void> {
  const answer = await ask({ method: 'GET', url, headers: { accept: 'application/json' } });
  const set = answer.kind === 'answered' && answer.status === 200 ? parseJwkSet(answer.body) : undefined;
  const at = now();
  if (answer.kind === 'answered' && set?.kind === 'keys') {
    kept.keys = set.keys;
    kept.fetchedAt = at;
    kept.freshUntil = at + freshFor(answer.headers['cache-control'], policy);
    kept.failures = 0;
    kept.notBefore = at;
    return;
  }
  const { first, last } = policy.backOffMs;
  kept.notBefore = at + Math.min(first * 2 ** Math.min(kept.failures, 30), last);
  kept.failures += 1;
  const refused = set?.kind === 'failed' ? set.reason : undefined;
  const reason = answer.kind === 'failed' ? answer.reason : (refused ?? `status ${answer.status}`);
  log.warn({ reason, failures: kept.failures }, "a provider's keys could not be fetched");
}

/** RFC 9111, 5.2.2.1; what is not understood is as if it were not there. */
function freshFor(header: string | readonly string[] | undefined, { freshMs }: JwksPolicy): number {
  const text = (typeof header === 'string' ? header : (header?.join(',') ?? '')).slice(0, 1_000);
  const [, seconds] = /(?:^|[\s,])max-age=([0-9]{1,9})(?:$|[\s,])/i.exec(text) ?? [];
  const wanted = /no-store|no-cache/i.test(text)
    ? 0
    : seconds === undefined
      ? undefined
      : Number(seconds) * 1_000;
  return Math.min(Math.max(wanted ?? freshMs.usual, freshMs.least), freshMs.most);
}
