/**
 * The rules that are set while the bridge runs, and with them all that are in force: of one dimension these go first, in
 * their order, then the configuration's, then the presets' (`RulesInForce`). So what an administrator sets later is stronger
 * than what the file says.
 */
import type { Log } from '../core/task.ts';
import { listed, type RulesInForce } from './in-force.ts';
import type { RuleSet } from './rule-set.ts';
import type { RuleChange, RuleStore, StoredRule } from './rule-store.ts';
import type { AuthoredRule, Rule, RuleProblem, RuleWarning } from './rule.ts';

/** How many rules may be set while the bridge runs, how many at once, and how long one is as JSON. */
export const ruleLimits = { stored: 10_000, atOnce: 1_000, bytes: 16_384 } as const;

/** A rule in force. */
export interface RuleInForce extends AuthoredRule {
  /** When it was set, milliseconds since the epoch; undefined for those of the configuration and its presets. */
  readonly at: number | undefined;
}

/** What is to change. `replace` allows to put a rule in the place of another of its id. */
export interface WantedChange extends Omit<RuleChange, 'at'> {
  readonly replace: boolean;
}

/** Why a change was refused; the rules in force are as they were. */
export type RefusedChange =
  | { readonly kind: 'refused'; readonly problems: readonly RuleProblem[] }
  /** There is another rule of this id. */
  | { readonly kind: 'exists'; readonly id: string }
  /** No rule of this id was set while the bridge runs. */
  | { readonly kind: 'unknown'; readonly id: string }
  /** The rule stands in the configuration, and is changed there. */
  | { readonly kind: 'configured'; readonly id: string }
  | { readonly kind: 'too-many'; readonly most: number }
  | { readonly kind: 'too-long'; readonly id: string; readonly most: number };

/** What came of a change, by the ids of rules. A repeat of what is in force changes nothing. */
export type ChangeResult =
  | {
      readonly kind: 'changed';
      readonly added: readonly string[];
      readonly replaced: readonly string[];
      readonly removed: readonly string[];
      readonly warnings: readonly RuleWarning[];
    }
  | { readonly kind: 'unchanged' }
  | RefusedChange;

/** The rules as a change would leave them. */
export type Candidate =
  | { readonly kind: 'candidate'; readonly rules: RuleSet; readonly warnings: readonly RuleWarning[] }
  | { readonly kind: 'unchanged' }
  | RefusedChange;

/** The rules that are kept do not fit the configuration, or this release: nothing starts with a part of them. */
export class RulesDoNotFit extends Error {
  readonly problems: readonly RuleProblem[];
  readonly unreadable: readonly string[];

  constructor(problems: readonly RuleProblem[], unreadable: readonly string[]) {
    const what = [
      ...problems.map(({ rule, code }) => `${rule} (${code})`),
      ...unreadable.map((id) => `${id} (unreadable)`),
    ];
    super(`rules in the database do not fit: ${what.slice(0, 5).join('; ')}`);
    this.problems = problems;
    this.unreadable = unreadable;
  }
}

export interface RulebookDeps {
  readonly store: RuleStore;
  /** What holds, with the rules of the configuration in it already. */
  readonly inForce: RulesInForce;
  readonly log: Log;
  readonly now?: () => number;
}

/** What has changed, before it is written. */
interface Plan {
  readonly change: Omit<RuleChange, 'at'>;
  readonly added: readonly string[];
  readonly replaced: readonly string[];
  readonly rules: RuleSet;
}

