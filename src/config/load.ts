import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { parseConfigText, type ConfigDocument } from './document.ts';
import { isSecret, variableValue, variablesOf, type Variable } from './environment.ts';
import { problemsOf } from './issue.ts';
import type { ConfigProblem } from './problem.ts';
import { isRecord, Reading, type SecretFile } from './reading.ts';
import { settingOf, type Setting } from './setting.ts';

/** Where the configuration comes from: a file, or none, and variables, which go before it. */
export interface ConfigSource {
  readonly file: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}
/** A good configuration. `ignored` names variables with our prefix that no setting has. */
export interface Loaded<T> {
  readonly kind: 'loaded';
  readonly config: T;
  readonly ignored: readonly string[];
}
/** Everything that is wrong, in the order of the file. */
export interface ConfigErrors {
  readonly kind: 'errors';
  readonly problems: readonly ConfigProblem[];
}

/** Looks at what the schema took, for what only shows in the whole; `place` answers where a path stands. */
export type Check<T> = (
  config: T,
  place: (path: readonly string[]) => ConfigProblem['place'],
) => readonly ConfigProblem[];

/** Variables that the command line reads itself. */
const ownVariables = ['CAUSEWAY_CONFIG'];

/** The settings of a schema, as the loader and the generated files see them. */
export function settingsOf(schema: z.ZodType): Setting {
  return settingOf(schema, (part) => z.globalRegistry.get(part as z.ZodType) ?? {});
}

/**
 * Reads the configuration. Every value may also come from a variable (`CAUSEWAY_HOMESERVER_URL`), and a secret from a
 * file: `as_token_file: /run/secrets/x`, or `CAUSEWAY_…_FILE`. Answers every problem at once; throws only for mistakes
 * in the schema.
 */
export function loadConfig<T>(
  schema: z.ZodType<T>,
  source: ConfigSource,
  check?: Check<T>,
): Loaded<T> | ConfigErrors {
  if (source.file === undefined) return readConfig(schema, '', '', source.env, check);
  try {
    return readConfig(schema, source.file, readFileSync(source.file, 'utf8'), source.env, check);
  } catch (error) {
    const what = { kind: 'unreadable', file: source.file, code: codeOf(error) } as const;
    if (what.code === '') throw error;
    return { kind: 'errors', problems: [{ path: '', place: { kind: 'nowhere' }, what }] };
  }
}

/** Reads a configuration from its text. `file` names it and is what relative paths of secrets start from. */
export function readConfig<T>(
  schema: z.ZodType<T>,
  file: string,
  source: string,
  env: ConfigSource['env'],
  check?: Check<T>,
): Loaded<T> | ConfigErrors {
  const document = parseConfigText(file, source);
  if (document.problems.length > 0) return { kind: 'errors', problems: document.problems };
  const root = settingsOf(schema);
  const variables = variablesOf(root);
  const overlay = overlaid(document.value ?? {}, variables, env);
  const reading = new Reading(secretFile, dirname(resolve(file === '' ? '.' : file)));
  const value = reading.read(overlay.value, root, []);
  const parsed = schema.safeParse(value);
  const refused = parsed.success ? [] : problemsOf(parsed.error.issues, root, value);
  const known = reading.problems.map(({ path }) => path.join('\0').replace(/_file$/, ''));
  const problems = [
    ...reading.problems,
    ...refused.filter(({ path }) => !known.includes(path.join('\0'))),
  ].map(({ path, what }): ConfigProblem => ({
    path: pathText(path),
    place: placeOf(path, document, overlay.given, what.kind === 'unknown-key' ? 'name' : 'value'),
    what,
  }));
  if (!parsed.success || problems.length > 0) return { kind: 'errors', problems: problems.toSorted(byPlace) };
  const { data: config } = parsed;
  const found = check?.(config, (path) => placeOf(path, document, overlay.given, 'value')) ?? [];
  if (found.length > 0) return { kind: 'errors', problems: found };
  return { kind: 'loaded', config, ignored: ignoredOf(variables, env) };
}

/** A path as people write it: `networks.xmpp.domain`, `permissions."@a:b"`. */
export function pathText(path: readonly string[]): string {
  return path.map((part) => (/^\w+$/.test(part) ? part : JSON.stringify(part))).join('.');
}

interface Overlay {
  readonly value: unknown;
  /** The variable that gave each path. */
  readonly given: ReadonlyMap<string, string>;
}

function overlaid(value: unknown, variables: readonly Variable[], env: ConfigSource['env']): Overlay {
  const given = new Map<string, string>();
  let result = value;
  for (const { name, path, setting } of variables) {
    const direct = env[name] ?? '';
    const file = isSecret(setting) ? (env[`${name}_FILE`] ?? '') : '';
    const last = path.at(-1) ?? '';
    const parent = path.slice(0, -1);
    if (direct === '' && file === '') continue;
    // A variable goes before both forms in the file; both variables at once are left for `Reading` to refuse.
    result = without(without(result, path), [...parent, `${last}_file`]);
    if (direct !== '') {
      result = withValue(result, path, variableValue(setting, direct));
      given.set(path.join('\0'), name);
    }
    if (file !== '') {
      result = withValue(result, [...parent, `${last}_file`], file);
      given.set([...parent, `${last}_file`].join('\0'), `${name}_FILE`);
    }
  }
  return { value: result, given };
}

function withValue(value: unknown, path: readonly string[], leaf: unknown): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return leaf;
  const here = isRecord(value) ? value : {};
  return { ...here, [first]: withValue(here[first], rest, leaf) };
}

function without(value: unknown, path: readonly string[]): unknown {
  const [first, ...rest] = path;
  if (first === undefined || !isRecord(value) || !Object.hasOwn(value, first)) return value;
  if (rest.length > 0) return { ...value, [first]: without(value[first], rest) };
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== first));
}

function placeOf(
  path: readonly string[],
  document: ConfigDocument,
  given: ReadonlyMap<string, string>,
  of: 'value' | 'name',
): ConfigProblem['place'] {
  const name = given.get(path.join('\0')) ?? given.get(`${path.join('\0')}_file`);
  if (name !== undefined) return { kind: 'variable', name };
  return document.place(path, of);
}

function byPlace(a: ConfigProblem, b: ConfigProblem): number {
  const line = ({ place }: ConfigProblem): number => (place.kind === 'file' ? place.line : 0);
  return line(a) - line(b);
}

function ignoredOf(variables: readonly Variable[], env: ConfigSource['env']): readonly string[] {
  const known = new Set(variables.flatMap(({ name }) => [name, `${name}_FILE`]).concat(ownVariables));
  return Object.keys(env).filter((name) => name.startsWith('CAUSEWAY_') && !known.has(name));
}

const secretFile: SecretFile = (path) => {
  try {
    return { text: readFileSync(path, 'utf8') };
  } catch (error) {
    return { code: codeOf(error) };
  }
};

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
