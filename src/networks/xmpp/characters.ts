/** The characters that XML 1.0 can carry: https://www.w3.org/TR/xml/#charsets */

/**
 * The text without what XML cannot carry: control characters, lone surrogates, U+FFFE and U+FFFF; line ends become
 * `\n`, as any XML parser would make them. One such character in a stanza would end the whole stream.
 */
export function xmlText(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(/(?![\t\n])[\u0000-\u001F\p{Cs}\uFFFE\uFFFF]/gu, '');
}

/** A part of a text in Unicode code points (XEP-0426); `end` is the first that does not belong to it. */
export interface CodePointRange {
  readonly start: number;
  readonly end: number;
}

/** Takes ranges out of a text; they may overlap, come in any order, and reach beyond the end. */
export function withoutRanges(text: string, ranges: readonly CodePointRange[]): string {
  if (ranges.length === 0) return text;
  const points = Array.from(text);
  const kept: string[] = [];
  let from = 0;
  for (const { start, end } of ranges.toSorted((a, b) => a.start - b.start)) {
    if (start > from) kept.push(points.slice(from, start).join(''));
    from = Math.max(from, end);
  }
  kept.push(points.slice(from).join(''));
  return kept.join('');
}
