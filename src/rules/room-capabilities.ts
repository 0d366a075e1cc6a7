import { features, type Capabilities, type Feature, type Level, type NetworkView } from '../core/network.ts';
import type { Portal, PortalKey } from '../core/portal.ts';
import type { Allowance, RoomCapabilities } from '../core/room-rules.ts';
import { decider } from './evaluate.ts';
import type { Facts } from './facts.ts';
import type { RulePolicyDeps } from './policy.ts';
import type { ReadyRule, RuleSet } from './rule-set.ts';
import type { Action } from './rule.ts';

const worst: Readonly<Record<Level, number>> = { full: 3, partial: 2, fallback: 1, none: 0 };
/** What rules narrow by size and type. */
const files: readonly Feature[] = ['image', 'video', 'audio', 'voice', 'file', 'sticker'];
const mostSteps = 32;
const mostTypes = 20;

/** What tells of regions beside the rules, as the policy has it. */
export type RegionSources = Pick<RulePolicyDeps, 'regionOf' | 'regionsOf'>;

/**
 * What can be sent from a room to its network. Rules that hold only at times, or beyond a limit of events, are left out: a
 * room is not told anew at each of their hours. In a group, rules for single users are left out too: the room is everybody's.
 */
export function roomCapabilities(
  rules: RuleSet,
  { id, capabilities }: NetworkView,
  key: PortalKey,
  portal: Portal | undefined,
  regions: RegionSources = {},
): RoomCapabilities {
  const facts = probe(rules, id, key, portal, regions);
  const isShut = facts.chats === 'group' && isClosed(actionOf(rules, facts, 'group'));
  const levels = Object.fromEntries(
    features.map((feature): [Feature, Level] => [
      feature,
      isShut ? 'none' : levelOf(capabilities, feature, actionOf(rules, facts, feature)),
    ]),
  ) as Record<Feature, Level>;
  const allowances: Partial<Record<Feature, Allowance>> = {};
  for (const feature of [...files, 'text'] as const) {
    const allowance = allowanceOf(rules, facts, capabilities, feature);
    if (allowance !== undefined) allowances[feature] = allowance;
  }
  return { ...capabilities, features: levels, allowances };
}

/** An event of no size and no type, at no time. */
function probe(
  rules: RuleSet,
  network: NetworkView['id'],
  key: PortalKey,
  portal: Portal | undefined,
  { regionOf, regionsOf }: RegionSources,
): Facts {
  const user = key.receiver;
  const person = portal?.kind === 'direct' ? portal.remote : undefined;
  const region = person === undefined ? undefined : regionOf?.(network, person);
  return {
    ...{ network, direction: 'to-network', features: [], chat: key.chat, user },
    chats: user === undefined ? 'group' : 'direct',
    room: portal?.room,
    person,
    regions: [
      ...(user === undefined ? [] : [...rules.regionsOf(user), ...(regionsOf?.(user) ?? [])]),
      ...(region === undefined ? [] : [region]),
    ],
    now: Number.NaN,
    size: undefined,
    types: [],
    isBeyond: () => false,
  };
}

function actionOf(rules: RuleSet, facts: Facts, feature: Feature): Action {
  return decider(rules, facts, feature)?.authored.rule.action ?? 'allow';
}

function isClosed(action: Action): boolean {
  return action === 'drop' || action === 'refuse';
}

function levelOf({ features: own }: Capabilities, feature: Feature, action: Action): Level {
  const level = own[feature];
  if (isClosed(action)) return 'none';
  return action === 'convert' && worst[level] > worst.fallback ? 'fallback' : level;
}

function allowanceOf(
  rules: RuleSet,
  facts: Facts,
  capabilities: Capabilities,
  feature: Feature,
): Allowance | undefined {
  const maxBytes = mostBytes(rules, facts, feature);
  const types = typesOf(rules, facts, capabilities, feature);
  if (maxBytes === undefined && types.size === 0) return undefined;
  return { ...(maxBytes === undefined ? {} : { maxBytes }), ...(types.size === 0 ? {} : { types }) };
}

/** The largest size that passes: from the largest down, each rule that stops it says what passes it. */
function mostBytes(rules: RuleSet, facts: Facts, feature: Feature): number | undefined {
  let size = Number.MAX_SAFE_INTEGER;
  for (let step = 0; step < mostSteps; step += 1) {
    const rule = decider(rules, { ...facts, size }, feature);
    if (rule === undefined || !isClosed(rule.authored.rule.action) || rule.largerThan === undefined) break;
    size = rule.largerThan;
  }
  return size === Number.MAX_SAFE_INTEGER ? undefined : size;
}

/** The types that rules name and that pass less well than the rest. */
function typesOf(
  rules: RuleSet,
  facts: Facts,
  capabilities: Capabilities,
  feature: Feature,
): ReadonlyMap<string, Level> {
  const usual = levelOf(capabilities, feature, actionOf(rules, facts, feature));
  const found = new Map<string, Level>();
  for (const type of namedTypes(rules.cell(facts.network, feature, facts.direction)?.general ?? [])) {
    const level = levelOf(capabilities, feature, actionOf(rules, { ...facts, types: [type] }, feature));
    if (worst[level] < worst[usual]) found.set(type, level);
  }
  return found;
}

function namedTypes(rules: readonly ReadyRule[]): readonly string[] {
  const types = new Set(rules.flatMap(({ types: named }) => [...(named?.exact ?? [])]));
  return [...types].slice(0, mostTypes);
}
