import type {
  HomeserverCall,
  HomeserverWatch,
  PingResult,
  RequestClass,
  RequestResult,
  RequestSeen,
} from '../core/watch.ts';
import { Recent } from './recent.ts';

/** Files, and rooms that are read back, take their time: only the rest says how fast the homeserver answers. */
const unhurried: ReadonlySet<RequestClass> = new Set<RequestClass>([
  'download',
  'messages',
  'ping',
  'room',
  'sync',
  'upload',
]);
const answers: ReadonlySet<RequestResult> = new Set<RequestResult>([
  'ok',
  'limited',
  'refused',
  'not-found',
  'too-large',
  'token-refused',
]);
const nothingLearned: ReadonlySet<RequestResult> = new Set<RequestResult>(['given-up']);

/** The last time that something went well, and the last time that it did not. */
export interface Tried {
  readonly well: number | undefined;
  readonly failed: { readonly at: number; readonly result: RequestResult } | undefined;
}
const untried: Tried = { well: undefined, failed: undefined };

/** What was last seen of the homeserver. Times are milliseconds since the epoch. */
export class HomeserverVitals implements HomeserverWatch {
  readonly #now: () => number;
  readonly #speed = new Recent(5, 30_000);
  readonly #clock = new Recent(9, 300_000);
  /** When a homeserver last answered. */
  lastAnswer: number | undefined;
  /** How the last request without an answer of a homeserver ended. */
  lastFailure: RequestResult | undefined;
  token: 'unknown' | 'accepted' | 'refused' = 'unknown';
  /** When the homeserver last called the bridge, with the right token. */
  lastCall: number | undefined;
  /** When somebody last did with a wrong one. */
  turnedAway: number | undefined;
  lastPing: { readonly at: number; readonly result: Exclude<PingResult, 'unknown'> } | undefined;
  uploads: Tried = untried;
  downloads: Tried = untried;

  constructor(now: () => number) {
    this.#now = now;
  }

  requested({ request, result, ms, serverTime }: RequestSeen): void {
    const now = this.#now();
    if (nothingLearned.has(result)) return;
    if (answers.has(result)) this.lastAnswer = now;
    else if (request !== 'ping') this.lastFailure = result;
    if (request === 'upload') this.uploads = tried(this.uploads, result, now);
    else if (request === 'download') this.downloads = tried(this.downloads, result, now);
    if (result === 'token-refused') this.token = 'refused';
    else if (answers.has(result) && request !== 'versions') this.token = 'accepted';
    if (!unhurried.has(request)) this.#speed.add(ms, now);
    // The homeserver tells whole seconds, and told them somewhere between question and answer.
    if (serverTime !== undefined && !unhurried.has(request))
      this.#clock.add(serverTime + 500 - (now - ms / 2), now);
  }

  called(call: HomeserverCall): void {
    if (call === 'turned-away') this.turnedAway = this.#now();
    else this.lastCall = this.#now();
  }

  pinged(result: PingResult): void {
    if (result !== 'unknown') this.lastPing = { at: this.#now(), result };
  }

  /** How long the homeserver takes for an answer, in milliseconds; undefined where too little was asked lately. */
  get speed(): number | undefined {
    return this.#speed.median(this.#now(), 3);
  }

  /** How far the homeserver's clock is ahead of ours, in milliseconds, to about a second. */
  get clockOffset(): number | undefined {
    return this.#clock.median(this.#now(), 1);
  }
}

function tried(before: Tried, result: RequestResult, at: number): Tried {
  return result === 'ok' ? { ...before, well: at } : { ...before, failed: { at, result } };
}
