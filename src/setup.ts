/** What every way of starting the program begins with: the configuration and the registration, or why there is none. */
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import {
  bridgeConfig,
  configSchema,
  networksIn,
  rulesIn,
  type BridgeConfig,
  type FileConfig,
} from './config-schema.ts';
import { loadConfig } from './config/load.ts';
import { problemText } from './config/problem.ts';
import { exitCodes, type ExitCode } from './exit-codes.ts';
import { readRules, type RulesConfig } from './rule-files.ts';
import { readRegistration, type ReadRegistration, type Registration } from './registration.ts';
import { text, type Language } from './texts/catalogue.ts';

/** The environment, and the language in which the command line speaks. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly language: Language;
}
/** The program cannot go on: what to tell, and how to exit. */
export interface Refused {
  readonly kind: 'refused';
  readonly text: string;
  readonly exit: ExitCode;
}
/** A good configuration file. `name` is how it was named, `folder` where relative paths start. */
export interface Configured {
  readonly kind: 'configured';
  readonly file: FileConfig;
  readonly name: string;
  readonly folder: string;
  readonly rules: RulesConfig | undefined;
  readonly warnings: readonly string[];
}
/** Everything that the bridge is started with. */
export interface Ready {
  readonly kind: 'ready';
  readonly config: BridgeConfig;
  readonly registration: Registration;
  /** The second one, for double puppeting, where there is one. */
  readonly puppetRegistration: Registration | undefined;
  readonly warnings: readonly string[];
}

const defaultFile = 'config.yaml';

/** Loads the file that was named, or that `CAUSEWAY_CONFIG` names, or config.yaml; none where variables give everything. */
export function configure(named: string | undefined, { env, language }: Surroundings): Configured | Refused {
  const chosen = named ?? env['CAUSEWAY_CONFIG'] ?? defaultFile;
  const byVariables = Object.keys(env).some(
    (name) => name.startsWith('CAUSEWAY_') && name !== 'CAUSEWAY_CONFIG',
  );
  const isNamed = named !== undefined || env['CAUSEWAY_CONFIG'] !== undefined;
  const file = !isNamed && byVariables && !existsSync(defaultFile) ? undefined : chosen;
  const folder = file === undefined ? '.' : dirname(file);
  let rules: RulesConfig | undefined;
  const loaded = loadConfig(configSchema, { file, env }, (config, place) => {
    const read = readRules(rulesIn(config), networksIn(config), folder, place);
    if (read.kind === 'errors') return read.problems;
    ({ rules } = read);
    return [];
  });
  if (loaded.kind === 'errors') {
    const lines = loaded.problems.map((problem) => `  ${problemText(language, problem)}`);
    const head = text(language, 'cli.config-wrong', { count: lines.length });
    return { kind: 'refused', text: [head, ...lines].join('\n'), exit: exitCodes.config };
  }
  return {
    kind: 'configured',
    file: loaded.config,
    name: chosen,
    ...{ folder, rules },
    warnings: [
      ...loaded.ignored.map((name) => text(language, 'config.unknown-env', { name })),
      ...(rules?.warnings ?? []).map(({ rule, code, by }) =>
        text(language, `rules.warning.${code}`, { rule, by }),
      ),
    ],
  };
}

/** Loads the configuration and the registration that it names. */
export function prepare(named: string | undefined, surroundings: Surroundings): Ready | Refused {
  const configured = configure(named, surroundings);
  if (configured.kind === 'refused') return configured;
  const { file, name, folder, rules, warnings } = configured;
  const path = resolve(folder, file.appservice.registration);
  const read = readRegistration(path);
  if (read.kind === 'registration') {
    const { registration } = read;
    const second = preparePuppets(configured, surroundings.language);
    if (second?.kind === 'refused') return second;
    const puppetRegistration = second?.registration;
    const tokens = {
      ...{ asToken: registration.as_token, hsToken: registration.hs_token },
      puppetToken: puppetRegistration?.as_token,
    };
    const config = bridgeConfig(file, tokens, folder, rules);
    return { kind: 'ready', config, registration, puppetRegistration, warnings };
  }
  const where = { file: path, config: name, url: file.appservice.url ?? 'http://localhost:29340' };
  const { language } = surroundings;
  switch (read.kind) {
    case 'placeholder':
      return {
        kind: 'refused',
        text: text(language, 'registration.placeholder', where),
        exit: exitCodes.placeholderTokens,
      };
    case 'unreadable':
      return {
        kind: 'refused',
        text: text(language, 'registration.unreadable', { ...where, code: read.code }),
        exit: exitCodes.config,
      };
    case 'invalid':
      return {
        kind: 'refused',
        text: text(language, 'registration.invalid', { ...where, detail: read.detail }),
        exit: exitCodes.config,
      };
  }
}

/** Loads the second registration, where the configuration names one. */
function preparePuppets(
  { file, name, folder }: Configured,
  language: Language,
): Extract<ReadRegistration, { kind: 'registration' }> | Refused | undefined {
  const named = file.doublePuppeting.registration;
  if (named === undefined) return undefined;
  const path = resolve(folder, named);
  const read = readRegistration(path);
  if (read.kind === 'registration') return read;
  const detail = read.kind === 'unreadable' ? read.code : read.kind === 'invalid' ? read.detail : 'as_token';
  const said = text(language, 'registration.puppet-bad', { file: path, config: name, detail });
  return { kind: 'refused', text: said, exit: exitCodes.config };
}
