/** Rules as people and programs write them while the bridge runs: with the names that rule files use, and no others. */
import { isScalar, parseDocument } from 'yaml';
import type { z } from 'zod';
import { features } from '../core/network.ts';
import type { Rule } from './rule.ts';
import { ruleLimits } from './rulebook.ts';
import { ruleSchema } from './schema.ts';

/** What is wrong with how a rule is written; `path` leads to it (`rules[0].features`), empty for the whole. */
export type InputProblem = { readonly path: string } & (
  | { readonly code: 'unknown-name' | 'missing' }
  | { readonly code: 'one-of'; readonly values: string }
  /** `detail` is what the schema says, in English. */
  | { readonly code: 'wrong' | 'syntax'; readonly detail: string }
);
export type RuleInput =
  | { readonly kind: 'rules'; readonly rules: readonly Rule[] }
  | { readonly kind: 'wrong'; readonly problems: readonly InputProblem[] };

const mostProblems = 20;
const mostAliases = 20;
/** Names that hold names. */
const nested = new Set(['time', 'moreThan']);

/** Reads one rule, a list of rules, or a map with `rules`. Never throws. */
export function readRules(value: unknown): RuleInput {
  const isFile = isRecord(value) && Object.hasOwn(value, 'rules');
  const given: unknown = isFile ? value['rules'] : value;
  const list: unknown = Array.isArray(given) ? given : isFile ? given : [given];
  const known = isFile ? Object.keys(value).filter((name) => name !== 'rules') : [];
  if (known.length > 0)
    return wrong(known.map((name) => ({ path: shown(name), code: 'unknown-name' as const })));
  if (!Array.isArray(list)) return wrong([{ path: 'rules', code: 'wrong', detail: 'a list is expected' }]);
  if (list.length > ruleLimits.atOnce)
    return wrong([{ path: 'rules', code: 'wrong', detail: `at most ${ruleLimits.atOnce}` }]);
  const rules: Rule[] = [];
  const problems: InputProblem[] = [];
  for (const [index, item] of (list as unknown[]).entries()) {
    const base = Array.isArray(given) ? [...(isFile ? ['rules'] : []), index] : [];
    const named = inCamelCase(item, [...base], problems);
    const read = ruleSchema.safeParse(named, { reportInput: true });
    if (read.success) rules.push(read.data);
    else problems.push(...read.error.issues.flatMap((issue) => problemsOf(issue, base)));
    if (problems.length >= mostProblems) break;
  }
  return problems.length > 0 ? wrong(problems) : { kind: 'rules', rules };
}

/** Reads YAML 1.2. Never throws; aliases are bounded. */
export function readRuleText(text: string): RuleInput {
  const document = parseDocument(text, { prettyErrors: false, stringKeys: true });
  const [error] = document.errors;
  if (error !== undefined) return wrong([{ path: '', code: 'syntax', detail: firstLine(error.message) }]);
  if (isScalar(document.contents) || document.contents === null)
    return wrong([{ path: '', code: 'wrong', detail: 'a rule is expected' }]);
  try {
    return readRules(document.toJS({ maxAliasCount: mostAliases }));
  } catch (thrown) {
    const detail = thrown instanceof Error ? firstLine(thrown.message) : 'YAML';
    return wrong([{ path: '', code: 'syntax', detail }]);
  }
}

const listNames = ['networks', 'user_groups', 'users', 'people', 'rooms', 'regions', 'types'];
const plainNames = ['direction', 'chats'];
const timeNames = ['from', 'to', 'zone'];

/**
 * Reads a rule on one line: `<id> <action> <feature,…|*> [name=value …]`, lists with commas, `larger_than=10MB`,
 * `more_than=20/60s`, `days=sat,sun from=08:00 to=17:00 zone=Europe/Berlin`. Never throws.
 */
export function readRuleLine(words: readonly string[]): RuleInput {
  const [id = '', action = '', about = '', ...more] = words;
  const rule = new Map<string, unknown>([
    ['id', id],
    ['action', action],
    ['features', about === '*' ? [...features] : about.split(',')],
  ]);
  const time = new Map<string, unknown>();
  for (const word of more) {
    const at = word.indexOf('=');
    const [name, value] = [word.slice(0, Math.max(0, at)), word.slice(at + 1)];
    const target = name === 'days' || timeNames.includes(name) ? time : rule;
    const read = at < 1 ? undefined : pairOf(name, value);
    if (read === undefined || target.has(read[0]))
      return wrong([{ path: shown(at < 1 ? word : name), code: 'unknown-name' }]);
    target.set(...read);
  }
  if (time.size > 0) rule.set('time', Object.fromEntries(time));
  return readRules(Object.fromEntries(rule));
}