/** Changes are made one after the other; each is checked together with all that is in force before it is written. */
export class Rulebook {
  readonly #deps: RulebookDeps;
  readonly #now: () => number;
  #stored: readonly StoredRule[] = [];
  /** Whether it is in doubt what the database holds. */
  #doubtful = false;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(deps: RulebookDeps) {
    this.#deps = deps;
    this.#now = deps.now ?? Date.now;
  }

  /** Puts what is kept into force. To be called once, before anything is judged; throws `RulesDoNotFit`. */
  start(): Promise<void> {
    return this.#inTurn(() => this.#load());
  }

  /** All that are in force, as they are listed, and those of them that can never decide. */
  list(): { readonly rules: readonly RuleInForce[]; readonly warnings: readonly RuleWarning[] } {
    const { layers, rules } = this.#deps.inForce;
    const times = new Map(this.#stored.map(({ rule, at }) => [rule.id, at]));
    return {
      rules: listed(layers).map(({ rule, author }) => ({ rule, author, at: times.get(rule.id) })),
      warnings: rules.warnings,
    };
  }

  find(id: string): RuleInForce | undefined {
    return this.list().rules.find(({ rule }) => rule.id === id);
  }

  /** Resolves when the change is durable and in force, or is refused. Rejects where the database cannot say. */
  change(wanted: WantedChange): Promise<ChangeResult> {
    return this.#inTurn(async () => {
      if (this.#doubtful) await this.#load();
      const plan = this.#plan(wanted);
      if ('kind' in plan) return plan;
      try {
        await this.#write(plan.change);
      } catch (error) {
        await this.#load().catch(() => undefined);
        throw error;
      }
      const { added, replaced } = plan;
      const { remove: removed } = plan.change;
      this.#deps.log.info(
        { added: added.length, replaced: replaced.length, removed: removed.length, by: wanted.by.kind },
        'rules were changed',
      );
      return { kind: 'changed', added, replaced, removed, warnings: this.#deps.inForce.rules.warnings };
    });
  }

  /** What the rules would be after a change; nothing is changed. */
  candidate(wanted: WantedChange): Candidate {
    const plan = this.#plan(wanted);
    return 'kind' in plan ? plan : { kind: 'candidate', rules: plan.rules, warnings: plan.rules.warnings };
  }

  async #load(): Promise<void> {
    const kept = await this.#deps.store.list();
    const unreadable = kept.flatMap((stored) => ('rule' in stored ? [] : [stored.id]));
    if (unreadable.length > 0) throw new RulesDoNotFit([], unreadable);
    const stored = kept.flatMap((one) => ('rule' in one ? [one] : []));
    const { inForce } = this.#deps;
    if (stored.length > 0 || inForce.layers.runtime.length > 0) {
      const compiled = inForce.change({ runtime: stored });
      if (compiled.kind === 'refused') throw new RulesDoNotFit(compiled.problems, []);
    }
    this.#stored = stored;
    this.#doubtful = false;
  }

  #plan(wanted: WantedChange): Plan | { readonly kind: 'unchanged' } | RefusedChange {
    const problem = this.#obstacle(wanted);
    if (problem !== undefined) return problem;
    const before = new Map(this.#stored.map((stored) => [stored.rule.id, stored.rule]));
    const kept = new Map([...before].filter(([id]) => !wanted.remove.includes(id)));
    const put = wanted.put.filter((rule) => !same(kept.get(rule.id), rule));
    const ids = wanted.put.map(({ id }) => id);
    const twice = ids.find((id, index) => ids.indexOf(id) !== index);
    const other = twice ?? put.find(({ id }) => !wanted.replace && kept.has(id))?.id;
    if (other !== undefined) return { kind: 'exists', id: other };
    if (put.length === 0 && wanted.remove.length === 0) return { kind: 'unchanged' };
    const stored = this.#after({ ...wanted, put });
    if (stored.length > ruleLimits.stored) return { kind: 'too-many', most: ruleLimits.stored };
    const compiled = this.#deps.inForce.attempt({ runtime: stored });
    if (compiled.kind === 'refused') return compiled;
    const { remove, place, by } = wanted;
    return {
      change: { put, remove, place, by },
      added: put.flatMap(({ id }) => (before.has(id) ? [] : [id])),
      replaced: put.flatMap(({ id }) => (before.has(id) ? [id] : [])),
      rules: compiled.rules,
    };
  }

  #obstacle({ put, remove }: WantedChange): RefusedChange | undefined {
    if (put.length + remove.length > ruleLimits.atOnce) return { kind: 'too-many', most: ruleLimits.atOnce };
    for (const id of remove) {
      if (this.#stored.some(({ rule }) => rule.id === id)) continue;
      return { kind: this.#isConfigured(id) ? 'configured' : 'unknown', id };
    }
    const { bytes: most } = ruleLimits;
    const long = put.find((rule) => Buffer.byteLength(JSON.stringify(rule)) > most);
    if (long !== undefined) return { kind: 'too-long', id: long.id, most };
    const configured = put.find(({ id }) => this.#isConfigured(id));
    return configured && { kind: 'configured', id: configured.id };
  }

  #isConfigured(id: string): boolean {
    const { configured, presets } = this.#deps.inForce.layers;
    return [...configured, ...presets].some(({ rule }) => rule.id === id);
  }

  /** What will be kept; the store does the same with its rows. */
  #after({ put, remove, place, by }: WantedChange): readonly StoredRule[] {
    const at = this.#now();
    const kept = this.#stored.filter(({ rule }) => !remove.includes(rule.id));
    const places = new Map(kept.map(({ rule }, index) => [rule.id, index]));
    const added: StoredRule[] = [];
    for (const rule of put) {
      const index = places.get(rule.id);
      if (index === undefined) added.push({ rule, author: by, at });
      else kept[index] = { rule, author: by, at };
    }
    return place === 'first' ? [...added, ...kept] : [...kept, ...added];
  }

  /** Where the database cannot say whether it was written, it is read again before anything else is changed. */
  async #write(change: Omit<RuleChange, 'at'>): Promise<void> {
    const { store, log } = this.#deps;
    this.#doubtful = true;
    const dropped = await store.change({ ...change, at: this.#now() });
    if (dropped > 0) log.warn({ dropped }, 'the oldest changes of rules are not remembered any more');
    await this.#load();
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }
}

/** As they are kept. */
function same(one: Rule | undefined, other: Rule): boolean {
  return one !== undefined && JSON.stringify(one) === JSON.stringify(other);
}
