/** Whether rules make sense, each by itself and together. */
import { networkPattern } from '../core/ids.ts';
import type { Feature } from '../core/network.ts';
import { isZone } from './clock.ts';
import { isConvertible } from './convert.ts';
import { isPattern, type Expressions } from '../core/pattern.ts';
import type { AuthoredRule, Rule, RuleProblem } from './rule.ts';

/** What has a size: files, and the texts that are messages of their own. */
const sized: ReadonlySet<Feature> = new Set([
  ...(['text', 'image', 'video', 'audio', 'voice', 'file', 'sticker', 'contact'] as const),
]);
const filed: ReadonlySet<Feature> = new Set([
  ...(['image', 'video', 'audio', 'voice', 'file', 'sticker', 'contact'] as const),
]);

type Found = Pick<RuleProblem, 'path' | 'code' | 'detail'>;

/** All that is wrong with the rules, in their order.  */
export function problemsOf(
  rules: readonly AuthoredRule[],
  groups: Readonly<Record<string, unknown>>,
  expressions: Expressions,
): readonly RuleProblem[] {
  const seen = new Set<string>();
  const zones = new Map<string, boolean>();
  const hasZone = (zone: string): boolean => {
    const known = zones.get(zone) ?? isZone(zone);
    zones.set(zone, known);
    return known;
  };
  return rules.flatMap(({ rule }, index) => {
    const again: Found[] = seen.has(rule.id) ? [{ path: ['id'], code: 'twice', detail: rule.id }] : [];
    seen.add(rule.id);
    return [...again, ...inRule(rule, groups, expressions, hasZone)].map((found) => ({
      index,
      rule: rule.id,
      ...found,
    }));
  });
}

function inRule(
  rule: Rule,
  groups: Readonly<Record<string, unknown>>,
  expressions: Expressions,
  hasZone: (zone: string) => boolean,
): readonly Found[] {
  const found: Found[] = [];
  for (const name of ['users', 'people', 'rooms', 'types'] as const)
    for (const [at, pattern] of (rule[name] ?? []).entries())
      if (!isPattern(pattern, expressions))
        found.push({ path: [name, String(at)], code: 'bad-pattern', detail: pattern });
  for (const [at, name] of (rule.networks ?? []).entries())
    if (!networkPattern.test(name))
      found.push({ path: ['networks', String(at)], code: 'bad-network', detail: name });
  for (const [at, group] of (rule.userGroups ?? []).entries())
    if (!Object.hasOwn(groups, group))
      found.push({ path: ['userGroups', String(at)], code: 'unknown-group', detail: group });
  const zone = rule.time?.zone;
  if (zone !== undefined && !hasZone(zone))
    found.push({ path: ['time', 'zone'], code: 'bad-zone', detail: zone });
  if (rule.moreThan !== undefined && rule.action === 'allow')
    found.push({ path: ['moreThan'], code: 'pointless-limit', detail: 'allow' });
  return [...found, ...aboutFeatures(rule)];
}

/** What is asked of features that do not have it. */
function aboutFeatures(rule: Rule): readonly Found[] {
  const found: Found[] = [];
  for (const [at, feature] of rule.features.entries()) {
    const here = { path: ['features', String(at)], detail: feature };
    if (rule.action === 'convert' && !isConvertible(feature)) found.push({ ...here, code: 'no-conversion' });
    if (rule.largerThanBytes !== undefined && !sized.has(feature)) found.push({ ...here, code: 'no-size' });
    if (rule.types !== undefined && !filed.has(feature)) found.push({ ...here, code: 'no-type' });
  }
  return found;
}
