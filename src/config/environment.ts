import { parse } from 'yaml';
import type { Setting } from './setting.ts';

/** A setting that an environment variable can give. */
export interface Variable {
  /** `CAUSEWAY_` and the path in capitals, `_` between its parts. */
  readonly name: string;
  readonly path: readonly string[];
  readonly setting: Setting;
}

/** The name of the variable for a path. */
export function variableName(path: readonly string[]): string {
  return `CAUSEWAY_${path.join('_').toUpperCase()}`;
}

/**
 * Every variable of the settings. Maps of settings have one for each setting in them; lists and maps with free keys have
 * one for the whole. Throws where two settings would share a name: a mistake in the schema.
 */
export function variablesOf(setting: Setting): readonly Variable[] {
  const found = new Map<string, Variable>();
  const visit = (at: Setting, path: readonly string[]): void => {
    if (at.kind === 'map') {
      for (const field of at.fields) visit(field.setting, [...path, field.name]);
      return;
    }
    if (at.kind === 'choice' && at.options.some((option) => option.kind === 'map')) {
      for (const option of at.options) visit(option, path);
      return;
    }
    const name = variableName(path);
    const other = found.get(name);
    if (other !== undefined && other.path.join('.') !== path.join('.'))
      throw new Error(`${path.join('.')} and ${other.path.join('.')} share ${name}`);
    found.set(name, { name, path, setting: other === undefined ? at : merged(other.setting, at) });
  };
  visit(setting, []);
  for (const { name, setting: at } of found.values())
    if (isSecret(at) && found.has(`${name}_FILE`)) throw new Error(`${name}_FILE names two settings`);
  return [...found.values()];
}

/** What the text of a variable stands for; a text that does not fit stays as it is, for the schema to refuse. */
export function variableValue(setting: Setting, text: string): unknown {
  switch (setting.kind) {
    case 'value':
      if (setting.type === 'number') return /^-?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : text;
      if (setting.type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
      return text;
    case 'list':
      if (!text.trimStart().startsWith('['))
        return text.split(',').map((part) => variableValue(setting.item, part.trim()));
      return parsed(text);
    default:
      return parsed(text);
  }
}

/** Whether the value must never be shown. */
export function isSecret(setting: Setting): boolean {
  return setting.kind === 'value' && setting.secret;
}

function parsed(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 0, logLevel: 'error' }) as unknown;
  } catch {
    return text;
  }
}

/** The same setting in several alternatives (`kind` of a choice). */
export function merged(one: Setting, other: Setting): Setting {
  if (one.kind !== 'value' || other.kind !== 'value') return one;
  const choices =
    one.choices === undefined || other.choices === undefined
      ? undefined
      : [...new Set([...one.choices, ...other.choices])];
  return { ...one, secret: one.secret || other.secret, choices };
}
