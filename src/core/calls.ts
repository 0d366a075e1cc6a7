import type { CallEvent } from './event.ts';

/** For so long a call can still be ringing: clients give up after a minute. Milliseconds. */
const ringsFor = 120_000;

/** Whether a call is long over: it comes out of an archive, or after a gap. Nobody is told of it then. */
export function isOver(
  { at, history }: Pick<CallEvent, 'at' | 'history'>,
  now: number = Date.now(),
): boolean {
  return history === true || now - at > ringsFor;
}
