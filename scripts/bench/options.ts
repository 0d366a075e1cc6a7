import { parseArgs } from 'node:util';

/** The parts of the benchmark, in the order in which they run. */
export const parts = ['to-matrix', 'to-network', 'scale'] as const;
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

export const usage = `npm run bench -- [--only to-matrix|to-network|scale]... [--quick] [--json] [--profile DIR]`;

/** Reads the command line; throws with a text for people where it says something else. */
export function benchOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', multiple: true },
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      profile: { type: 'string' },
    },
  });
  const { only, quick, json, profile } = values;
  for (const name of only ?? []) {
    if (!parts.some((part) => part === name)) throw new Error(`There is no part ${name}. ${usage}`);
  }
  return { parts: parts.filter((part) => only?.includes(part) ?? true), quick, json, profile };
}
