/** Text that is formatted by marks which people type (`*so*`, `_so_`, `> so`): what messengers have in common, and where they differ. */

/** A mark around a span. */
export type Mark = '*' | '_' | '~' | '`';

/** How one network reads marks. */
export interface MarkDialect {
  /**
   * Where a span may stand: it opens after white space and closes anywhere (`after-space`), or it stands in no word at
   * either end (`outside-words`).
   */
  readonly spans: 'after-space' | 'outside-words';
  /** What begins a line that is quoted. */
  readonly quote: '>' | '> ';
  /** Quotes nest this deep; what is deeper stays text. */
  readonly quoteDepth: number;
  /** Lines that begin with `- `, `* ` or `1. ` are lists. */
  readonly lists: boolean;
  /**
   * Preformatted text begins with three back-ticks at the start of a line, with the name of its language, and ends with
   * a line of them or the message (`lines`); or it stands anywhere between two such marks (`pairs`).
   */
  readonly fence: 'lines' | 'pairs';
  /** Marks inside of web addresses are none. */
  readonly sparesLinks: boolean;
}

/** What begins and ends preformatted text. */
export const fence = '```';

/** Whether a letter or digit stands next to a place in a text: before `at`, or from `at` on. */
export function wordBefore(text: string, at: number): boolean {
  return /[\p{L}\p{N}]$/u.test(text.slice(Math.max(at - 2, 0), at));
}
export function wordAt(text: string, at: number): boolean {
  return /^[\p{L}\p{N}]/u.test(text.slice(at, at + 2));
}

/** White space as Unicode has it. */
export function isSpace(char: string | undefined): boolean {
  if (char === undefined) return false;
  return char <= '\u007f' ? char <= ' ' && char.trim() === '' : /[\p{White_Space}\p{Z}]/u.test(char);
}
