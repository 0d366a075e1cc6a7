/**
 * Timers as bridges and clients write them: `com.beeper.disappearing_timer`, as the state of a room and in the content of
 * each message that is to be gone, `{type: 'after_send' | 'after_read', timer: milliseconds}`; an empty object is none.
 */
import type { Expiry } from '../core/event.ts';
import { expiryOf } from '../core/timers.ts';
import { countIn, objectIn, textIn, type JsonObject } from './json-object.ts';

export const timerType = 'com.beeper.disappearing_timer';

/** The timer that an object holds; anything else is none. */
export function timerIn(content: JsonObject): Expiry | undefined {
  const ms = countIn(content, 'timer', Number.MAX_SAFE_INTEGER);
  if (ms === undefined) return undefined;
  switch (textIn(content, 'type')) {
    case 'after_send':
      return expiryOf(ms, 'sending');
    case 'after_read':
    case 'after_read_by_recipient':
      return expiryOf(ms, 'reading');
    default:
      return undefined;
  }
}

/** When a message is to be gone, as its content says. */
export function expiryIn(content: JsonObject): { readonly expires?: Expiry } {
  const timer = objectIn(content, timerType);
  const expires = timer && timerIn(timer);
  return expires === undefined ? {} : { expires };
}

/** The object for a timer. */
export function timerFields(expires: Expiry | undefined): JsonObject {
  if (expires === undefined) return {};
  return { type: expires.from === 'reading' ? 'after_read' : 'after_send', timer: expires.afterMs };
}

/** What the content of a message says beside, that is to be gone. */
export function expiryFields(expires: Expiry | undefined): JsonObject {
  return expires === undefined ? {} : { [timerType]: timerFields(expires) };
}
