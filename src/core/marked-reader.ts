/** Text with marks that people type, read. */
import type { AllowedTag } from './html-subset.ts';
import type { HtmlElement, HtmlNode } from './html.ts';
import { fence, isSpace, type MarkDialect } from './mark-dialect.ts';
import { markedSpans } from './marked-spans.ts';

/** Parses a body into the neutral tree, without its marks. Total and linear in time. */
export function parseMarked(body: string, dialect: MarkDialect): readonly HtmlNode[] {
  return blocks(body.split('\n'), { dialect, depth: 0 });
}

/** Whether a tree says more than its text and line breaks do. */
export function hasFormat(nodes: readonly HtmlNode[]): boolean {
  return nodes.some(
    (node) =>
      node.kind === 'element' &&
      (!structural.has(node.tag) || node.attributes.size > 0 || hasFormat(node.children)),
  );
}
const structural: ReadonlySet<AllowedTag> = new Set<AllowedTag>(['br', 'p', 'div', 'span']);

interface Place {
  readonly dialect: MarkDialect;
  /** How many quotes are around. */
  readonly depth: number;
}

function element(
  tag: AllowedTag,
  children: readonly HtmlNode[],
  attributes?: [string, string][],
): HtmlElement {
  return { kind: 'element', tag, attributes: new Map(attributes), children };
}

function blocks(lines: readonly string[], place: Place): readonly HtmlNode[] {
  const nodes: HtmlNode[] = [];
  let plain: string[] = [];
  const endPlain = (last: boolean): void => {
    nodes.push(...paragraph(plain, { after: nodes.length > 0, before: !last }, place));
    plain = [];
  };
  // Where no fence closes from here on, none is looked for again.
  const fences = { none: false };
  for (let at = 0; at < lines.length;) {
    const line = lines[at] ?? '';
    const block = blockAt(lines, at, place, fences);
    if (block === undefined) {
      plain.push(line);
      at += 1;
      continue;
    }
    endPlain(false);
    nodes.push(block.element);
    at = block.end;
  }
  endPlain(true);
  return nodes;
}

interface Block {
  readonly element: HtmlElement;
  /** The line after it. */
  readonly end: number;
}

/** The block that starts at a line, or `undefined` where a plain line does. */
function blockAt(
  lines: readonly string[],
  at: number,
  place: Place,
  fences: { none: boolean },
): Block | undefined {
  const { dialect, depth } = place;
  const line = lines[at] ?? '';
  if (line.startsWith(dialect.quote) && depth < dialect.quoteDepth) {
    const end = runEnd(lines, at, (one) => one.startsWith(dialect.quote));
    return { element: quote(lines.slice(at, end), place), end };
  }
  if (line.startsWith(fence)) {
    if (dialect.fence === 'lines') return fencedLines(lines, at);
    if (!fences.none) {
      const pair = fencedPair(lines, at);
      if (pair !== undefined) return pair;
      fences.none = !line.includes(fence, fence.length);
    }
  }
  return dialect.lists ? list(lines, at, place) : undefined;
}

function runEnd(lines: readonly string[], from: number, belongs: (line: string) => boolean): number {
  let end = from;
  while (end < lines.length && belongs(lines[end] ?? '')) end += 1;
  return end;
}

function quote(lines: readonly string[], { dialect, depth }: Place): HtmlElement {
  const inner = lines.map((line) => (isSpace(line[1]) ? line.slice(2) : line.slice(1)));
  return element('blockquote', blocks(inner, { dialect, depth: depth + 1 }));
}

function fencedLines(lines: readonly string[], at: number): Block {
  const closing = lines.indexOf(fence, at + 1);
  const end = closing === -1 ? lines.length : closing + 1;
  const [first = '', ...rest] = lines.slice(at, end);
  const content = rest.at(-1) === fence ? rest.slice(0, -1) : rest;
  const language = /^```([A-Za-z0-9_+#.-]{1,40})$/.exec(first)?.[1];
  return { element: preformatted(content, language), end };
}

/** From a line that begins with a fence to the next line that has one, if that line ends with it. */
function fencedPair(lines: readonly string[], at: number): Block | undefined {
  const first = (lines[at] ?? '').slice(fence.length);
  if (first.includes(fence)) return undefined;
  const closing = lines.findIndex((line, index) => index > at && line.includes(fence));
  const last = lines[closing]?.trimEnd() ?? '';
  if (closing === -1 || last.indexOf(fence) !== last.length - fence.length) return undefined;
  const ends = [first, ...lines.slice(at + 1, closing), last.slice(0, -fence.length)];
  const content = ends.slice(ends[0] === '' ? 1 : 0, ends.at(-1) === '' ? -1 : undefined);
  if (content.every((line) => line.trim() === '')) return undefined;
  return { element: preformatted(content, undefined), end: closing + 1 };
}

function preformatted(content: readonly string[], language: string | undefined): HtmlElement {
  const attributes: [string, string][] = language === undefined ? [] : [['class', `language-${language}`]];
  const text = content.join('\n');
  return element('pre', [element('code', text === '' ? [] : [{ kind: 'text', text }], attributes)]);
}

const bullet = /^[-*] (?=\S)/;
const ordinal = /^(0|[1-9]\d{0,5})\. (?=\S)/;

/** Lines of one list; the numbers of an ordered one go up by one, so that none is lost. */
function list(lines: readonly string[], at: number, { dialect }: Place): Block | undefined {
  const line = lines[at] ?? '';
  const first = ordinal.exec(line)?.[1];
  if (first === undefined && !bullet.test(line)) return undefined;
  const start = Number(first ?? 0);
  const mark = first === undefined ? bullet : ordinal;
  let next = start;
  const end = runEnd(lines, at, (one) =>
    first === undefined ? bullet.test(one) : ordinal.exec(one)?.[1] === String(next++),
  );
  const items = lines.slice(at, end).map((one) => element('li', markedSpans(one.replace(mark, ''), dialect)));
  if (first === undefined) return { element: element('ul', items), end };
  return { element: element('ol', items, start === 1 ? [] : [['start', String(start)]]), end };
}

/** Lines between blocks; an empty one that only sets a block apart is left out. */
function paragraph(
  lines: readonly string[],
  block: { readonly after: boolean; readonly before: boolean },
  { dialect }: Place,
): readonly HtmlNode[] {
  const from = block.after && lines[0] === '' ? 1 : 0;
  const to = block.before && lines.length > from && lines.at(-1) === '' ? lines.length - 1 : lines.length;
  return lines
    .slice(from, to)
    .flatMap((line, at) => [...(at > 0 ? [element('br', [])] : []), ...markedSpans(line, dialect)]);
}
