/**
 * The rules in force: those that were set while the bridge runs, in their order, then those of the configuration. Of two
 * rules of one dimension the first decides, so what an administrator sets later is stronger than what the file says.
 */
import type { Log } from '../core/task.ts';
import type { Changer, RuleChange, RuleStore, StoredRule } from './rule-store.ts';
import type { AuthoredRule, Rule, RuleProblem, RuleWarning } from './rule.ts';

/** How many rules may be set while the bridge runs, how many at once, and how long one is as JSON. */
export const ruleLimits = { stored: 10_000, atOnce: 1_000, bytes: 16_384 } as const;

/** Rules that were checked as a whole, in the form `S` that judges; or what is wrong with them. */
export type Checked<S> =
  | { readonly kind: 'checked'; readonly set: S; readonly warnings: readonly RuleWarning[] }
  | { readonly kind: 'refused'; readonly problems: readonly RuleProblem[] };

/** A rule in force. */
export interface RuleInForce extends AuthoredRule {
  /** When it was set, milliseconds since the epoch; undefined for those of the configuration. */
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
export type Candidate<S> =
  | { readonly kind: 'candidate'; readonly set: S; readonly warnings: readonly RuleWarning[] }
  | { readonly kind: 'unchanged' }
  | RefusedChange;

/** The rules that are kept do not fit the configuration, or this release: nothing starts with a part of them. */
export class RulesDoNotFit extends Error {
  readonly problems: readonly RuleProblem[];
  readonly unreadable: readonly string[];

  constructor(problems: readonly RuleProblem[], unreadable: readonly string[]) {
    const what = [
      ...problems.map(({ rule, code, detail }) => `${rule} (${code}: ${detail})`),
      ...unreadable.map((id) => `${id} (unreadable)`),
    ];
    super(`rules in the database do not fit: ${what.slice(0, 5).join('; ')}`);
    this.problems = problems;
    this.unreadable = unreadable;
  }
}

export interface RulebookDeps<S> {
  readonly store: RuleStore;
  /** Checks rules as a whole. Pure. */
  readonly check: (rules: readonly AuthoredRule[]) => Checked<S>;
  /** What the configuration says, presets included. */
  readonly configured: readonly AuthoredRule[];
  /** Puts rules into force: they hold from the next event on. */
  readonly apply: (set: S) => void;
  readonly log: Log;
  readonly now?: () => number;
}

/** What has changed, before it is written. */
interface Plan<S> {
  readonly change: Omit<RuleChange, 'at'>;
  readonly added: readonly string[];
  readonly replaced: readonly string[];
  readonly set: S;
  readonly warnings: readonly RuleWarning[];
}

/** Changes are made one after the other; each is checked together with all that is in force before it is written. */
export class Rulebook<S> {
  readonly #deps: RulebookDeps<S>;
  readonly #now: () => number;
  #configured: readonly AuthoredRule[];
  #stored: readonly StoredRule[] = [];
  #warnings: readonly RuleWarning[] = [];
  /** Whether it is in doubt what the database holds. */
  #doubtful = false;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(deps: RulebookDeps<S>) {
    this.#deps = deps;
    this.#now = deps.now ?? Date.now;
    this.#configured = deps.configured;
  }

  /** Puts what is kept into force. To be called once, before anything is judged; throws `RulesDoNotFit`. */
  start(): Promise<void> {
    return this.#inTurn(() => this.#load());
  }

  /** In their order. */
  list(): { readonly rules: readonly RuleInForce[]; readonly warnings: readonly RuleWarning[] } {
    return {
      rules: [...this.#stored, ...this.#configured.map((rule) => ({ ...rule, at: undefined }))],
      warnings: this.#warnings,
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
      await this.#write(plan.change);
      this.#warnings = plan.warnings;
      this.#deps.apply(plan.set);
      const { added, replaced, warnings } = plan;
      const { remove: removed } = plan.change;
      this.#deps.log.info(
        { added: added.length, replaced: replaced.length, removed: removed.length, by: wanted.by.kind },
        'rules were changed',
      );
      return { kind: 'changed', added, replaced, removed, warnings };
    });
  }

  /** What the rules would be after a change; nothing is changed. */
  candidate(wanted: WantedChange): Candidate<S> {
    const plan = this.#plan(wanted);
    return 'kind' in plan ? plan : { kind: 'candidate', set: plan.set, warnings: plan.warnings };
  }

  /** The configuration was read again. Answers what is wrong with it; then everything stays as it was. */
  configure(configured: readonly AuthoredRule[]): Promise<readonly RuleProblem[] | undefined> {
    return this.#inTurn(async () => {
      const checked = this.#deps.check([...this.#stored, ...configured]);
      if (checked.kind === 'refused') return checked.problems;
      this.#configured = configured;
      this.#warnings = checked.warnings;
      this.#deps.apply(checked.set);
      return undefined;
    });
  }

  async #load(): Promise<void> {
    const kept = await this.#deps.store.list();
    const unreadable = kept.flatMap((stored) => ('rule' in stored ? [] : [stored.id]));
    const stored = kept.flatMap((one) => ('rule' in one ? [one] : []));
    const checked = this.#deps.check([...stored, ...this.#configured]);
    if (unreadable.length > 0 || checked.kind === 'refused')
      throw new RulesDoNotFit(checked.kind === 'refused' ? checked.problems : [], unreadable);
    this.#stored = stored;
    this.#warnings = checked.warnings;
    this.#doubtful = false;
    this.#deps.apply(checked.set);
  }

  #plan(wanted: WantedChange): Plan<S> | { readonly kind: 'unchanged' } | RefusedChange {
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
    const checked = this.#deps.check([...stored, ...this.#configured]);
    if (checked.kind === 'refused') return checked;
    const { remove, place, by } = wanted;
    return {
      change: { put, remove, place, by },
      added: put.flatMap(({ id }) => (before.has(id) ? [] : [id])),
      replaced: put.flatMap(({ id }) => (before.has(id) ? [id] : [])),
      set: checked.set,
      warnings: checked.warnings,
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
    return this.#configured.some(({ rule }) => rule.id === id);
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

  /** Where the database cannot say whether it was written, nothing is taken for granted before it is read again. */
  async #write(change: Omit<RuleChange, 'at'>): Promise<void> {
    const { store, log } = this.#deps;
    this.#doubtful = true;
    const dropped = await store.change({ ...change, at: this.#now() });
    if (dropped > 0) log.warn({ dropped }, 'the oldest changes of rules are not remembered any more');
    const kept = await store.list();
    this.#stored = kept.flatMap((one) => ('rule' in one ? [one] : []));
    this.#doubtful = false;
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

/** Who changed it, as one word or a user ID: in HTTP answers and the log of changes. */
export function changerName(by: Changer): string {
  return by.kind === 'user' ? by.user : by.kind;
}
