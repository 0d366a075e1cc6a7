/** How many rows an answer shows. */
export const pageSize = 20;

/** The page that the words ask for, from 1; undefined where they are no page. */
export function pageOf(words: readonly string[]): number | undefined {
  const [word, ...more] = words;
  if (more.length > 0) return undefined;
  if (word === undefined) return 1;
  return /^[1-9]\d{0,6}$/.test(word) ? Number(word) : undefined;
}
