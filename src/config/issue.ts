import type { z } from 'zod';
import { isSecret, merged } from './environment.ts';
import type { Expected, Found } from './problem.ts';
import { isRecord, optionFor, type Unplaced } from './reading.ts';
import type { Field, Setting } from './setting.ts';

type Issue = z.core.$ZodIssue;

/** What the schema refused, in the words of the file: `root` and `value` are what the schema was given. */
export function problemsOf(issues: readonly Issue[], root: Setting, value: unknown): readonly Unplaced[] {
  return issues.flatMap((issue) => problemsOfIssue(issue, root, value, []));
}

function problemsOfIssue(
  issue: Issue,
  root: Setting,
  value: unknown,
  prefix: readonly PropertyKey[],
): readonly Unplaced[] {
  const whole = [...prefix, ...issue.path];
  if (issue.code === 'invalid_union') {
    const [branch] = issue.errors
      .filter((errors) => errors.length > 0)
      .toSorted(
        (a, b) => Math.max(...b.map((e) => e.path.length)) - Math.max(...a.map((e) => e.path.length)),
      );
    const deeper = branch?.some((inner) => inner.path.length > 0) === true;
    if (branch !== undefined && (deeper || issue.errors.length === 1))
      return branch.flatMap((inner) => problemsOfIssue(inner, root, value, whole));
  }
  const { path, setting, found } = locate(whole, root, value);
  return [
    {
      path,
      what: { kind: 'invalid', found: foundOf(found, setting), expected: expectedOf(issue, setting) },
    },
  ];
}

/** Follows a path of the schema: its names in the file, the setting that is there, and what was given for it. */
function locate(
  keys: readonly PropertyKey[],
  root: Setting,
  value: unknown,
): { readonly path: readonly string[]; readonly setting: Setting | undefined; readonly found: unknown } {
  const path: string[] = [];
  let setting: Setting | undefined = root;
  let found = value;
  for (const key of keys) {
    const name = String(key);
    if (setting?.kind === 'choice') setting = optionFor(found, setting) ?? fieldsOfAll(setting);
    if (setting?.kind === 'map') {
      const field: Field | undefined = setting.fields.find((candidate) => candidate.key === name);
      path.push(field?.name ?? name);
      setting = field?.setting;
    } else {
      path.push(name);
      setting =
        setting?.kind === 'entries' ? setting.value : setting?.kind === 'list' ? setting.item : undefined;
    }
    found = Array.isArray(found)
      ? (found as unknown[])[Number(name)]
      : isRecord(found)
        ? found[name]
        : undefined;
  }
  return { path, setting, found };
}

/** Where no alternative is chosen: all that could be there. */
function fieldsOfAll(choice: Extract<Setting, { kind: 'choice' }>): Setting {
  const fields = new Map<string, Field>();
  for (const option of choice.options)
    for (const field of option.kind === 'map' ? option.fields : []) {
      const other = fields.get(field.key);
      fields.set(
        field.key,
        other === undefined ? field : { ...other, setting: merged(other.setting, field.setting) },
      );
    }
  return { kind: 'map', fields: [...fields.values()] };
}

function foundOf(found: unknown, setting: Setting | undefined): Found {
  const shown = setting?.kind === 'value' && !isSecret(setting);
  if (found === undefined) return { kind: 'nothing' };
  if (found === null) return { kind: 'null' };
  if (Array.isArray(found)) return { kind: 'list' };
  if (typeof found === 'object') return { kind: 'map' };
  if (typeof found === 'string')
    return shown ? { kind: 'text', value: found.slice(0, 80) } : { kind: 'some-text' };
  if (typeof found === 'number' || typeof found === 'bigint')
    return shown ? { kind: 'number', value: String(found) } : { kind: 'some-number' };
  return typeof found === 'boolean' ? { kind: 'boolean', value: String(found) } : { kind: 'some-text' };
}

function expectedOf(issue: Issue, setting: Setting | undefined): Expected {
  const unit = setting?.kind === 'value' && setting.type === 'number' ? setting.unit : undefined;
  switch (issue.code) {
    case 'invalid_type':
      if (unit !== undefined) return { kind: unit === 'ms' ? 'duration' : 'size' };
      return typeExpected(issue.expected, setting);
    case 'invalid_value':
      return choicesOf(setting) ?? { kind: 'one-of', values: issue.values.map(String) };
    case 'too_small': {
      const limit = String(issue.minimum);
      if (issue.origin !== 'number' && issue.origin !== 'int') return { kind: 'longer', limit };
      return { kind: issue.inclusive === false ? 'more-than' : 'at-least', limit };
    }
    case 'too_big': {
      const limit = String(issue.maximum);
      if (issue.origin !== 'number' && issue.origin !== 'int') return { kind: 'shorter', limit };
      return { kind: issue.inclusive === false ? 'less-than' : 'at-most', limit };
    }
    case 'not_multiple_of':
      return { kind: 'multiple', limit: String(issue.divisor) };
    case 'invalid_format':
      if (issue.format === 'url') return { kind: 'url' };
      if (!issue.message.startsWith('Invalid')) return { kind: 'other', detail: issue.message };
      return { kind: 'format', format: issue.pattern ?? issue.format };
    case 'invalid_union':
      return unionExpected(issue, setting);
    case 'invalid_key':
    case 'invalid_element':
      return { kind: 'other', detail: issue.issues[0]?.message ?? issue.message };
    default:
      return { kind: 'other', detail: issue.message };
  }
}

function typeExpected(type: string, setting: Setting | undefined): Expected {
  switch (type) {
    case 'string':
      return choicesOf(setting) ?? { kind: 'text' };
    case 'number':
      return { kind: 'number' };
    case 'int':
      return { kind: 'integer' };
    case 'boolean':
      return { kind: 'boolean' };
    case 'object':
    case 'record':
      return { kind: 'map' };
    case 'array':
      return { kind: 'list' };
    default:
      return { kind: 'other', detail: type };
  }
}

function unionExpected(issue: Issue, setting: Setting | undefined): Expected {
  const choices = choicesOf(setting);
  if (choices !== undefined) return choices;
  if (setting?.kind === 'choice') return { kind: 'map' };
  return { kind: 'other', detail: issue.message };
}

function choicesOf(setting: Setting | undefined): Expected | undefined {
  return setting?.kind === 'value' && setting.choices !== undefined
    ? { kind: 'one-of', values: setting.choices }
    : undefined;
}
