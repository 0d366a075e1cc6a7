/**
 * What a schema says of the settings it describes: the loader, the example and the JSON schema all go by this. Settings
 * are named in snake case in the file, whatever the schema calls them.
 */
import type { z } from 'zod';

/** How a number may be written with a unit: `.meta({ unit: 'ms' })`, or a name in the schema such as `timeoutMs`. */
export type Unit = 'ms' | 'bytes';

/** A single value. */
export interface Value {
  readonly kind: 'value';
  readonly type: 'text' | 'number' | 'boolean' | 'other';
  readonly unit: Unit | undefined;
  /** `.meta({ secret: true })`: never shown, and may be given as `<name>_file`. */
  readonly secret: boolean;
  readonly choices: readonly string[] | undefined;
}
/** What stands at one place of the configuration. */
export type Setting =
  | Value
  | { readonly kind: 'map'; readonly fields: readonly Field[] }
  | { readonly kind: 'entries'; readonly value: Setting }
  | { readonly kind: 'list'; readonly item: Setting }
  | { readonly kind: 'choice'; readonly by: string | undefined; readonly options: readonly Setting[] };

/** A setting under its name in a map. */
export interface Field {
  /** Its name in the schema. */
  readonly key: string;
  /** Its name in the file. */
  readonly name: string;
  readonly setting: Setting;
  readonly required: boolean;
  readonly fallback: unknown;
  readonly description: string | undefined;
  readonly example: unknown;
}

interface Meta {
  readonly unit?: unknown;
  readonly secret?: unknown;
  readonly description?: unknown;
  readonly examples?: unknown;
}
interface Peeled {
  readonly schema: z.core.$ZodTypes;
  readonly meta: Meta;
  readonly fallback: unknown;
}

/**
 * The name in the file: `asToken` becomes `as_token`. Units are written with the value there, so `timeoutMs` becomes
 * `timeout` and `maxMediaBytes` becomes `max_media_size`.
 */
export function fileName(key: string): string {
  const name = key.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();
  return name.replace(/_ms$/, '').replace(/_bytes$/, '_size');
}

function unitOf(key: string, meta: Meta): Unit | undefined {
  if (meta.unit === 'ms' || /(_ms|Ms)$/.test(key)) return 'ms';
  return meta.unit === 'bytes' || /(_bytes|Bytes)$/.test(key) ? 'bytes' : undefined;
}

/** Reads the settings out of a schema. `metaOf` answers what was attached with `.meta`. */
export function settingOf(schema: z.core.$ZodType, metaOf: (schema: z.core.$ZodType) => object): Setting {
  return describe(peel(schema, metaOf), metaOf);
}

function describe(peeled: Peeled, metaOf: (schema: z.core.$ZodType) => object): Setting {
  const def = peeled.schema._zod.def;
  switch (def.type) {
    case 'object':
      return {
        kind: 'map',
        fields: Object.entries(def.shape).map(([key, inner]) => fieldOf(key, inner, metaOf)),
      };
    case 'record':
      return { kind: 'entries', value: settingOf(def.valueType, metaOf) };
    case 'array':
      return { kind: 'list', item: withSecret(settingOf(def.element, metaOf), peeled.meta) };
    case 'union':
      return {
        kind: 'choice',
        by: 'discriminator' in def && typeof def.discriminator === 'string' ? def.discriminator : undefined,
        options: def.options.map((option) => settingOf(option, metaOf)),
      };
    case 'string':
      return valueOf(peeled.meta, 'text');
    case 'number':
      return valueOf(peeled.meta, 'number');
    case 'boolean':
      return valueOf(peeled.meta, 'boolean');
    case 'enum':
      return valueOf(peeled.meta, 'text', Object.values(def.entries).map(String));
    case 'literal':
      return valueOf(peeled.meta, 'text', def.values.map(String));
    default:
      return valueOf(peeled.meta, 'other');
  }
}

function fieldOf(key: string, schema: z.core.$ZodType, metaOf: (schema: z.core.$ZodType) => object): Field {
  const peeled = peel(schema, metaOf);
  const { description, examples } = peeled.meta;
  return {
    key,
    name: fileName(key),
    setting: withUnit(describe(peeled, metaOf), unitOf(key, peeled.meta)),
    required: schema._zod.optin === undefined,
    fallback: peeled.fallback,
    description: typeof description === 'string' ? description : undefined,
    example: Array.isArray(examples) ? (examples[0] as unknown) : undefined,
  };
}

function valueOf(meta: Meta, type: Value['type'], choices?: readonly string[]): Value {
  return { kind: 'value', type, unit: undefined, secret: meta.secret === true, choices };
}

function withUnit(setting: Setting, unit: Unit | undefined): Setting {
  return setting.kind === 'value' ? { ...setting, unit } : setting;
}

/** What is secret as a whole is secret in its parts. */
function withSecret(setting: Setting, meta: Meta): Setting {
  return setting.kind === 'value' && meta.secret === true ? { ...setting, secret: true } : setting;
}

/** Takes off what wraps a schema (defaults, optional, transforms), keeping what the wrappers say. */
function peel(schema: z.core.$ZodType, metaOf: (schema: z.core.$ZodType) => object): Peeled {
  let current = schema as z.core.$ZodTypes;
  let meta: Meta = metaOf(current);
  let fallback: unknown;
  for (;;) {
    const def = current._zod.def;
    if (def.type === 'default' || def.type === 'prefault') fallback ??= def.defaultValue;
    const inner = innerOf(def);
    if (inner === undefined) return { schema: current, meta, fallback };
    current = inner as z.core.$ZodTypes;
    meta = { ...metaOf(current), ...meta };
  }
}

function innerOf(def: z.core.$ZodTypes['_zod']['def']): z.core.$ZodType | undefined {
  switch (def.type) {
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'nonoptional':
    case 'readonly':
    case 'catch':
      return def.innerType;
    case 'pipe':
      return (def.in as z.core.$ZodTypes)._zod.def.type === 'transform' ? def.out : def.in;
    case 'lazy':
      return def.getter();
    default:
      return undefined;
  }
}
