/** What changes of rules are called in a chat, and what is said of those that are refused. */
import {
  readRuleLine,
  readRuleText,
  snakeCase,
  type InputProblem,
  type RuleInput,
} from '../rules/rule-input.ts';
import type { Changer } from '../rules/rule-store.ts';
import type { RuleProblem, RuleWarning } from '../rules/rule.ts';
import type { RefusedChange, WantedChange } from '../rules/rulebook.ts';
import { text, type Language } from '../texts/catalogue.ts';
import type { Block } from './command.ts';
import { line } from './reply.ts';

const mostLines = 10;

/** A change that somebody asks for, or why it is none. */
export type Asked =
  | { readonly kind: 'change'; readonly change: WantedChange }
  | { readonly kind: 'wrong'; readonly blocks: (language: Language) => readonly Block[] }
  | { readonly kind: 'usage' };

/** Reads `add [first] [replace] <rule>` (one line, or YAML between lines of three backticks) or `remove <id> …`. */
export function wantedChange(written: string, by: Changer): Asked {
  const [, verb = '', rest = ''] = /^(\S+)\s*([^]*)$/.exec(written.trim()) ?? [];
  const base = { put: [], remove: [], place: 'last', replace: false, by } as const;
  if (verb.toLowerCase() === 'remove') {
    const ids = [...new Set(rest.split(/\s+/u).filter((id) => id !== ''))];
    return ids.length === 0 ? { kind: 'usage' } : { kind: 'change', change: { ...base, remove: ids } };
  }
  if (verb.toLowerCase() !== 'add') return { kind: 'usage' };
  const [, options = '', rule = ''] =
    /^((?:(?:first|replace)(?:\s+|(?=```)|$)){0,2})([^]*)$/i.exec(rest) ?? [];
  if (rule.trim() === '') return { kind: 'usage' };
  const read = ruleIn(rule.trim());
  if (read === undefined) return { kind: 'wrong', blocks: (language) => [line(language, 'rules.not-alone')] };
  if (read.kind === 'wrong')
    return { kind: 'wrong', blocks: (language) => wrongLines(language, read.problems) };
  const named = options.toLowerCase();
  const place = named.includes('first') ? 'first' : 'last';
  return { kind: 'change', change: { ...base, put: read.rules, place, replace: named.includes('replace') } };
}

function ruleIn(written: string): RuleInput | undefined {
  const [, yaml] = /^```(?:ya?ml)?[ \t]*\n([^]*?)\n?```$/i.exec(written) ?? [];
  if (yaml !== undefined) return readRuleText(yaml);
  if (written.includes('\n') || written.includes('```')) return undefined;
  return readRuleLine(written.split(/\s+/u));
}

function wrongLines(language: Language, problems: readonly InputProblem[]): readonly Block[] {
  return [
    ...problems.slice(0, mostLines).map((problem) => inputLine(language, problem)),
    line(language, 'rules.not-changed'),
  ];
}

function inputLine(language: Language, problem: InputProblem): Block {
  const path = problem.path === '' ? text(language, 'rules.input.whole') : problem.path;
  switch (problem.code) {
    case 'unknown-name':
    case 'missing':
      return line(language, `rules.input.${problem.code}`, { path });
    case 'one-of':
      return line(language, 'rules.input.one-of', { path, values: problem.values });
    case 'wrong':
      return line(language, 'rules.input.wrong', { path, detail: problem.detail });
    case 'syntax':
      return line(language, 'rules.input.syntax', { detail: problem.detail });
  }
}

/** Why a change was refused. */
export function refusedChange(language: Language, refused: RefusedChange): readonly Block[] {
  return [...reasons(language, refused), line(language, 'rules.not-changed')];
}

function reasons(language: Language, refused: RefusedChange): readonly Block[] {
  switch (refused.kind) {
    case 'refused':
      return refused.problems.slice(0, mostLines).map((problem) => problemLine(language, problem));
    case 'exists':
    case 'unknown':
    case 'configured':
      return [line(language, `rules.${refused.kind}`, { rule: refused.id })];
    case 'too-many':
      return [line(language, 'rules.too-many', { most: refused.most })];
    case 'too-long':
      return [line(language, 'rules.too-long', { rule: refused.id, most: refused.most })];
  }
}

function problemLine(language: Language, { rule, path, code, detail }: RuleProblem): Block {
  const where = path.length === 0 ? rule : `${rule}: ${path.map(snakeCase).join('.')}`;
  return line(language, `rules.problem.${code}`, { where, rule, detail });
}

/** Rules that can never decide. */
export function warningLines(language: Language, warnings: readonly RuleWarning[]): readonly Block[] {
  return warnings
    .slice(0, mostLines)
    .map(({ rule, code, by }) => line(language, `rules.warning.${code}`, { rule, by }));
}
