import { compile, noRules, type Compiled, type Surroundings } from './compile.ts';
import type { RuleSet } from './rule-set.ts';
import type { AuthoredRule } from './rule.ts';

/** Where rules come from. In one dimension those of the run time go first, then the configuration's, then the presets'. */
export interface RuleLayers {
  /** Set while the bridge runs. */
  readonly runtime: readonly AuthoredRule[];
  readonly configured: readonly AuthoredRule[];
  readonly presets: readonly AuthoredRule[];
  readonly around: Surroundings;
}

/** The rules that hold now. A change holds from the next event on, as a whole, or not at all. */
export class RulesInForce {
  #layers: RuleLayers = { runtime: [], configured: [], presets: [], around: { userGroups: {}, regions: {} } };
  #rules: RuleSet = noRules;
  readonly #listeners = new Set<() => void>();

  get rules(): RuleSet {
    return this.#rules;
  }

  get layers(): RuleLayers {
    return this.#layers;
  }

  /** What would come of a change. */
  attempt(change: Partial<RuleLayers>): Compiled {
    return compile(listed({ ...this.#layers, ...change }), change.around ?? this.#layers.around);
  }

  /**
   * Puts a change in force. Where it is refused, what was in force stays. `alone` is what the change was compiled to
   * already, for where nothing was set while the bridge runs.
   */
  change(change: Partial<RuleLayers>, alone?: RuleSet): Compiled {
    const isAlone = alone !== undefined && (change.runtime ?? this.#layers.runtime).length === 0;
    const compiled: Compiled = isAlone ? { kind: 'compiled', rules: alone } : this.attempt(change);
    if (compiled.kind === 'refused') return compiled;
    this.#layers = { ...this.#layers, ...change };
    this.#rules = compiled.rules;
    for (const listener of this.#listeners) listener();
    return compiled;
  }

  /** Calls back after each change; answers what ends that. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}

/** All rules in the order in which they are listed. */
export function listed({ runtime, configured, presets }: RuleLayers): readonly AuthoredRule[] {
  return [...runtime, ...configured, ...presets];
}
