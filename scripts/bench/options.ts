import { parseArgs } from 'node:util';

/** The parts of the benchmark, in the order in which they run. */
export const parts = [
  ...(['to-matrix', 'to-network', 'scale', 'group'] as const),
  ...(['crypto-store', 'crypto', 'crypto-group', 'watcher', 'encrypted'] as const),
  ...(['rules', 'media', 'interop'] as const),
] as const;
export type Part = (typeof parts)[number];

/** What the command line asks for. */
export interface BenchOptions {
  readonly parts: readonly Part[];
  /** Short rounds, which show that the benchmark works rather than how fast the bridge is. */
  readonly quick: boolean;
  /** Ends with one line of JSON. */
  readonly json: boolean;
  /** Where the bridge writes its CPU profiles, where they are wanted. */
  readonly profile: string | undefined;
}

export const usage = `npm run bench -- [--only ${parts.join('|')}]... [--group] [--encrypted] [--rules] [--interop] [--quick] [--json] [--profile DIR]`;

/** Reads the command line; throws with a text for people where it says something else. */
export function benchOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', multiple: true },
      group: { type: 'boolean', default: false },
      encrypted: { type: 'boolean', default: false },
      rules: { type: 'boolean', default: false },
      interop: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      profile: { type: 'string' },
    },
  });
  const { quick, json, profile } = values;
  const flags = (['group', 'encrypted', 'rules', 'interop'] as const).filter((name) => values[name]);
  const named = [...(values.only ?? []), ...flags];
  const only = named.length === 0 ? undefined : named;
  for (const name of only ?? []) {
    if (!parts.some((part) => part === name)) throw new Error(`There is no part ${name}. ${usage}`);
  }
  return { parts: parts.filter((part) => only?.includes(part) ?? true), quick, json, profile };
}
