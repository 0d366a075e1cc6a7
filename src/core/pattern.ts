/**
 * Patterns of users, people, rooms and types, wherever the configuration and rules have them: a whole name, `*` (any
 * characters) and `?` (one) as in Matrix's policy lists, or an expression between slashes. Expressions run on RE2 (re2js):
 * linear in the text, whatever the pattern. https://github.com/google/re2/wiki/Syntax
 */
import { RE2JS } from 're2js';

/** Several patterns as one: whether any of them fits. */
export interface Matcher {
  /** `*` is among them. */
  readonly any: boolean;
  readonly exact: ReadonlySet<string>;
  readonly expressions: readonly Expression[];
  /** The expressions and what has `*` or `?`, as they were written, for comparing. */
  readonly sources: ReadonlySet<string>;
}

/** An expression, with what every text that it fits begins with: most texts are told apart by that alone. */
export interface Expression {
  readonly prefix: string;
  readonly regex: { readonly matches: (text: string) => boolean };
}

/** Expressions by their text, each compiled once. */
export class Expressions {
  readonly #known = new Map<string, Expression | undefined>();

  /** Undefined where the text is no expression. */
  get(source: string): Expression | undefined {
    if (this.#known.has(source)) return this.#known.get(source);
    const regex = compiled(source);
    const expression = regex && { prefix: prefixOf(source), regex };
    this.#known.set(source, expression);
    return expression;
  }
}

/** Most that is looked at of a text: longer ids fit no expression. */
const mostText = 1_000;

/** The expression between two slashes; undefined where the text is none. */
export function expressionIn(pattern: string): string | undefined {
  return pattern.length > 2 && pattern.startsWith('/') && pattern.endsWith('/')
    ? pattern.slice(1, -1)
    : undefined;
}

/** Whether a pattern can be used. */
export function isPattern(pattern: string, expressions: Expressions): boolean {
  const expression = expressionIn(pattern);
  return expression === undefined || expressions.get(expression) !== undefined;
}

/** Puts patterns together; a bad one fits nothing. */
export function matcher(patterns: readonly string[], known = new Expressions()): Matcher {
  const exact = new Set<string>();
  const expressions: Expression[] = [];
  const sources = new Set<string>();
  for (const pattern of patterns) {
    const expression = expressionIn(pattern);
    if (expression !== undefined) {
      const found = known.get(expression);
      if (found !== undefined) expressions.push(found);
      sources.add(pattern);
    } else if (pattern !== '*' && !isWiderType(pattern) && /[*?]/.test(pattern)) {
      expressions.push(wildcard(pattern));
      sources.add(pattern);
    } else exact.add(pattern);
  }
  return { any: exact.delete('*'), exact, expressions, sources };
}

/** Whether a text, or the wider name that it belongs to (its server, `image/*`), is meant. */
export function fits(set: Matcher, text: string, wider?: string): boolean {
  if (set.any || set.exact.has(text) || (wider !== undefined && set.exact.has(wider))) return true;
  if (set.expressions.length === 0 || text.length > mostText) return false;
  for (const { prefix, regex } of set.expressions)
    if (text.startsWith(prefix) && regex.matches(text)) return true;
  return false;
}

/** Whether all that the narrow patterns mean is meant by the wide ones, as far as their text tells. */
export function includes(
  wide: Matcher,
  narrow: Matcher,
  widerOf: (text: string) => string | undefined,
): boolean {
  if (wide.any) return true;
  if (narrow.any) return false;
  for (const text of narrow.exact) if (!fits(wide, text, widerOf(text))) return false;
  for (const source of narrow.sources) if (!wide.sources.has(source)) return false;
  return true;
}

/** Whether only whole names are listed, so that rules can be found by them. */
export function isExact(set: Matcher): boolean {
  return !set.any && set.expressions.length === 0;
}

const matchers = new WeakMap<readonly string[], Matcher>();

/** The matcher of a list that stays as it is, made once. */
export function matcherOf(patterns: readonly string[]): Matcher {
  const known = matchers.get(patterns) ?? matcher(patterns);
  matchers.set(patterns, known);
  return known;
}

/** `image/*` is found by the type itself: see `fits`. */
function isWiderType(pattern: string): boolean {
  return /^[\w.+-]+\/\*$/.test(pattern);
}

function wildcard(pattern: string): Expression {
  return { prefix: /^[^*?]*/.exec(pattern)?.[0] ?? '', regex: { matches: (text) => matches(pattern, text) } };
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

/** Plain characters at the beginning; the last of them may belong to what repeats it. */
function prefixOf(source: string): string {
  if (source.includes('|')) return '';
  const plain = /^[A-Za-z0-9@:_!-]*/.exec(source)?.[0] ?? '';
  return /^[*?+{]/.test(source.slice(plain.length)) ? plain.slice(0, -1) : plain;
}

function compiled(expression: string): RE2JS | undefined {
  try {
    return RE2JS.compile(expression);
  } catch {
    // What re2js throws says no more than that the pattern is bad.
    return undefined;
  }
}
