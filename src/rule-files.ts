/** The rules of the configuration, with the files that it names: all of them, or everything that is wrong with them. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { readConfig, pathText } from './config/load.ts';
import type { ConfigProblem, Place } from './config/problem.ts';
import { fileName } from './config/setting.ts';
import { compile, type Surroundings } from './rules/compile.ts';
import type { RulesSection } from './rules/config.ts';
import type { RuleSet } from './rules/rule-set.ts';
import { Expressions, isPattern } from './core/pattern.ts';
import { presetFor, rulesOf } from './rules/presets.ts';
import type { AuthoredRule, Rule, RuleWarning } from './rules/rule.ts';
import { ruleFileSchema } from './rules/schema.ts';

/** What the configuration says of rules, read and found to be good. */
export interface RulesConfig {
  readonly configured: readonly AuthoredRule[];
  readonly presets: readonly AuthoredRule[];
  readonly around: Surroundings;
  readonly roomsPerSecond: number;
  readonly warnings: readonly RuleWarning[];
  /** All of them, as long as none are set while the bridge runs. */
  readonly compiled: RuleSet;
}
export type ReadRules =
  | { readonly kind: 'rules'; readonly rules: RulesConfig }
  | { readonly kind: 'errors'; readonly problems: readonly ConfigProblem[] };

/** Where the value of a path of the configuration stands. */
export type PlaceOf = (path: readonly string[]) => Place;

interface Source {
  readonly rules: readonly Rule[];
  /** What leads to the list in its file. */
  readonly prefix: readonly string[];
  readonly place: PlaceOf;
}

/** Reads the files of the section and checks everything together. `folder` is where relative paths start. */
export function readRules(
  section: RulesSection,
  networks: readonly string[],
  folder: string,
  place: PlaceOf,
): ReadRules {
  const problems: ConfigProblem[] = [];
  const sources: Source[] = [{ rules: section.list, prefix: ['rules', 'list'], place }];
  for (const [at, file] of section.files.entries()) {
    const read = readFile(resolve(folder, file), place(['rules', 'files', String(at)]));
    if ('problems' in read) problems.push(...read.problems);
    else sources.push(read);
  }
  problems.push(...badPatterns(section, place));
  if (problems.length > 0) return { kind: 'errors', problems };
  const configured = sources.flatMap(({ rules }) =>
    rules.map((rule): AuthoredRule => ({ rule, author: { kind: 'config' } })),
  );
  const presets = networks.flatMap((network) =>
    rulesOf(section.presets[network] ?? presetFor(network), network),
  );
  const around = { userGroups: section.userGroups, regions: section.regions, networks };
  const compiled = compile([...configured, ...presets], around);
  if (compiled.kind === 'refused') {
    return {
      kind: 'errors',
      problems: compiled.problems.map(({ index, rule, path, code, detail }): ConfigProblem => {
        const found = sourceOf(sources, index);
        const names = [...found.path, ...path.map(fileName)];
        return {
          path: pathText(names),
          place: found.place(names),
          what: { kind: 'rule', code, rule, detail },
        };
      }),
    };
  }
  const { rules } = compiled;
  const { roomsPerSecond } = section;
  const { warnings } = rules;
  return {
    kind: 'rules',
    rules: { configured, presets, around, roomsPerSecond, warnings, compiled: rules },
  };
}

/** The rules of a section that names no files, for whoever is sure of them; throws where they are bad. */
export function inlineRules(section: RulesSection, networks: readonly string[]): RulesConfig {
  const read = readRules({ ...section, files: [] }, networks, '.', () => ({ kind: 'nowhere' }));
  if (read.kind === 'rules') return read.rules;
  throw new Error(`bad rules: ${read.problems.map(({ path }) => path).join(', ')}`);
}

function readFile(file: string, named: Place): Source | { readonly problems: readonly ConfigProblem[] } {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'EIO';
    return { problems: [{ path: 'rules.files', place: named, what: { kind: 'unreadable', file, code } }] };
  }
  let place: PlaceOf = () => named;
  const read = readConfig(ruleFileSchema, file, text, {}, (_, placeOf) => {
    place = placeOf;
    return [];
  });
  if (read.kind === 'errors') return { problems: read.problems };
  return { rules: read.config.rules, prefix: ['rules'], place };
}

/** Where a rule stands, by its number among all. */
function sourceOf(
  sources: readonly Source[],
  index: number,
): { readonly path: readonly string[]; readonly place: PlaceOf } {
  let left = index;
  for (const { rules, prefix, place } of sources) {
    if (left < rules.length) return { path: [...prefix, String(left)], place };
    left -= rules.length;
  }
  return { path: ['rules'], place: () => ({ kind: 'nowhere' }) };
}

function badPatterns({ userGroups, regions }: RulesSection, place: PlaceOf): readonly ConfigProblem[] {
  const expressions = new Expressions();
  const sections = [
    [['user_groups'], userGroups],
    [['rules', 'regions'], regions],
  ] as const;
  return sections.flatMap(([section, map]) =>
    Object.entries(map).flatMap(([name, patterns]) =>
      patterns.flatMap((pattern, at): readonly ConfigProblem[] => {
        if (isPattern(pattern, expressions)) return [];
        const path = [...section, name, String(at)];
        const what = { kind: 'rule', code: 'bad-pattern', rule: name, detail: pattern } as const;
        return [{ path: pathText(path), place: place(path), what }];
      }),
    ),
  );
}
