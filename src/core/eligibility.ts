/** Who may be reached on a network at all, as the configuration says. Pure. */
import { serverOf, type MatrixUserId } from './ids.ts';
import { fits, matcherOf } from './pattern.ts';

export { matches } from './pattern.ts';

/**
 * Each condition that is there has to be met, and an empty list is none; `except` comes before all of them. Patterns are
 * those of `pattern.ts`; the name of a server means all its users.
 */
export interface Eligibility {
  readonly users?: readonly string[] | undefined;
  /** Names of user groups: the user has to be in one of them. */
  readonly groups?: readonly string[] | undefined;
  readonly homeservers?: readonly string[] | undefined;
  /** Regions, in which the user has to be at home. */
  readonly regions?: readonly string[] | undefined;
  /** What says where a user is at home; `number-or-declared` where absent. */
  readonly regionBy?: RegionBy | undefined;
  readonly except?: readonly string[] | undefined;
}

/**
 * A verified number is not outdone by what is declared: `number-or-declared` goes by declarations only for users who have
 * none, `number` goes by numbers alone, `declared` by declarations alone.
 */
export const regionWays = ['number-or-declared', 'number', 'declared'] as const;
export type RegionBy = (typeof regionWays)[number];

/** A region is a word of the administrator's own, such as a country's code (ISO 3166). */
export const regionPattern = /^[A-Za-z][A-Za-z0-9-]{0,31}$/;

/** User groups: patterns of user IDs by the name of the group. */
export type UserGroups = Readonly<Record<string, readonly string[]>>;

/** Why somebody is not eligible. */
export const ineligibilities = [
  'excepted',
  'user',
  'group',
  'homeserver',
  'region',
  'no-region',
  'no-number',
] as const;
export type Ineligible = (typeof ineligibilities)[number];

/** Whom it is asked of. */
export interface Candidate {
  readonly user: MatrixUserId;
  /** The region that an administrator declared for the user. */
  readonly region: string | undefined;
  /** The countries of the user's verified numbers, one for each; undefined for a number of no country. */
  readonly numbers: readonly (string | undefined)[];
}

/** Answers why the user may not be reached, or undefined where they may. Has no side effect. */
export function ineligible(
  rules: Eligibility,
  candidate: Candidate,
  groups: UserGroups,
): Ineligible | undefined {
  const { user } = candidate;
  const { users, groups: names, homeservers, regions, except } = rules;
  const server = serverOf(user);
  const isIn = (name: string): boolean => matchesAny(membersOf(groups, name), user, server);
  if (isGiven(except) && matchesAny(except, user, server)) return 'excepted';
  if (isGiven(users) && !matchesAny(users, user, server)) return 'user';
  if (isGiven(names) && !names.some(isIn)) return 'group';
  if (isGiven(homeservers) && !matchesAny(homeservers, server)) return 'homeserver';
  return isGiven(regions) ? elsewhere(regions, rules.regionBy ?? 'number-or-declared', candidate) : undefined;
}

/** Each number has to be of one of the regions, so that none is taken on to get in. */
function elsewhere(
  regions: readonly string[],
  by: RegionBy,
  { region, numbers }: Candidate,
): Ineligible | undefined {
  const isOne = (found: string | undefined): boolean =>
    found !== undefined && regions.some((one) => one.toUpperCase() === found.toUpperCase());
  if (by !== 'declared' && numbers.length > 0) return numbers.every(isOne) ? undefined : 'region';
  if (by === 'number') return 'no-number';
  if (region === undefined) return 'no-region';
  return isOne(region) ? undefined : 'region';
}

/** Whether a list is a condition at all. */
export function isGiven(list: readonly string[] | undefined): list is readonly string[] {
  return list !== undefined && list.length > 0;
}

function membersOf(groups: UserGroups, name: string): readonly string[] {
  return Object.hasOwn(groups, name) ? (groups[name] ?? []) : [];
}

/** The same patterns as rules have. */
function matchesAny(patterns: readonly string[], value: string, server?: string): boolean {
  return fits(matcherOf(patterns), value, server);
}
