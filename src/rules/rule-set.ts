/** Rules in the order in which they decide, and how those that may concern an event are found among thousands. */
import type { MatrixUserId, NetworkId } from '../core/ids.ts';
import { serverOf } from '../core/ids.ts';
import { BoundedMap } from '../core/bounded-map.ts';
import type { Feature } from '../core/network.ts';
import type { Direction } from '../core/policy.ts';
import type { Hours } from './clock.ts';
import { fits, type Matcher } from '../core/pattern.ts';
import type { AuthoredRule, Dimension, RuleWarning } from './rule.ts';

/** A rule as it is evaluated. What is undefined does not narrow it. */
export interface ReadyRule {
  readonly authored: AuthoredRule;
  /** Which of the rules it was, in the order in which they were given. */
  readonly index: number;
  /** Its place among all: the lowest that fits decides. */
  readonly order: number;
  readonly dimension: Dimension;
  readonly userGroups: ReadonlySet<string> | undefined;
  readonly users: Matcher | undefined;
  readonly people: Matcher | undefined;
  readonly rooms: Matcher | undefined;
  readonly regions: ReadonlySet<string> | undefined;
  readonly hours: Hours | undefined;
  readonly chats: 'direct' | 'group' | undefined;
  readonly largerThan: number | undefined;
  readonly types: Matcher | undefined;
  readonly limited: boolean;
}

/**
 * The rules of one network, feature and direction, each in one of the lists, every list in order. A rule that lists whole
 * names is found by them.
 */
export interface Cell {
  readonly general: ReadyRule[];
  readonly byUser: Map<string, ReadyRule[]>;
  readonly byRoom: Map<string, ReadyRule[]>;
  readonly byPerson: Map<string, ReadyRule[]>;
  readonly byGroup: Map<string, ReadyRule[]>;
}

/** The name under which rules stand that hold on networks which none of them names. */
export const otherNetworks = '*';

/** Which cell of a network. */
export function cellKey(feature: Feature, direction: Direction): string {
  return direction === 'to-matrix' ? `<${feature}` : `>${feature}`;
}

export interface RuleSetParts {
  readonly rules: readonly ReadyRule[];
  readonly cells: ReadonlyMap<string, ReadonlyMap<string, Cell>>;
  readonly userGroups: ReadonlyMap<string, Matcher>;
  readonly regions: ReadonlyMap<string, Matcher>;
  readonly warnings: readonly RuleWarning[];
}

const mostRemembered = 10_000;
const none: readonly string[] = [];

/** Compiled rules. Never changes; what it remembers are answers that stay the same. */
export class RuleSet {
  readonly #parts: RuleSetParts;
  readonly #groupsOf = new BoundedMap<MatrixUserId, readonly string[]>(mostRemembered);
  /** Whether any rule is about regions. */
  readonly asksRegions: boolean;
  /** The sizes that rules name, the smallest first. */
  readonly sizes: readonly number[];
  readonly #regionsOf = new BoundedMap<MatrixUserId, readonly string[]>(mostRemembered);

  constructor(parts: RuleSetParts) {
    this.#parts = parts;
    this.asksRegions = parts.rules.some(({ regions }) => regions !== undefined);
    const sizes = parts.rules.flatMap(({ largerThan }) => largerThan ?? []);
    this.sizes = [...new Set(sizes)].toSorted((a, b) => a - b);
  }

  /** All rules, in the order in which they decide. */
  get rules(): readonly ReadyRule[] {
    return this.#parts.rules;
  }

  /** Rules that can never decide. */
  get warnings(): readonly RuleWarning[] {
    return this.#parts.warnings;
  }

  /** The rules that may decide of a feature; undefined where there is none. */
  cell(network: NetworkId, feature: Feature, direction: Direction): Cell | undefined {
    const { cells } = this.#parts;
    return (cells.get(network) ?? cells.get(otherNetworks))?.get(cellKey(feature, direction));
  }

  /** The groups that a user is in. */
  groupsOf(user: MatrixUserId): readonly string[] {
    return remembered(this.#groupsOf, user, this.#parts.userGroups);
  }

  /** The regions that the configuration says a user is of. */
  regionsOf(user: MatrixUserId): readonly string[] {
    return remembered(this.#regionsOf, user, this.#parts.regions);
  }
}

function remembered(
  memory: BoundedMap<MatrixUserId, readonly string[]>,
  user: MatrixUserId,
  named: ReadonlyMap<string, Matcher>,
): readonly string[] {
  if (named.size === 0) return none;
  const known = memory.get(user);
  if (known !== undefined) return known;
  const server = serverOf(user);
  const found = [...named].filter(([, members]) => fits(members, user, server)).map(([name]) => name);
  memory.set(user, found);
  return found;
}
