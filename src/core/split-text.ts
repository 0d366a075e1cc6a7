/** Cutting of texts that are longer than what the far side takes at once. Pure. */

/** How far back from the limit the end of a paragraph, line or word is looked for, as a share of what fits. */
const lookBack = 0.25;
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** The bytes that a text takes in UTF-8. */
export function textBytes(text: string): number {
  return Buffer.byteLength(text);
}

/** The bytes that a text takes inside JSON, without its quotes. */
export function jsonBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text)) - 2;
}

/**
 * Splits a text into parts of at most `limit` bytes each, as `measure` counts them, which put together give the text
 * again. It is cut after a paragraph, else after a line, else after a word, else between graphemes, and inside of one
 * only where it alone exceeds the limit. `limit` is at least 12, so that any character fits.
 */
export function splitText(
  text: string,
  limit: number,
  measure: (text: string) => number = textBytes,
): readonly [string, ...string[]] {
  if (limit < 12) throw new Error('no character may fit into such parts');
  const parts: string[] = [];
  let rest = text;
  for (let end = fitting(rest, limit, measure); end < rest.length; end = fitting(rest, limit, measure)) {
    const cut = cutAt(rest, end);
    parts.push(rest.slice(0, cut));
    rest = rest.slice(cut);
  }
  const [first, ...others] = [...parts, rest];
  return [first, ...others];
}

/** How many code units of whole characters fit. */
function fitting(text: string, limit: number, measure: (text: string) => number): number {
  let used = 0;
  let end = 0;
  for (const character of text) {
    used += measure(character);
    if (used > limit) break;
    end += character.length;
  }
  return end;
}

function cutAt(text: string, end: number): number {
  const earliest = Math.floor(end * (1 - lookBack));
  const paragraph = text.lastIndexOf('\n\n', end - 2) + 2;
  if (paragraph > earliest && paragraph <= end) return paragraph;
  const line = text.lastIndexOf('\n', end - 1) + 1;
  if (line > earliest) return line;
  const word = afterLastSpace(text.slice(earliest, end));
  if (word > 0) return earliest + word;
  const grapheme = graphemes.segment(text.slice(0, end + 1024)).containing(end)?.index ?? end;
  return grapheme > 0 ? grapheme : end;
}

function afterLastSpace(text: string): number {
  for (let at = text.length; at > 0; at -= 1) {
    if (/\s/.test(text.charAt(at - 1))) return at;
  }
  return 0;
}
