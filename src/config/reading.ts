import { isAbsolute, join } from 'node:path';
import { nearest } from '../texts/nearest.ts';
import { parseDuration } from './duration.ts';
import type { ConfigProblem } from './problem.ts';
import type { Field, Setting, Value } from './setting.ts';
import { parseSize } from './size.ts';

/** The value that the example gives to secrets, and that is refused. */
export const placeholder = 'replace-me';

/** What stood elsewhere in earlier releases: whoever still writes it there is told the new name. */
const moved: ReadonlyMap<string, string> = new Map([
  ['reach.groups', 'user_groups'],
  ['rules.user_groups', 'user_groups'],
]);

/** Reads a secret's file; answers its text, or the code of what went wrong. */
export type SecretFile = (path: string) => { readonly text: string } | { readonly code: string };

/** A problem before it is known where in the file its path stands. */
export type Unplaced = Omit<ConfigProblem, 'place' | 'path'> & { readonly path: readonly string[] };

/**
 * Turns what the file says into what the schema reads: names of the schema instead of those of the file, numbers instead
 * of texts with a unit, secrets instead of the files that hold them. What does not fit is left for the schema to refuse.
 */
export class Reading {
  readonly problems: Unplaced[] = [];
  readonly #secretFile: SecretFile;
  readonly #folder: string;

  constructor(secretFile: SecretFile, folder: string) {
    this.#secretFile = secretFile;
    this.#folder = folder;
  }

  read(value: unknown, setting: Setting, path: readonly string[]): unknown {
    switch (setting.kind) {
      case 'map':
        return this.#map(value ?? {}, setting.fields, path);
      case 'entries':
        return isRecord(value)
          ? Object.fromEntries(
              Object.entries(value).map(([key, inner]) => [
                key,
                this.read(inner, setting.value, [...path, key]),
              ]),
            )
          : value;
      case 'list':
        return Array.isArray(value)
          ? value.map((inner: unknown, index) => this.read(inner, setting.item, [...path, String(index)]))
          : value;
      case 'choice': {
        const option = optionFor(value, setting);
        return option === undefined ? value : this.read(value, option, path);
      }
      case 'value':
        return this.#value(value, setting, path);
    }
  }

  #map(value: unknown, fields: readonly Field[], path: readonly string[]): unknown {
    if (!isRecord(value)) return value;
    const entries: [string, unknown][] = [];
    for (const [name, inner] of Object.entries(value)) {
      const field = fields.find((candidate) => candidate.name === name);
      const fileOf = fields.find((candidate) => isSecretFileName(candidate, name));
      if (field !== undefined) {
        if (inner === null && isOptionalMap(field)) continue;
        entries.push([field.key, this.read(inner, field.setting, [...path, name])]);
      } else if (fileOf !== undefined) {
        if (Object.hasOwn(value, fileOf.name))
          this.problems.push({ path: [...path, name], what: { kind: 'twice', other: fileOf.name } });
        else entries.push([fileOf.key, this.#secret(inner, [...path, name])]);
      } else {
        const near = moved.get([...path, name].join('.')) ?? nearest(name, fields.flatMap(namesOf));
        this.problems.push({ path: [...path, name], what: { kind: 'unknown-key', near } });
      }
    }
    return Object.fromEntries(entries);
  }

  #secret(file: unknown, path: readonly string[]): unknown {
    if (typeof file !== 'string') {
      this.problems.push({
        path,
        what: { kind: 'invalid', found: { kind: 'some-text' }, expected: { kind: 'text' } },
      });
      return undefined;
    }
    const answer = this.#secretFile(isAbsolute(file) ? file : join(this.#folder, file));
    if ('text' in answer) return answer.text.trimEnd();
    this.problems.push({ path, what: { kind: 'secret-unreadable', file, code: answer.code } });
    return undefined;
  }

  #value(value: unknown, setting: Value, path: readonly string[]): unknown {
    if (typeof value !== 'string') return value;
    if (setting.secret && value.startsWith(placeholder))
      this.problems.push({ path, what: { kind: 'placeholder' } });
    if (setting.unit === undefined || setting.type !== 'number') return value;
    return (setting.unit === 'ms' ? parseDuration(value) : parseSize(value)) ?? value;
  }
}

/** Whether a value is a map. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The alternative that a value means: by its discriminator, or else by its shape. */
export function optionFor(value: unknown, choice: Extract<Setting, { kind: 'choice' }>): Setting | undefined {
  const { by, options } = choice;
  if (by === undefined) {
    const kind = isRecord(value) ? ['map', 'entries'] : Array.isArray(value) ? ['list'] : ['value'];
    return options.find((option) => kind.includes(option.kind));
  }
  return options.find(
    (option) =>
      option.kind === 'map' &&
      option.fields.some(
        ({ key, name, setting }) =>
          key === by &&
          isRecord(value) &&
          setting.kind === 'value' &&
          setting.choices?.includes(String(value[name])) === true,
      ),
  );
}

function isSecretFileName(field: Field, name: string): boolean {
  return field.setting.kind === 'value' && field.setting.secret && `${field.name}_file` === name;
}

function namesOf(field: Field): readonly string[] {
  return isSecretFileName(field, `${field.name}_file`) ? [field.name, `${field.name}_file`] : [field.name];
}

/** `metrics:` with nothing behind it means: as by default. */
function isOptionalMap(field: Field): boolean {
  return field.setting.kind === 'map' && field.fallback !== undefined;
}
