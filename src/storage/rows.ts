/** Reads the columns of a row. PostgreSQL's driver gives 64-bit integers as text; all of ours are safe integers. */
export type Row = Readonly<Record<string, unknown>>;

export function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw unexpected(column);
  return value;
}

export function optionalText(row: Row, column: string): string | undefined {
  return row[column] === null ? undefined : text(row, column);
}

export function integer(row: Row, column: string): number {
  const value = row[column];
  const number = typeof value === 'string' || typeof value === 'bigint' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) throw unexpected(column);
  return number;
}

export function optionalInteger(row: Row, column: string): number | undefined {
  return row[column] === null ? undefined : integer(row, column);
}

export function optionalBytes(row: Row, column: string): Buffer | undefined {
  const value = row[column];
  if (value === null) return undefined;
  if (!Buffer.isBuffer(value)) throw unexpected(column);
  return value;
}

/** A column that holds a JSON array of strings. */
export function texts(row: Row, column: string): readonly string[] {
  const value: unknown = JSON.parse(text(row, column));
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) throw unexpected(column);
  return value;
}

function unexpected(column: string): Error {
  return new Error(`the database holds something unexpected in the column ${column}`);
}
