/** What can be wrong with a part of the bridge: one code for each, for `/ready`, metrics, doctor and alerts alike. */
import type { Health } from './network.ts';

/** Every trouble; the catalogues in `texts` say what it is and what to do (`trouble.<code>`). */
export const troubles = [
  'starting',
  'database-full',
  'database-busy',
  'database-read-only',
  'database-broken',
  'database-away',
  'database-failed',
  'database-taken',
  'database-slow',
  'homeserver-down',
  'homeserver-silent',
  'homeserver-nonsense',
  'homeserver-slow',
  'as-token',
  'hs-token',
  'wrong-url',
  'not-reached',
  'clock-off',
  'media-refused',
  'keys-stuck',
  'keys-store',
  'keys-restarting',
  'keys-unwatched',
  'link-connecting',
  'link-lost',
  'link-unreachable',
  'link-secret',
  'link-refused',
  'link-stuck',
  'link-flapping',
  'backlog-stuck',
] as const;
export type Trouble = (typeof troubles)[number];

/** How a part of the bridge is: well, well enough to go on (`degraded`), or not (`failed`: the bridge is not ready). */
export type Assessment =
  { readonly state: 'ok' } | { readonly state: 'degraded' | 'failed'; readonly trouble: Trouble };

/** A part of the bridge. `name` holds no identifier; `since` is when it came to be so, milliseconds since the epoch. */
export interface Part {
  readonly name: string;
  readonly since: number;
  readonly assessment: Assessment;
}

export const well: Assessment = { state: 'ok' };
export function degraded(trouble: Trouble): Assessment {
  return { state: 'degraded', trouble };
}
export function failing(trouble: Trouble): Assessment {
  return { state: 'failed', trouble };
}

/** What is wrong with a link that is not up. */
export function linkTrouble(health: Exclude<Health, { readonly kind: 'up' }>): Trouble {
  switch (health.reason) {
    case undefined:
      return 'link-connecting';
    case 'forbidden':
      return 'link-secret';
    case 'network-refused':
      return 'link-refused';
    case 'timeout':
      return 'link-stuck';
    case 'unreachable':
      return 'link-unreachable';
    default:
      return 'link-lost';
  }
}
