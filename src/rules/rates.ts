import { BoundedMap } from '../core/bounded-map.ts';
import type { Rule } from './rule.ts';

const mostKept = 5_000;

/**
 * How much each person has sent lately, for each rule with a limit. In memory: a restart begins anew. An event counts
 * once, however often it is tried; what did not pass does not count.
 */
export class Rates {
  readonly #passed = new BoundedMap<string, readonly { readonly cause: string; readonly at: number }[]>(
    mostKept,
  );

  /** Whether one more event of a person is more than a rule lets pass. */
  isBeyond(rule: Rule, who: string, cause: string, now: number): boolean {
    const limit = rule.moreThan;
    if (limit === undefined) return true;
    const since = now - limit.withinMs;
    let count = 0;
    for (const passed of this.#passed.get(keyOf(rule, who)) ?? []) {
      if (passed.cause === cause) return false;
      if (passed.at > since) count += 1;
    }
    return count >= limit.events;
  }

  /** An event of a person passed. */
  passed(rule: Rule, who: string, cause: string, now: number): void {
    const limit = rule.moreThan;
    if (limit === undefined) return;
    const key = keyOf(rule, who);
    const before = this.#passed.get(key) ?? [];
    if (before.some((passed) => passed.cause === cause)) return;
    const kept = before.filter(({ at }) => at > now - limit.withinMs);
    this.#passed.set(key, [...kept, { cause, at: now }].slice(-Math.max(1, limit.events)));
  }
}

function keyOf({ id }: Rule, who: string): string {
  return `${id} ${who}`;
}