function pairOf(name: string, value: string): readonly [string, unknown] | undefined {
  if (name === 'days' || listNames.includes(name)) return [name, value.split(',')];
  if (plainNames.includes(name) || timeNames.includes(name)) return [name, value];
  if (name === 'larger_than') return ['larger_than_bytes', bytesOf(value) ?? value];
  if (name !== 'more_than') return undefined;
  const [events = '', within = ''] = value.split('/');
  const count = /^\d{1,6}$/.test(events) ? Number(events) : events;
  return ['more_than', { events: count, within_ms: millisecondsOf(within) ?? within }];
}

const sizes: Readonly<Record<string, number>> = { '': 1, b: 1, kb: 1e3, mb: 1e6, kib: 1024, mib: 1024 ** 2 };
const times: Readonly<Record<string, number>> = { ms: 1, s: 1e3, m: 60e3, h: 3_600e3 };

function bytesOf(value: string): number | undefined {
  const [, number, unit] = /^(\d{1,12})([kKmM]?i?[bB]?)$/.exec(value) ?? [];
  const factor = unit === undefined ? undefined : sizes[unit.toLowerCase()];
  return number === undefined || factor === undefined ? undefined : Number(number) * factor;
}

function millisecondsOf(value: string): number | undefined {
  const [, number, unit] = /^(\d{1,9})(ms|s|m|h)$/.exec(value) ?? [];
  const factor = unit === undefined ? undefined : times[unit];
  return number === undefined || factor === undefined ? undefined : Number(number) * factor;
}

/** A rule with the names of rule files, as it is shown and sent: what `readRules` reads. */
export function writtenRule(rule: Rule): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(rule).flatMap(([key, value]: readonly [string, unknown]): [string, unknown][] => {
      if (value === undefined) return [];
      if (!nested.has(key) || !isRecord(value)) return [[snakeCase(key), value]];
      const inner = Object.entries(value).filter(([, one]) => one !== undefined);
      return [[snakeCase(key), Object.fromEntries(inner.map(([name, one]) => [snakeCase(name), one]))]];
    }),
  );
}

/** A rule on one line, as `readRuleLine` reads it (but for patterns with commas or spaces). */
export function ruleAsLine(rule: Rule): string {
  const { id, action, features: about, time, largerThanBytes, moreThan } = rule;
  const what = about.length === features.length ? '*' : about.join(',');
  const pair = (name: string, value: string | number | readonly string[] | undefined): readonly string[] =>
    value === undefined ? [] : [`${name}=${typeof value === 'object' ? value.join(',') : value}`];
  return [
    ...[id, action, what],
    ...pair('networks', rule.networks),
    ...pair('user_groups', rule.userGroups),
    ...pair('users', rule.users),
    ...pair('people', rule.people),
    ...pair('rooms', rule.rooms),
    ...pair('regions', rule.regions),
    ...pair('direction', rule.direction),
    ...pair('chats', rule.chats),
    ...pair('types', rule.types),
    ...pair('larger_than', largerThanBytes),
    ...(moreThan === undefined ? [] : [`more_than=${moreThan.events}/${moreThan.withinMs}ms`]),
    ...pair('days', time?.days),
    ...pair('from', time?.from),
    ...pair('to', time?.to),
    ...pair('zone', time?.zone),
  ].join(' ');
}

/** Turns names of files into names of the schema; a name that is written otherwise is told, and left out. */
function inCamelCase(value: unknown, path: readonly PropertyKey[], problems: InputProblem[]): unknown {
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]) => {
      if (/[A-Z]/.test(name)) {
        problems.push({ path: pathText([...path, name]), code: 'unknown-name' });
        return [];
      }
      const key = name.replace(/_([a-z])/g, (_whole, letter: string) => letter.toUpperCase());
      return [[key, nested.has(key) ? inCamelCase(inner, [...path, name], problems) : inner]];
    }),
  );
}

function problemsOf(issue: z.core.$ZodIssue, base: readonly PropertyKey[]): readonly InputProblem[] {
  const path = pathText([
    ...base,
    ...issue.path.map((key) => (typeof key === 'string' ? snakeCase(key) : key)),
  ]);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        path: path === '' ? shown(snakeCase(key)) : `${path}.${shown(snakeCase(key))}`,
        code: 'unknown-name' as const,
      }));
    case 'invalid_value':
      return issue.input === undefined
        ? [{ path, code: 'missing' }]
        : [{ path, code: 'one-of', values: issue.values.map(String).join(', ') }];
    case 'invalid_type':
      return [
        issue.input === undefined
          ? { path, code: 'missing' }
          : { path, code: 'wrong', detail: issue.message },
      ];
    default:
      return [{ path, code: 'wrong', detail: issue.message }];
  }
}

function wrong(problems: readonly InputProblem[]): RuleInput {
  return { kind: 'wrong', problems: problems.slice(0, mostProblems) };
}

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key, index) =>
      typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${shown(String(key))}`,
    )
    .join('');
}

/** A name of the schema as rule files write it. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function shown(name: string): string {
  return name.length > 64 ? `${name.slice(0, 64)}…` : name;
}

function firstLine(message: string): string {
  return shown(message.split('\n', 1)[0] ?? '');
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
