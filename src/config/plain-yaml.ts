/**
 * Reads files of thousands of rules: the plain part of YAML 1.2 (https://yaml.org/spec/1.2.2/) in which people and programs
 * write them. It answers the same as the YAML library, or nothing at all, and is several times as fast, since it keeps no
 * places.
 */

interface Line {
  readonly indent: number;
  readonly text: string;
}
/** A value, and where in its line it ends. */
interface Read {
  readonly value: unknown;
  readonly end: number;
}

/** Deeper is nothing that the configuration has. */
const mostDepth = 16;
/** What no plain line has: tabs, other ends of lines, control characters, marks of byte order. */
const strange = /[^\P{C}\n]|[\p{Zl}\p{Zp}]/u;
/** A key and its colon. Words that are no text, and `__proto__`, are left to the library. */
const keyPattern = /(?!(?:null|true|false|__proto__):)([a-z_][\w-]{0,100}):(?: +|$)/iy;
const itemPattern = /- +(?=[^ #])/y;
/** A text without quotes that is nothing else, whatever is around it. */
const wordPattern = /[a-z_/][\w./+@=~*^$|()\\-]*(?:[: ][\w./+@=~*^$|()\\-]+)*/iy;
const notText = /^(?:null|true|false)$/i;
const numberPattern = /(?:0|[1-9]\d{0,14})(?![\w.:+-])/y;
/** A size, a duration or a time of the day, which are texts. */
const amountPattern = /(?:[1-9]\d{0,5}(?:[KMG]i?B|ms|[smhdB])|\d\d:\d\d)(?![\w.:+-])/y;
const doublePattern = /"(?:[^"\\]|\\["\\])*"/y;
const singlePattern = /'(?:[^']|'')*'/y;
const afterValue = /(?: +#.*| *)$/y;
const spaces = / */y;

/** The value of a text; undefined where it is not plain, or wrong: then the library has to say. Never throws. */
export function plainYaml(source: string): unknown {
  if (strange.test(source)) return undefined;
  const lines: Line[] = [];
  for (const text of source.split('\n')) {
    const indent = text.search(/[^ ]/);
    if (indent >= 0 && text[indent] !== '#') lines.push({ indent, text });
  }
  if (lines[0]?.indent !== 0) return undefined;
  return new Blocks(lines).whole();
}

/** Blocks, line by line. What is not understood is left where it is, so that the end is not reached. */
class Blocks {
  readonly #lines: Line[];
  #at = 0;
  #isBad = false;

  constructor(lines: Line[]) {
    this.#lines = lines;
  }

  whole(): unknown {
    const value = this.#block(0, 0);
    return this.#isBad || this.#at < this.#lines.length ? undefined : value;
  }

  #block(indent: number, depth: number): unknown {
    const line = this.#lines[this.#at];
    if (line === undefined || depth > mostDepth) return this.#bad();
    if (end(itemPattern, line.text, indent) !== undefined) return this.#list(indent, depth);
    return this.#map(indent, depth);
  }

  #list(indent: number, depth: number): unknown {
    const items: unknown[] = [];
    for (let line = this.#next(indent); line !== undefined; line = this.#next(indent)) {
      const { text } = line;
      const start = end(itemPattern, text, indent);
      if (start === undefined) break;
      if (end(keyPattern, text, start) === undefined) items.push(this.#inline(text, start));
      else {
        // A map that begins behind the dash stands where its first key does.
        this.#lines[this.#at] = { indent: start, text };
        items.push(this.#map(start, depth + 1));
      }
    }
    return items;
  }

  #map(indent: number, depth: number): unknown {
    const map: Record<string, unknown> = {};
    let count = 0;
    for (let line = this.#next(indent); line !== undefined; line = this.#next(indent)) {
      const { text } = line;
      const start = end(keyPattern, text, indent);
      if (start === undefined) break;
      const key = text.slice(indent, text.indexOf(':', indent));
      if (Object.hasOwn(map, key)) return this.#bad();
      count += 1;
      map[key] =
        start < text.length && text[start] !== '#' ? this.#inline(text, start) : this.#below(indent, depth);
    }
    return count === 0 ? this.#bad() : map;
  }

  /** What stands on the lines below a key; a list may stand as far left as the key. */
  #below(indent: number, depth: number): unknown {
    this.#at += 1;
    const line = this.#lines[this.#at];
    if (line === undefined || line.indent < indent) return this.#bad();
    if (line.indent > indent) return this.#block(line.indent, depth + 1);
    return end(itemPattern, line.text, indent) === undefined ? this.#bad() : this.#list(indent, depth + 1);
  }

  #inline(text: string, start: number): unknown {
    const read = valueAt(text, start, 0);
    if (read === undefined || end(afterValue, text, read.end) === undefined) return this.#bad();
    this.#at += 1;
    return read.value;
  }

  #next(indent: number): Line | undefined {
    const line = this.#lines[this.#at];
    return this.#isBad || line?.indent !== indent ? undefined : line;
  }

  #bad(): unknown {
    this.#isBad = true;
    return undefined;
  }
}

function valueAt(text: string, at: number, depth: number): Read | undefined {
  switch (text[at]) {
    case '[':
      return depth > mostDepth ? undefined : listAt(text, at, depth);
    case '{':
      return depth > mostDepth ? undefined : mapAt(text, at, depth);
    case '"':
      return readAs(doublePattern, text, at, (quoted) => quoted.slice(1, -1).replace(/\\(.)/g, '$1'));
    case "'":
      return readAs(singlePattern, text, at, (quoted) => quoted.slice(1, -1).replaceAll("''", "'"));
    default:
      return (
        readAs(numberPattern, text, at, Number) ??
        readAs(amountPattern, text, at, String) ??
        readAs(wordPattern, text, at, (word) => (notText.test(word) ? undefined : word))
      );
  }
}

function listAt(text: string, open: number, depth: number): Read | undefined {
  const items: unknown[] = [];
  let at = skipped(text, open + 1);
  if (text[at] === ']') return { value: items, end: at + 1 };
  for (;;) {
    const read = valueAt(text, at, depth + 1);
    if (read === undefined) return undefined;
    items.push(read.value);
    at = skipped(text, read.end);
    if (text[at] === ']') return { value: items, end: at + 1 };
    if (text[at] !== ',') return undefined;
    at = skipped(text, at + 1);
  }
}

function mapAt(text: string, open: number, depth: number): Read | undefined {
  const map: Record<string, unknown> = {};
  let at = skipped(text, open + 1);
  if (text[at] === '}') return { value: map, end: at + 1 };
  for (;;) {
    const start = end(keyPattern, text, at);
    if (start === undefined) return undefined;
    const key = text.slice(at, text.indexOf(':', at));
    const read = Object.hasOwn(map, key) ? undefined : valueAt(text, start, depth + 1);
    if (read === undefined) return undefined;
    map[key] = read.value;
    at = skipped(text, read.end);
    if (text[at] === '}') return { value: map, end: at + 1 };
    if (text[at] !== ',') return undefined;
    at = skipped(text, at + 1);
  }
}

function readAs(
  pattern: RegExp,
  text: string,
  at: number,
  valueOf: (found: string) => unknown,
): Read | undefined {
  const found = end(pattern, text, at);
  const value = found === undefined ? undefined : valueOf(text.slice(at, found));
  return found === undefined || value === undefined ? undefined : { value, end: found };
}

/** Where a sticky pattern that begins here ends. */
function end(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

function skipped(text: string, at: number): number {
  return end(spaces, text, at) ?? at;
}
