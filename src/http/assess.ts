/** Judges what was seen: pure, so that each fault has a test. Times are in milliseconds. */
import type { Health } from '../core/network.ts';
import { degraded, failing, linkTrouble, well, type Assessment, type Trouble } from '../core/trouble.ts';
import type { DatabaseResult, EncryptionResult, RequestResult } from '../core/watch.ts';
import type { Tried } from './homeserver-vitals.ts';

/** From when on something counts as trouble. */
export interface Thresholds {
  /** An answer of the homeserver. */
  readonly homeserverSlow: number;
  /** A transaction of the database. */
  readonly databaseSlow: number;
  /** The age of the oldest event, where nothing has ended for as long. */
  readonly backlogStuck: number;
  /** The difference between our clock and the homeserver's. */
  readonly clockOff: number;
  /** How long a link's far end may leave something unanswered. */
  readonly linkSilent: number;
  /** Within this time three breaks make a link that flaps. */
  readonly flapWindow: number;
}

/** What failed once is not well again before this: a full disk may still take a small write now and then. */
const sticky = 15_000;
/** A database that lets a call wait for longer is away; the calls themselves end after five seconds. */
const longestCall = 10_000;
const flaps = 3;
const mediaMemory = 600_000;

const databaseTroubles: Readonly<Record<Exclude<DatabaseResult, 'ok'>, Trouble>> = {
  full: 'database-full',
  busy: 'database-busy',
  'read-only': 'database-read-only',
  broken: 'database-broken',
  away: 'database-away',
  taken: 'database-taken',
  failed: 'database-failed',
};

export interface DatabaseSeen {
  readonly lost: boolean;
  readonly lastWrite: number | undefined;
  readonly lastFailure: { readonly at: number; readonly result: DatabaseResult } | undefined;
  readonly speed: number | undefined;
  readonly waiting: number;
}

/** Whether the database is this process's, takes what is written, and soon. */
export function assessDatabase(seen: DatabaseSeen, limits: Thresholds, now: number): Assessment {
  if (seen.lost) return failing('database-taken');
  if (seen.waiting > longestCall) return failing('database-away');
  const { lastFailure, lastWrite = 0 } = seen;
  if (lastFailure !== undefined && lastFailure.result !== 'ok') {
    const isOver = lastWrite > lastFailure.at && now - lastFailure.at > sticky;
    if (!isOver) return failing(databaseTroubles[lastFailure.result]);
  }
  if (seen.speed !== undefined && seen.speed > limits.databaseSlow) return degraded('database-slow');
  return well;
}

export interface HomeserverSeen {
  readonly health: Health;
  readonly lastFailure: RequestResult | undefined;
  readonly speed: number | undefined;
}

/** Whether the homeserver answers, and soon. */
export function assessHomeserver(seen: HomeserverSeen, limits: Thresholds): Assessment {
  if (seen.health.kind === 'connecting') return failing('starting');
  if (seen.health.kind === 'down') return failing(homeserverTrouble(seen.lastFailure));
  if (seen.speed !== undefined && seen.speed > limits.homeserverSlow) return degraded('homeserver-slow');
  return well;
}

function homeserverTrouble(last: RequestResult | undefined): Trouble {
  switch (last) {
    case 'no-answer':
      return 'homeserver-silent';
    case 'not-matrix':
    case 'server-error':
      return 'homeserver-nonsense';
    default:
      return 'homeserver-down';
  }
}

/** Whether the homeserver accepts the as_token. */
export function assessToken(token: 'unknown' | 'accepted' | 'refused'): Assessment {
  if (token === 'unknown') return failing('starting');
  return token === 'accepted' ? well : failing('as-token');
}

export interface ReachedSeen {
  readonly lastPing:
    | { readonly at: number; readonly result: 'ok' | 'no-such-request' | 'bad-status' | 'no-connection' }
    | undefined;
  readonly turnedAway: number | undefined;
}

/** Whether the homeserver reaches the bridge, with the token that the bridge expects. */
export function assessReached({ lastPing, turnedAway }: ReachedSeen): Assessment {
  switch (lastPing?.result) {
    case undefined:
      return failing('starting');
    case 'ok':
    // A homeserver from before the ping: whether it reaches the bridge is seen by its transactions alone.
    case 'no-such-request':
      return well;
    case 'no-connection':
      return failing('not-reached');
    case 'bad-status': {
      const wasUs = turnedAway !== undefined && lastPing.at - turnedAway < 5_000;
      return failing(wasUs ? 'hs-token' : 'wrong-url');
    }
  }
}

/** Whether our clock and the homeserver's agree. */
export function assessClock(offset: number | undefined, limits: Thresholds): Assessment {
  return offset !== undefined && Math.abs(offset) > limits.clockOff ? degraded('clock-off') : well;
}

/** Whether the homeserver's media repository takes and gives files. */
export function assessMedia(tried: readonly Tried[], now: number): Assessment {
  const refuses = tried.some(({ well: last = 0, failed }) => {
    if (failed === undefined || failed.at <= last || now - failed.at > mediaMemory) return false;
    return failed.result === 'refused' || failed.result === 'server-error' || failed.result === 'not-matrix';
  });
  return refuses ? degraded('media-refused') : well;
}

export interface EncryptionSeen {
  readonly lastWell: number | undefined;
  readonly lastFailure: { readonly at: number; readonly result: EncryptionResult } | undefined;
  readonly waiting: number;
  /** Since when nobody sees changes of devices; undefined where somebody does. */
  readonly unwatched: number | undefined;
}

/** A call waits for the homeserver, which may take its time; one that takes longer is stuck. */
const longestCrypto = 120_000;
const blindness = 60_000;

/** Whether what goes into encrypted rooms can be encrypted. */
export function assessEncryption(seen: EncryptionSeen, now: number): Assessment {
  const { lastFailure, lastWell = 0, waiting, unwatched } = seen;
  if (waiting > longestCrypto) return failing('keys-stuck');
  if (lastFailure !== undefined && lastWell <= lastFailure.at)
    return failing(lastFailure.result === 'store' ? 'keys-store' : 'keys-restarting');
  if (unwatched !== undefined && now - unwatched > blindness) return degraded('keys-unwatched');
  return well;
}

/** Whether a network's link is up and its far end answers. */
export function assessLink(health: Health, breaks: number, limits: Thresholds, now: number): Assessment {
  const flapping = breaks >= flaps;
  if (health.kind !== 'up') return failing(flapping ? 'link-flapping' : linkTrouble(health));
  const { unanswered } = health;
  if (unanswered !== undefined && now - unanswered > limits.linkSilent) return failing('link-stuck');
  return flapping ? degraded('link-flapping') : well;
}

export interface BacklogSeen {
  /** When the oldest event that waits was kept. */
  readonly oldest: number | undefined;
  /** When an event last ended, or the bridge began. */
  readonly lastEnded: number;
}

/** Whether what waits moves. */
export function assessBacklog(seen: BacklogSeen, limits: Thresholds, now: number): Assessment {
  if (seen.oldest === undefined || now - seen.oldest <= limits.backlogStuck) return well;
  return now - seen.lastEnded > limits.backlogStuck ? failing('backlog-stuck') : well;
}
