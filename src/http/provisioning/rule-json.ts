/** Rules and what becomes of them, as the API writes them: with the names of rule files. */
import type { Response } from 'express';
import { z } from 'zod';
import type { Decided } from '../../rules/verdict.ts';
import { readRules, snakeCase, writtenRule } from '../../rules/rule-input.ts';
import type { Author, RuleWarning } from '../../rules/rule.ts';
import type { RefusedChange, RuleInForce, WantedChange } from '../../rules/rulebook.ts';
import { refuse } from './answer.ts';
import { parsed } from './body.ts';

type Json = Readonly<Record<string, unknown>>;

export function authorJson(author: Author): Json {
  switch (author.kind) {
    case 'user':
      return { kind: 'user', user_id: author.user };
    case 'preset':
      return { kind: 'preset', preset: author.preset };
    case 'config':
    case 'api':
    case 'erased':
      return { kind: author.kind };
  }
}

/** Times are ISO 8601, in UTC. */
export function timeJson(at: number | undefined): string | null {
  return at === undefined ? null : new Date(at).toISOString();
}

export function ruleJson({ rule, author, at }: RuleInForce): Json {
  return { rule: writtenRule(rule), author: authorJson(author), set_at: timeJson(at) };
}

export function warningsJson(warnings: readonly RuleWarning[]): readonly Json[] {
  return warnings.map(({ rule, code, by }) => ({ rule, code, by }));
}

export function decidedJson({ action, by, dimension }: Decided): Json {
  return { rule: by.rule.id, action, dimension, author: authorJson(by.author) };
}

const changeSchema = z.strictObject({
  rules: z.unknown().optional(),
  remove: z.array(z.string().min(1).max(64)).max(1_000).default([]),
  place: z.enum(['first', 'last']).default('last'),
  replace: z.boolean().default(false),
  events: z.number().int().min(1).max(1_000).optional(),
});

/** The change that a body asks for; where it is wrong that is answered, and nothing returned. */
export function wantedOf(
  body: unknown,
  response: Response,
): { readonly wanted: WantedChange; readonly events: number | undefined } | undefined {
  const read = parsed(changeSchema, body, response);
  if (read === undefined) return undefined;
  const { rules, remove, place, replace, events } = read;
  const input = readRules({ rules: rules ?? [] });
  if (input.kind === 'wrong') {
    refuse(response, 'bad-request', 'The rules are not written as rules are.', { problems: input.problems });
    return undefined;
  }
  return {
    wanted: { put: input.rules, remove: [...new Set(remove)], place, replace, by: { kind: 'api' } },
    events,
  };
}

/** Answers why a change is refused. */
export function refuseChange(response: Response, refused: RefusedChange): void {
  switch (refused.kind) {
    case 'refused': {
      const problems = refused.problems.slice(0, 100).map(({ rule, path, code, detail }) => ({
        ...{ rule, code, detail },
        path: path.map(snakeCase),
      }));
      refuse(response, 'refused', 'The rules in force stay as they are.', { problems });
      return;
    }
    case 'exists':
      refuse(response, 'exists', 'There is another rule of this id.', { rule: refused.id });
      return;
    case 'configured':
      refuse(response, 'configured', 'The rule stands in the configuration.', { rule: refused.id });
      return;
    case 'unknown':
      refuse(response, 'unknown-rule', 'No rule of this id was set while the bridge ran.', {
        rule: refused.id,
      });
      return;
    case 'too-many':
      refuse(response, 'too-many', `There may be at most ${refused.most}.`, { most: refused.most });
      return;
    case 'too-long':
      refuse(response, 'too-many', `A rule has at most ${refused.most} bytes.`, { rule: refused.id });
      return;
  }
}
