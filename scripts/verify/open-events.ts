import type { StateCount } from './record.ts';

const terminal = new Set(['sent', 'ignored', 'blocked', 'unsupported', 'failed']);

/** Events that did not end, or not in one of the outcomes that there are. */
export function openEvents(states: readonly StateCount[]): readonly string[] {
  if (states.length === 0) return ['the database holds no events'];
  return states
    .filter(({ state, ended }) => !ended || !terminal.has(state))
    .map(({ state, ended, count }) => `${count} events are ${state}${ended ? '' : ' and have not ended'}`);
}
