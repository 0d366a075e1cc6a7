/** Who may be reached on a network at all, as the configuration says. Pure. */
import { serverOf, type MatrixUserId } from './ids.ts';

/**
 * Each condition that is there has to be met, and an empty list is none; `except` comes before all of them. Patterns have
 * `*` and `?`.
 */
export interface Eligibility {
  readonly users?: readonly string[] | undefined;
  /** Names of user groups: the user has to be in one of them. */
  readonly groups?: readonly string[] | undefined;
  readonly homeservers?: readonly string[] | undefined;
  /** Regions, of which the user has to have declared one. */
  readonly regions?: readonly string[] | undefined;
  readonly except?: readonly string[] | undefined;
}

/** A region is a word of the administrator's own, such as a country's code (ISO 3166). */
export const regionPattern = /^[A-Za-z][A-Za-z0-9-]{0,31}$/;

/** User groups: patterns of user IDs by the name of the group. */
export type UserGroups = Readonly<Record<string, readonly string[]>>;

/** Why somebody is not eligible. */
export const ineligibilities = ['excepted', 'user', 'group', 'homeserver', 'region', 'no-region'] as const;
export type Ineligible = (typeof ineligibilities)[number];

/** Whom it is asked of. */
export interface Candidate {
  readonly user: MatrixUserId;
  /** The region that an administrator declared for the user. */
  readonly region: string | undefined;
}

/** Answers why the user may not be reached, or undefined where they may. Has no side effect. */
export function ineligible(
  rules: Eligibility,
  { user, region }: Candidate,
  groups: UserGroups,
): Ineligible | undefined {
  const { users, groups: names, homeservers, regions, except } = rules;
  if (matchesAny(except ?? [], user)) return 'excepted';
  if (isGiven(users) && !matchesAny(users, user)) return 'user';
  if (isGiven(names) && !names.some((name) => matchesAny(membersOf(groups, name), user))) return 'group';
  if (isGiven(homeservers) && !matchesAny(homeservers, serverOf(user))) return 'homeserver';
  if (!isGiven(regions)) return undefined;
  if (region === undefined) return 'no-region';
  return regions.some((one) => one.toUpperCase() === region.toUpperCase()) ? undefined : 'region';
}

/** Whether a list is a condition at all. */
export function isGiven(list: readonly string[] | undefined): list is readonly string[] {
  return list !== undefined && list.length > 0;
}

function membersOf(groups: UserGroups, name: string): readonly string[] {
  return Object.hasOwn(groups, name) ? (groups[name] ?? []) : [];
}

function matchesAny(patterns: readonly string[], value: string): boolean {
  return patterns.some((pattern) => matches(pattern, value));
}

/**
 * Whether a pattern with `*` (any characters) and `?` (one) matches all of a value, as in Matrix's policy lists. Takes at
 * most the product of the two lengths, whatever the pattern.
 */
export function matches(pattern: string, value: string): boolean {
  let [at, in_, star, mark] = [0, 0, -1, 0];
  while (in_ < value.length) {
    const one = pattern[at];
    if (one === '*') {
      star = at;
      mark = in_;
      at += 1;
    } else if (one !== undefined && (one === '?' || one === value[in_])) {
      at += 1;
      in_ += 1;
    } else if (star >= 0) {
      at = star + 1;
      mark += 1;
      in_ = mark;
    } else return false;
  }
  while (pattern[at] === '*') at += 1;
  return at === pattern.length;
}
