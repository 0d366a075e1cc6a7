/** Evaluation: rules and facts in, a verdict out. Pure and total. */
import { serverOf } from '../core/ids.ts';
import type { Feature } from '../core/network.ts';
import type { Facts } from './facts.ts';
import { fits, type Matcher } from '../core/pattern.ts';
import type { ReadyRule, RuleSet } from './rule-set.ts';
import type { Decided, RulesVerdict } from './verdict.ts';

const nobody: readonly string[] = [];

/**
 * What the rules say of an event. For each feature that it uses the first rule that fits decides, in the order of
 * `dimensions`, then as listed; where none fits it is allowed. Of the features the strictest counts.
 */
export function evaluate(rules: RuleSet, facts: Facts): RulesVerdict {
  let allowed: Decided | undefined;
  let refused: Decided | undefined;
  let converted: [Decided, ...Decided[]] | undefined;
  for (const feature of facts.features) {
    const rule = decider(rules, facts, feature);
    if (rule === undefined) continue;
    const decided = asDecided(rule, feature);
    switch (decided.action) {
      case 'drop':
        return { kind: 'drop', by: decided };
      case 'refuse':
        refused ??= decided;
        break;
      case 'convert':
        if (converted === undefined) converted = [decided];
        else converted.push(decided);
        break;
      case 'allow':
        allowed ??= decided;
    }
  }
  if (refused !== undefined) return { kind: 'refuse', by: refused };
  if (converted !== undefined) return { kind: 'convert', by: converted };
  return { kind: 'allow', by: allowed };
}

/** The rule that decides of one feature. */
export function decider(rules: RuleSet, facts: Facts, feature: Feature): ReadyRule | undefined {
  const cell = rules.cell(facts.network, feature, facts.direction);
  if (cell === undefined) return undefined;
  const { user, room, chat, person } = facts;
  const groups = user === undefined ? nobody : rules.groupsOf(user);
  let best = first(cell.general, undefined, facts, groups);
  if (user !== undefined && cell.byUser.size > 0) {
    best = first(cell.byUser.get(user), best, facts, groups);
    best = first(cell.byUser.get(serverOf(user)), best, facts, groups);
  }
  if (cell.byRoom.size > 0) {
    if (room !== undefined) best = first(cell.byRoom.get(room), best, facts, groups);
    best = first(cell.byRoom.get(chat), best, facts, groups);
  }
  if (person !== undefined) best = first(cell.byPerson.get(person), best, facts, groups);
  if (cell.byGroup.size > 0)
    for (const group of groups) best = first(cell.byGroup.get(group), best, facts, groups);
  return best;
}

/** A rule that decided, as verdicts carry it. */
export function asDecided({ authored, dimension }: ReadyRule, feature: Feature): Decided {
  return { feature, by: authored, dimension, action: authored.rule.action };
}

/** The first of a list that fits and comes before the best so far. */
function first(
  list: readonly ReadyRule[] | undefined,
  best: ReadyRule | undefined,
  facts: Facts,
  groups: readonly string[],
): ReadyRule | undefined {
  if (list === undefined) return best;
  for (const rule of list) {
    if (best !== undefined && rule.order >= best.order) return best;
    if (concerns(rule, facts, groups)) return rule;
  }
  return best;
}

/** Whether a rule is about an event. What is cheap is asked first. */
export function concerns(rule: ReadyRule, facts: Facts, groups: readonly string[]): boolean {
  if (rule.chats !== undefined && rule.chats !== facts.chats) return false;
  if (rule.largerThan !== undefined && !((facts.size ?? 0) > rule.largerThan)) return false;
  if (rule.userGroups !== undefined && !overlaps(rule.userGroups, groups)) return false;
  if (rule.regions !== undefined && !overlaps(rule.regions, facts.regions)) return false;
  if (rule.users !== undefined && !isUser(rule.users, facts)) return false;
  if (rule.rooms !== undefined && !isRoom(rule.rooms, facts)) return false;
  if (rule.people !== undefined && (facts.person === undefined || !fits(rule.people, facts.person)))
    return false;
  if (rule.types !== undefined && !isType(rule.types, facts.types)) return false;
  if (rule.hours !== undefined && !rule.hours.contains(facts.now)) return false;
  return !rule.limited || facts.isBeyond(rule.authored.rule);
}

function overlaps(wanted: ReadonlySet<string>, found: readonly string[]): boolean {
  for (const one of found) if (wanted.has(one)) return true;
  return false;
}

function isUser(users: Matcher, { user }: Facts): boolean {
  return user !== undefined && fits(users, user, serverOf(user));
}

function isRoom(rooms: Matcher, { room, chat }: Facts): boolean {
  return fits(rooms, chat) || (room !== undefined && fits(rooms, room));
}

function isType(types: Matcher, found: readonly string[]): boolean {
  for (const type of found) if (fits(types, type, widerType(type))) return true;
  return false;
}

/** `image/*` of `image/webp`. */
export function widerType(type: string): string {
  return `${type.slice(0, type.indexOf('/') + 1)}*`;
}
