import { z } from 'zod';
import { settingsOf } from './load.ts';
import { isRecord } from './reading.ts';
import type { Field, Setting, Value } from './setting.ts';

/** The JSON schema (2020-12) of the configuration file: with the names, the units and the secrets' files of the file. */
export function jsonSchemaOf(schema: z.ZodType, title: string): Readonly<Record<string, unknown>> {
  const made = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' });
  return { ...renamed(made, settingsOf(schema)), title };
}

function renamed(part: unknown, setting: Setting): Readonly<Record<string, unknown>> {
  if (!isRecord(part)) return {};
  const rest = without(part, 'examples', 'secret', 'unit');
  switch (setting.kind) {
    case 'map':
      return mapOf(rest, setting.fields);
    case 'entries':
      return { ...rest, additionalProperties: renamed(rest['additionalProperties'], setting.value) };
    case 'list':
      return { ...rest, items: renamed(rest['items'], setting.item) };
    case 'choice':
      return choiceOf(rest, setting.options);
    case 'value':
      return valueOf(rest, setting);
  }
}

function mapOf(
  part: Readonly<Record<string, unknown>>,
  fields: readonly Field[],
): Readonly<Record<string, unknown>> {
  const given = isRecord(part['properties']) ? part['properties'] : {};
  const properties = fields.flatMap((field): [string, unknown][] => {
    const own: [string, unknown] = [field.name, renamed(given[field.key], field.setting)];
    if (!isFileable(field)) return [own];
    return [
      own,
      [`${field.name}_file`, { type: 'string', description: `The file that holds ${field.name}.` }],
    ];
  });
  const required = fields.filter((field) => field.required && !isFileable(field)).map(({ name }) => name);
  const either = fields
    .filter((field) => field.required && isFileable(field))
    .map(({ name }) => ({ oneOf: [{ required: [name] }, { required: [`${name}_file`] }] }));
  return {
    ...without(part, 'required', 'default', 'properties'),
    type: 'object',
    properties: Object.fromEntries(properties),
    ...(required.length === 0 ? {} : { required }),
    ...(either.length === 0 ? {} : { allOf: either }),
    additionalProperties: false,
  };
}

function choiceOf(
  part: Readonly<Record<string, unknown>>,
  options: readonly Setting[],
): Readonly<Record<string, unknown>> {
  const name = Array.isArray(part['oneOf']) ? 'oneOf' : 'anyOf';
  const alternatives: unknown = part[name];
  if (!Array.isArray(alternatives)) return part;
  return {
    ...part,
    [name]: alternatives.map((alternative: unknown, index) => {
      const option = options[index];
      return option === undefined ? alternative : renamed(alternative, option);
    }),
  };
}

function valueOf(part: Readonly<Record<string, unknown>>, setting: Value): Readonly<Record<string, unknown>> {
  if (setting.unit === undefined || setting.type !== 'number') return part;
  const { description, default: fallback, ...number } = part;
  const pattern =
    setting.unit === 'ms'
      ? '^\\s*(\\d+(\\.\\d+)?\\s*[A-Za-z]+\\s*)+$'
      : '^\\s*\\d+(\\.\\d+)?\\s*[A-Za-z]+\\s*$';
  return {
    ...(description === undefined ? {} : { description }),
    ...(fallback === undefined ? {} : { default: fallback }),
    anyOf: [number, { type: 'string', pattern }],
  };
}

function isFileable(field: Field): boolean {
  return field.setting.kind === 'value' && field.setting.secret;
}

function without(
  part: Readonly<Record<string, unknown>>,
  ...names: readonly string[]
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(part).filter(([name]) => !names.includes(name)));
}
