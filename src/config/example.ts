import { stringify } from 'yaml';
import { formatDuration } from './duration.ts';
import { isSecret, variableName, variableValue } from './environment.ts';
import { placeholder } from './reading.ts';
import type { Field, Setting, Value } from './setting.ts';
import { formatSize } from './size.ts';

const width = 110;

/**
 * The example of a configuration file: every setting with its description, default and variable. What has a default, or
 * may be left out, is commented out; secrets hold a placeholder that the loader refuses.
 */
export function exampleOf(setting: Setting, intro: string): string {
  return `${comment(intro, '')}\n${mapOf(setting, [], false).trimEnd()}\n`;
}

function mapOf(setting: Setting, path: readonly string[], off: boolean): string {
  if (setting.kind !== 'map') return '';
  return setting.fields.map((field) => fieldOf(field, [...path, field.name], off)).join('\n');
}

function fieldOf(field: Field, path: readonly string[], off: boolean): string {
  const indent = '  '.repeat(path.length - 1);
  const about = field.description === undefined ? '' : comment(field.description, indent);
  const { setting } = field;
  const out = off || !isActive(field);
  if (setting.kind === 'map')
    return `${about}${indent}${out ? '# ' : ''}${field.name}:\n${mapOf(setting, path, out)}`;
  const [first = '', ...rest] = stringify({ [field.name]: shownOf(field) })
    .trimEnd()
    .split('\n');
  const lines = [first, ...rest].map((line) => `${indent}${out ? '# ' : ''}${line}\n`).join('');
  return `${about}${comment(`${variablesText(setting, path)}${defaultText(field)}`, indent)}${lines}`;
}

/** Whether it is written out: what must be given, and what the schema has an example for. Secrets only where they must be. */
function isActive(field: Field): boolean {
  const { setting, required, example } = field;
  if (setting.kind !== 'map') return required || (example !== undefined && !isSecret(setting));
  const shown = required || example !== undefined || field.fallback !== undefined;
  return shown && setting.fields.some(isActive);
}

function shownOf(field: Field): unknown {
  if (isSecret(field.setting) && field.required) return placeholder;
  if (field.example !== undefined) return field.example;
  if (field.fallback !== undefined) return written(field.setting, field.fallback);
  const { setting } = field;
  if (setting.kind === 'list') return [];
  if (setting.kind === 'entries') return {};
  return setting.kind === 'value' ? blank(setting) : null;
}

function blank(setting: Value): unknown {
  return setting.choices?.[0] ?? variableValue(setting, setting.type === 'number' ? '0' : '');
}

/** A default as it would be written in the file. */
export function written(setting: Setting, fallback: unknown): unknown {
  if (setting.kind !== 'value' || typeof fallback !== 'number') return fallback;
  if (setting.unit === 'ms') return formatDuration(fallback);
  return setting.unit === 'bytes' ? formatSize(fallback) : fallback;
}

function variablesText(setting: Setting, path: readonly string[]): string {
  const name = variableName(path);
  return isSecret(setting) ? `${name}, or a file: ${path.at(-1) ?? ''}_file, ${name}_FILE` : name;
}

function defaultText(field: Field): string {
  if (field.required) return '. Required.';
  if (field.fallback === undefined) return '.';
  return `. Default: ${JSON.stringify(written(field.setting, field.fallback))}`;
}

function comment(text: string, indent: string): string {
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) {
    let line = '';
    for (const word of paragraph.split(' ')) {
      if (line !== '' && indent.length + line.length + word.length + 3 > width) {
        lines.push(line);
        line = '';
      }
      line = line === '' ? word : `${line} ${word}`;
    }
    lines.push(line);
  }
  return lines.map((line) => `${indent}#${line === '' ? '' : ` ${line}`}\n`).join('');
}
