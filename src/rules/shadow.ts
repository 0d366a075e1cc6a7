/** Rules that can never decide, because one before them is about everything that they are about. */
import { serverOf, parseMatrixUserId } from '../core/ids.ts';
import { widerType } from './evaluate.ts';
import { includes, isExact, type Matcher } from '../core/pattern.ts';
import { cellKey, otherNetworks, type Cell, type ReadyRule } from './rule-set.ts';
import type { RuleWarning } from './rule.ts';

/** So many comparisons are made; what is not compared by then is not reported. */
const mostComparisons = 5_000_000;

/** The rules that never decide, with the first of those that are always before them. */
export function idle(
  rules: readonly ReadyRule[],
  cells: ReadonlyMap<string, ReadonlyMap<string, Cell>>,
): readonly RuleWarning[] {
  const budget = { left: mostComparisons };
  return rules.flatMap((rule): readonly RuleWarning[] => {
    const { id } = rule.authored.rule;
    const before = alwaysBefore(rule, cells, budget);
    return before === undefined
      ? []
      : [{ index: rule.index, rule: id, code: 'never-decides', by: before.authored.rule.id }];
  });
}

/** A rule that is before this one wherever this one could decide; one of them where they are several. */
function alwaysBefore(
  rule: ReadyRule,
  cells: ReadonlyMap<string, ReadonlyMap<string, Cell>>,
  budget: { left: number },
): ReadyRule | undefined {
  let last: ReadyRule | undefined;
  for (const own of cellsOf(rule, cells)) {
    last = coverIn(own, rule, budget);
    if (last === undefined) return undefined;
  }
  return last;
}

function* cellsOf(
  { authored: { rule } }: ReadyRule,
  cells: ReadonlyMap<string, ReadonlyMap<string, Cell>>,
): Generator<Cell> {
  const networks =
    rule.networks ?? [...cells.keys()].filter((name) => name !== otherNetworks).concat(otherNetworks);
  for (const network of networks)
    for (const feature of rule.features)
      for (const direction of ['to-matrix', 'to-network'] as const) {
        if (rule.direction !== undefined && rule.direction !== direction) continue;
        const cell = cells.get(network)?.get(cellKey(feature, direction));
        if (cell !== undefined) yield cell;
      }
}

function coverIn(cell: Cell, rule: ReadyRule, budget: { left: number }): ReadyRule | undefined {
  const { users, rooms, people, userGroups } = rule;
  const lists = [
    cell.general,
    users && isExact(users) ? named(cell.byUser, users.exact, true) : undefined,
    rooms && isExact(rooms) ? named(cell.byRoom, rooms.exact, false) : undefined,
    people && isExact(people) ? named(cell.byPerson, people.exact, false) : undefined,
    userGroups && named(cell.byGroup, userGroups, false),
  ];
  for (const list of lists)
    for (const earlier of list ?? []) {
      if (earlier.order >= rule.order) break;
      budget.left -= 1;
      if (budget.left < 0) return undefined;
      if (covers(earlier, rule)) return earlier;
    }
  return undefined;
}

/** What covers a rule is about the first of the names that it lists. */
function named(
  lists: ReadonlyMap<string, readonly ReadyRule[]>,
  names: ReadonlySet<string>,
  isUser: boolean,
): readonly ReadyRule[] | undefined {
  const [one] = names;
  if (one === undefined) return undefined;
  const server = isUser ? serverIn(one) : undefined;
  const own = lists.get(one);
  const wider = server === undefined ? undefined : lists.get(server);
  if (own === undefined || wider === undefined) return own ?? wider;
  return [...own, ...wider].toSorted((a, b) => a.order - b.order);
}

/** Whether a rule is about everything that another is about, in the same network, feature and direction. */
function covers(wide: ReadyRule, narrow: ReadyRule): boolean {
  if (wide.limited) return false;
  if (wide.chats !== undefined && wide.chats !== narrow.chats) return false;
  if (wide.hours !== undefined && wide.hours.key !== narrow.hours?.key) return false;
  if (wide.largerThan !== undefined && !((narrow.largerThan ?? -1) >= wide.largerThan)) return false;
  return (
    holds(wide.userGroups, narrow.userGroups) &&
    holds(wide.regions, narrow.regions) &&
    fitsAll(wide.users, narrow.users, serverIn) &&
    fitsAll(wide.people, narrow.people, nothing) &&
    fitsAll(wide.rooms, narrow.rooms, nothing) &&
    fitsAll(wide.types, narrow.types, widerType)
  );
}

function holds(wide: ReadonlySet<string> | undefined, narrow: ReadonlySet<string> | undefined): boolean {
  return wide === undefined || (narrow !== undefined && [...narrow].every((name) => wide.has(name)));
}

function fitsAll(
  wide: Matcher | undefined,
  narrow: Matcher | undefined,
  widerOf: (text: string) => string | undefined,
): boolean {
  return wide === undefined || (narrow !== undefined && includes(wide, narrow, widerOf));
}

function serverIn(name: string): string | undefined {
  const user = parseMatrixUserId(name);
  return user === undefined ? undefined : serverOf(user);
}

function nothing(): undefined {
  return undefined;
}
