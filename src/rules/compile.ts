/** Rules as data become rules that can be asked. They are taken as a whole, or refused as a whole. */
import { features, type Feature } from '../core/network.ts';
import type { Direction } from '../core/policy.ts';
import { problemsOf } from './check.ts';
import { clockOf, hoursOf, type Moment } from './clock.ts';
import { Expressions, isExact, matcher, type Matcher } from '../core/pattern.ts';
import { cellKey, otherNetworks, RuleSet, type Cell, type ReadyRule } from './rule-set.ts';
import { dimensionOf, dimensions, type AuthoredRule, type RuleProblem, type RuleWarning } from './rule.ts';
import { idle } from './shadow.ts';

/** What rules refer to. */
export interface Surroundings {
  /** Groups of users: patterns of their members. */
  readonly userGroups: Readonly<Record<string, readonly string[]>>;
  /** Users who are of a region, by its code. */
  readonly regions: Readonly<Record<string, readonly string[]>>;
  /** The networks that are configured; where absent nothing is said of rules for others. */
  readonly networks?: readonly string[];
}

export type Compiled =
  | { readonly kind: 'compiled'; readonly rules: RuleSet }
  | { readonly kind: 'refused'; readonly problems: readonly RuleProblem[] };

/** So many entries the index may have: a rule stands under each network, feature, direction and name that it lists. */
const mostEntries = 5_000_000;

/** Compiles rules, in the order in which they are listed. Never throws. */
export function compile(rules: readonly AuthoredRule[], around: Surroundings): Compiled {
  const expressions = new Expressions();
  const problems = problemsOf(rules, around.userGroups, expressions);
  if (problems.length > 0) return { kind: 'refused', problems };
  const ready = inOrder(rules, expressions);
  const cells = new Map<string, Map<string, Cell>>();
  const named = new Set(rules.flatMap(({ rule }) => rule.networks ?? []));
  let entries = 0;
  for (const rule of ready) {
    entries += enter(cells, rule, named);
    if (entries > mostEntries) return { kind: 'refused', problems: [tooMany(rule)] };
  }
  const matchers = (map: Readonly<Record<string, readonly string[]>>): ReadonlyMap<string, Matcher> =>
    new Map(Object.entries(map).map(([name, patterns]) => [name, matcher(patterns, expressions)]));
  const warnings = [...idle(ready, cells), ...elsewhere(ready, around.networks)];
  return {
    kind: 'compiled',
    rules: new RuleSet({
      ...{ rules: ready, cells, warnings },
      userGroups: matchers(around.userGroups),
      regions: matchers(around.regions),
    }),
  };
}

/** No rules at all: everything passes. */
export const noRules = new RuleSet({
  rules: [],
  cells: new Map(),
  userGroups: new Map(),
  regions: new Map(),
  warnings: [],
});

/** The directions of a rule. */
export function directionsOf({ authored: { rule } }: ReadyRule): readonly Direction[] {
  return rule.direction === undefined ? ['to-matrix', 'to-network'] : [rule.direction];
}

function inOrder(rules: readonly AuthoredRule[], expressions: Expressions): readonly ReadyRule[] {
  const clocks = new Map<string, (now: number) => Moment>();
  const clock = (zone: string): ((now: number) => Moment) => {
    const known = clocks.get(zone) ?? clockOf(zone);
    clocks.set(zone, known);
    return known;
  };
  const rank = (authored: AuthoredRule): number => dimensions.indexOf(dimensionOf(authored.rule));
  return rules
    .map((authored, index) => ({ authored, index, rank: rank(authored) }))
    .toSorted((a, b) => a.rank - b.rank || a.index - b.index)
    .map(({ authored, index }, order) => ready({ authored, index, order }, clock, expressions));
}

function ready(
  { authored, index, order }: Pick<ReadyRule, 'authored' | 'index' | 'order'>,
  clock: (zone: string) => (now: number) => Moment,
  expressions: Expressions,
): ReadyRule {
  const { rule } = authored;
  const set = (names: readonly string[] | undefined): ReadonlySet<string> | undefined =>
    names === undefined ? undefined : new Set(names);
  const patterns = (names: readonly string[] | undefined): Matcher | undefined =>
    names === undefined ? undefined : matcher(names, expressions);
  return {
    ...{ authored, index, order, dimension: dimensionOf(rule), chats: rule.chats },
    userGroups: set(rule.userGroups),
    users: patterns(rule.users),
    people: patterns(rule.people),
    rooms: patterns(rule.rooms),
    regions: set(rule.regions),
    hours: rule.time && hoursOf(rule.time, clock(rule.time.zone ?? 'UTC')),
    largerThan: rule.largerThanBytes,
    types: patterns(rule.types?.map((type) => (type.startsWith('/') ? type : type.toLowerCase()))),
    limited: rule.moreThan !== undefined,
  };
}

/** Puts a rule where it is looked for; answers in how many places. */
function enter(cells: Map<string, Map<string, Cell>>, rule: ReadyRule, named: ReadonlySet<string>): number {
  const networks = rule.authored.rule.networks ?? [...named, otherNetworks];
  let entries = 0;
  for (const network of new Set(networks)) {
    const own = cells.get(network) ?? new Map<string, Cell>();
    cells.set(network, own);
    for (const feature of new Set<Feature>(rule.authored.rule.features))
      for (const direction of directionsOf(rule)) {
        const key = cellKey(feature, direction);
        const cell = own.get(key) ?? emptyCell();
        own.set(key, cell);
        entries += enterCell(cell, rule);
      }
  }
  return entries;
}

function enterCell(cell: Cell, rule: ReadyRule): number {
  const { users, rooms, people, userGroups } = rule;
  if (users !== undefined && isExact(users)) return under(cell.byUser, users.exact, rule);
  if (rooms !== undefined && isExact(rooms)) return under(cell.byRoom, rooms.exact, rule);
  if (people !== undefined && isExact(people)) return under(cell.byPerson, people.exact, rule);
  if (userGroups !== undefined) return under(cell.byGroup, userGroups, rule);
  cell.general.push(rule);
  return 1;
}

function under(lists: Map<string, ReadyRule[]>, names: ReadonlySet<string>, rule: ReadyRule): number {
  for (const name of names) {
    const list = lists.get(name);
    if (list === undefined) lists.set(name, [rule]);
    else list.push(rule);
  }
  return names.size;
}

function emptyCell(): Cell {
  return { general: [], byUser: new Map(), byRoom: new Map(), byPerson: new Map(), byGroup: new Map() };
}

function tooMany({ index, authored: { rule } }: ReadyRule): RuleProblem {
  return { index, rule: rule.id, path: [], code: 'too-many', detail: String(features.length) };
}

/** Rules for networks that are not configured. What a preset brings for one is no mistake. */
function elsewhere(
  rules: readonly ReadyRule[],
  networks: readonly string[] | undefined,
): readonly RuleWarning[] {
  if (networks === undefined) return [];
  return rules.flatMap(({ index, authored: { rule, author } }): readonly RuleWarning[] => {
    const isThere = rule.networks?.some((network) => networks.includes(network)) ?? true;
    if (isThere || author.kind === 'preset') return [];
    return [{ index, rule: rule.id, code: 'not-configured', by: rule.networks?.join(', ') ?? '' }];
  });
}
