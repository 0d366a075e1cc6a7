import type { Value } from './database.ts';

/** `(?, ?), (?, ?)` for so many rows of so many columns. */
export function placeholders(rows: number, columns: number): string {
  const row = `(${Array<string>(columns).fill('?').join(', ')})`;
  return Array<string>(rows).fill(row).join(', ');
}

/** The same with a type for each column, for a `values` list that nothing else gives types to. */
export function typedPlaceholders(rows: number, types: readonly string[]): string {
  const row = `(${types.map((type) => `cast(? as ${type})`).join(', ')})`;
  return Array<string>(rows).fill(row).join(', ');
}

const longestKept = 32;

/**
 * A statement for so many rows, written once for each short length: a text that is the same string each time is found
 * among the prepared statements without being read again.
 */
export function sized(write: (rows: number) => string): (rows: number) => string {
  const written: string[] = [];
  return (rows) => (rows > longestKept ? write(rows) : (written[rows] ??= write(rows)));
}

/** `?, ?, ?` */
export function list(values: readonly Value[]): string {
  return values.map(() => '?').join(', ');
}

/** Cuts a list into parts that fit the number of values that a statement may have. */
export function* parts<T>(items: readonly T[], size = 500): Generator<readonly T[]> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size);
}
