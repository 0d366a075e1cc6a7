/**
 * A rule says what becomes of a feature: where it holds, what it is about, what is done. Rules are plain data; see
 * docs/rules.md for the model in one page.
 */
import type { Feature } from '../core/network.ts';
import type { Direction } from '../core/policy.ts';
import type { RuleTrouble } from '../texts/catalogue.ts';
import type { Changer } from './rule-store.ts';

/** Who set a rule. */
export type Author =
  { readonly kind: 'config' } | { readonly kind: 'preset'; readonly preset: string } | Changer;

/**
 * The dimensions, the strongest first: the order of precedence. A rule stands in the strongest dimension that it names;
 * what else it names narrows it. Of two rules of one dimension the one that is listed first decides.
 */
export const dimensions = ['time', 'region', 'room', 'user', 'group', 'network', 'everywhere'] as const;
export type Dimension = (typeof dimensions)[number];

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof weekdays)[number];

/**
 * A part of the day, from `from` to `to` (`HH:MM`; over midnight where `to` is earlier; the whole day where both are absent
 * or the same), on some days of the week (the day on which it begins), in a time zone (IANA; UTC where absent).
 */
export interface TimeWindow {
  readonly days?: readonly Weekday[] | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly zone?: string | undefined;
}

/** `allow` lets it pass, `convert` passes something else, `drop` tells nobody, `refuse` tells the sender. */
export const actions = ['allow', 'convert', 'drop', 'refuse'] as const;
export type Action = (typeof actions)[number];

/**
 * A rule as it is written, kept and shown. What is absent does not narrow it. A pattern of people is `*`, a full id, the
 * name of a server, or an expression between slashes (RE2, anchored at both ends).
 */
export interface Rule {
  /** What it is called: unique among all rules, told to people. */
  readonly id: string;
  /** The platforms that it holds on. */
  readonly networks?: readonly string[] | undefined;
  /** Groups of users, as defined in the configuration. */
  readonly userGroups?: readonly string[] | undefined;
  /** Matrix users: the sender of what goes to a network, the receiver in a direct chat of what comes from it. */
  readonly users?: readonly string[] | undefined;
  /** People of the network, by the network's ids: the other person of a direct chat, the sender in a group. */
  readonly people?: readonly string[] | undefined;
  /** Matrix rooms (`!…`), or chats by the network's ids. */
  readonly rooms?: readonly string[] | undefined;
  /** Regions (ISO 3166-1 alpha-2) of the Matrix user, or of the person on the network where that is known. */
  readonly regions?: readonly string[] | undefined;
  readonly time?: TimeWindow | undefined;
  /** What it is about. */
  readonly features: readonly Feature[];
  readonly direction?: Direction | undefined;
  readonly chats?: 'direct' | 'group' | undefined;
  /** Only what is larger than this, in bytes: a file, or the text of a message. */
  readonly largerThanBytes?: number | undefined;
  /** Only files of these types: names (`image/webp`), `image/*`, or expressions between slashes. */
  readonly types?: readonly string[] | undefined;
  /** Only what a person sends beyond so many events within a time in one network. */
  readonly moreThan?: { readonly events: number; readonly withinMs: number } | undefined;
  readonly action: Action;
}

/** A rule with who set it. */
export interface AuthoredRule {
  readonly rule: Rule;
  readonly author: Author;
}

/** In which dimension a rule stands. */
export function dimensionOf(rule: Rule): Dimension {
  if (rule.time !== undefined) return 'time';
  if (rule.regions !== undefined) return 'region';
  if (rule.rooms !== undefined) return 'room';
  if (rule.users !== undefined || rule.people !== undefined) return 'user';
  if (rule.userGroups !== undefined) return 'group';
  return rule.networks === undefined ? 'everywhere' : 'network';
}

/** What is wrong with a rule; `path` leads to it, from the rule on. */
export interface RuleProblem {
  /** Which of the rules that were given. */
  readonly index: number;
  readonly rule: string;
  readonly path: readonly string[];
  readonly code: RuleTrouble;
  /** What was written there. */
  readonly detail: string;
}

/** A rule that can never decide, and the one that is before it; or why else. */
export interface RuleWarning {
  readonly index: number;
  readonly rule: string;
  readonly code: 'never-decides' | 'not-configured';
  readonly by: string;
}
