const bytes: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1000,
  mb: 1000 ** 2,
  gb: 1000 ** 3,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
};

/** A size as people write it (`50 MiB`, `10 MB`) in bytes; undefined where it is none. */
export function parseSize(text: string): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*$/i.exec(text);
  const factor = bytes[(match?.[2] ?? '').toLowerCase()];
  if (match === null || factor === undefined) return undefined;
  const size = Math.round(Number(match[1]) * factor);
  return Number.isSafeInteger(size) ? size : undefined;
}

/** Bytes as `parseSize` reads them, in the largest binary unit that is exact. */
export function formatSize(size: number): string {
  for (const [unit, name] of [
    ['gib', 'GiB'],
    ['mib', 'MiB'],
    ['kib', 'KiB'],
  ] as const) {
    const factor = bytes[unit] ?? 1;
    if (size >= factor && size % factor === 0) return `${size / factor} ${name}`;
  }
  return `${size} B`;
}
