import { parseArgs } from 'node:util';
import { text, type Language } from './texts/catalogue.ts';

/** What the command line asks for. `config` is the file that was named, if one was. */
export type Invocation =
  | { readonly kind: 'run' | 'check-config'; readonly config: string | undefined }
  | { readonly kind: 'doctor'; readonly config: string | undefined; readonly json: boolean }
  | {
      readonly kind: 'register';
      readonly config: string | undefined;
      readonly url: string | undefined;
      readonly file: string;
      readonly force: boolean;
      /** Whether the second registration is wanted, for double puppeting. */
      readonly doublePuppet: boolean;
    }
  | { readonly kind: 'version' | 'help' }
  | { readonly kind: 'wrong'; readonly argument: string };

/** Reads the arguments behind the program's name. Never throws. */
export function parseCommandLine(args: readonly string[]): Invocation {
  try {
    return invocationOf(args);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const argument = /'(.+?)'/.exec(error.message)?.[1] ?? args.join(' ');
    return { kind: 'wrong', argument };
  }
}

function invocationOf(args: readonly string[]): Invocation {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      config: { type: 'string', short: 'c' },
      'generate-registration': { type: 'boolean', short: 'r', default: false },
      url: { type: 'string', short: 'u' },
      file: { type: 'string', short: 'f' },
      force: { type: 'boolean', default: false },
      'double-puppet': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      version: { type: 'boolean', short: 'v', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const { config, url, file, force, json, 'double-puppet': doublePuppet } = values;
  if (values.help) return { kind: 'help' };
  if (values.version) return { kind: 'version' };
  const [command = 'run', unexpected] = positionals;
  if (unexpected !== undefined) return { kind: 'wrong', argument: unexpected };
  if (values['generate-registration']) {
    if (positionals.length > 0) return { kind: 'wrong', argument: command };
    if (doublePuppet && url !== undefined) return { kind: 'wrong', argument: '-u' };
    const usual = doublePuppet ? 'doublepuppet.yaml' : 'registration.yaml';
    return { kind: 'register', config, url, file: file ?? usual, force, doublePuppet };
  }
  if (doublePuppet) return { kind: 'wrong', argument: '--double-puppet' };
  if (url !== undefined || file !== undefined || force)
    return { kind: 'wrong', argument: url !== undefined ? '-u' : file !== undefined ? '-f' : '--force' };
  if (json && command !== 'doctor') return { kind: 'wrong', argument: '--json' };
  switch (command) {
    case 'doctor':
      return { kind: 'doctor', config, json };
    case 'run':
    case 'check-config':
      return { kind: command, config };
    default:
      return { kind: 'wrong', argument: command };
  }
}

/** What `--help` shows. */
export function helpText(language: Language): string {
  const commands = (
    ['run', 'register', 'double-puppet', 'doctor', 'check-config', 'version', 'help'] as const
  ).map((name) => `  ${text(language, `cli.help.${name}`)}`);
  return [text(language, 'cli.usage'), '', ...commands, '', text(language, 'cli.help.codes'), ''].join('\n');
}
