import { text, type Language, type RuleTrouble } from '../texts/catalogue.ts';

/** Where a wrong value stands. */
export type Place =
  | { readonly kind: 'file'; readonly file: string; readonly line: number; readonly column: number }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'nowhere' };

/** What was there. Values are told only of single settings that are not secret. */
export type Found =
  | { readonly kind: 'nothing' | 'null' | 'some-text' | 'some-number' | 'list' | 'map' }
  | { readonly kind: 'text' | 'number' | 'boolean'; readonly value: string };

/** What should be there. */
export type Expected =
  | {
      readonly kind: 'text' | 'number' | 'integer' | 'boolean' | 'map' | 'list' | 'url' | 'duration' | 'size';
    }
  | { readonly kind: 'one-of'; readonly values: readonly string[] }
  | {
      readonly kind: 'at-least' | 'at-most' | 'more-than' | 'less-than' | 'longer' | 'shorter' | 'multiple';
      readonly limit: string;
    }
  | { readonly kind: 'format'; readonly format: string }
  | { readonly kind: 'other'; readonly detail: string };

/** One thing that is wrong with the configuration. */
export interface ConfigProblem {
  /** The path of the setting as in the file: `networks.xmpp.domain`; empty for the whole. */
  readonly path: string;
  readonly place: Place;
  readonly what:
    | { readonly kind: 'invalid'; readonly found: Found; readonly expected: Expected }
    | { readonly kind: 'unknown-key'; readonly near: string | undefined }
    | { readonly kind: 'twice'; readonly other: string }
    | { readonly kind: 'secret-unreadable'; readonly file: string; readonly code: string }
    | { readonly kind: 'placeholder' }
    | {
        readonly kind: 'rule';
        readonly code: RuleTrouble;
        /** The id of the rule, or the name of the group or region. */
        readonly rule: string;
        readonly detail: string;
      }
    | { readonly kind: 'syntax'; readonly detail: string }
    | { readonly kind: 'unreadable'; readonly file: string; readonly code: string };
}

/** The line that tells a person of a problem: path, place, what was found and what is expected. */
export function problemText(language: Language, { path, place, what }: ConfigProblem): string {
  const where = whereText(language, path, place);
  switch (what.kind) {
    case 'invalid':
      return text(language, 'config.error', {
        where,
        found: foundText(language, what.found),
        expected: expectedText(language, what.expected),
      });
    case 'unknown-key':
      return what.near === undefined
        ? text(language, 'config.unknown-key', { where })
        : text(language, 'config.unknown-key-near', { where, near: what.near });
    case 'twice':
      return text(language, 'config.twice', { where, other: what.other });
    case 'secret-unreadable':
      return text(language, 'config.secret-unreadable', { where, file: what.file, code: what.code });
    case 'rule':
      return text(language, `rules.problem.${what.code}`, { where, rule: what.rule, detail: what.detail });
    case 'placeholder':
      return text(language, 'config.placeholder', { where });
    case 'syntax':
      return text(language, 'config.syntax', { where, detail: what.detail });
    case 'unreadable':
      return text(language, 'config.unreadable', { file: what.file, code: what.code });
  }
}

function whereText(language: Language, path: string, place: Place): string {
  const shown = path === '' ? text(language, 'config.document') : path;
  switch (place.kind) {
    case 'file':
      return text(language, 'config.at', {
        place: `${place.file}:${place.line}:${place.column}`,
        path: shown,
      });
    case 'variable':
      return text(language, 'config.at', {
        place: text(language, 'config.env', { name: place.name }),
        path: shown,
      });
    case 'nowhere':
      return shown;
  }
}

function foundText(language: Language, found: Found): string {
  switch (found.kind) {
    case 'some-text':
      return text(language, 'config.found.secret');
    case 'some-number':
      return text(language, 'config.expected.number');
    case 'text':
    case 'number':
    case 'boolean':
      return text(language, `config.found.${found.kind}`, {
        value: found.kind === 'text' ? JSON.stringify(found.value) : found.value,
      });
    default:
      return text(language, `config.found.${found.kind}`);
  }
}

function expectedText(language: Language, expected: Expected): string {
  switch (expected.kind) {
    case 'one-of':
      return text(language, 'config.expected.one-of', { values: expected.values.join(', ') });
    case 'format':
      return text(language, 'config.expected.format', { format: expected.format });
    case 'other':
      return text(language, 'config.expected.other', { detail: expected.detail });
    case 'at-least':
    case 'at-most':
    case 'more-than':
    case 'less-than':
    case 'longer':
    case 'shorter':
    case 'multiple':
      return text(language, `config.expected.${expected.kind}`, { limit: expected.limit });
    default:
      return text(language, `config.expected.${expected.kind}`);
  }
}
