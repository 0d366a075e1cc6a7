import type { BridgeEvent, Expiry, MessageEvent, TimerEvent, Unresolved, UnresolvedEvent } from './event.ts';

const shortestMs = 1_000;
const longestMs = 5 * 365 * 86_400_000;

/** A time as somebody gave it, in milliseconds; `undefined` where that is none, or so long that it is for good. */
export function expiryOf(ms: number, from: Expiry['from']): Expiry | undefined {
  if (!Number.isFinite(ms) || ms <= 0 || ms > longestMs) return undefined;
  return { afterMs: Math.max(shortestMs, Math.floor(ms)), from };
}

/** How the timer of a chat is kept, as a mark of its portal. */
export function timerText({ afterMs, from }: Expiry): string {
  return `${from} ${afterMs}`;
}

/** Reads it back; what is not one is no timer. */
export function timerIn(text: string | undefined): Expiry | undefined {
  const [, from, ms] = /^(sending|reading) (\d{1,15})$/.exec(text ?? '') ?? [];
  if (from !== 'sending' && from !== 'reading') return undefined;
  return expiryOf(Number(ms), from);
}

/** Whether two timers are the same. */
export function sameTimer(one: Expiry | undefined, other: Expiry | undefined): boolean {
  return one?.afterMs === other?.afterMs && one?.from === other?.from;
}

/** The setting of a timer that a message brings about. */
export function timerBy(
  { cause, sender, at, history }: UnresolvedEvent | BridgeEvent,
  expires: Expiry | undefined,
): TimerEvent {
  const past = history === undefined ? {} : { history };
  return { kind: 'timer', cause: `${cause}/timer`, sender, name: undefined, at, expires, ...past };
}

/** A message that stays as long as its chat says, unless it says something itself. */
export function timed(
  event: MessageEvent<Unresolved>,
  expires: Expiry | undefined,
): MessageEvent<Unresolved> {
  return expires === undefined || event.expires !== undefined ? event : { ...event, expires };
}
