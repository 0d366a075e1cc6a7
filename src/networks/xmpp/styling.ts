/** Message Styling, read: https://xmpp.org/extensions/xep-0393.html */
import type { AllowedTag } from '../../core/html-subset.ts';
import type { HtmlElement, HtmlNode } from '../../core/html.ts';

/** Quotes nest this deep; what is deeper stays text. */
const maxQuoteDepth = 16;

const spanTags = new Map<string, AllowedTag>([
  ['*', 'strong'],
  ['_', 'em'],
  ['~', 'del'],
  ['`', 'code'],
]);

/** Parses a body into the neutral tree, without the styling directives. Total and linear in time. */
export function parseStyling(body: string): readonly HtmlNode[] {
  return blocks(body.split('\n'), 0);
}

/** Whether a reader that knows message styling shows anything of this body as styled. */
export function isStyled(body: string): boolean {
  return hasFormat(parseStyling(body));
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

function element(
  tag: AllowedTag,
  children: readonly HtmlNode[],
  attributes?: [string, string][],
): HtmlElement {
  return { kind: 'element', tag, attributes: new Map(attributes), children };
}

function blocks(lines: readonly string[], depth: number): readonly HtmlNode[] {
  const nodes: HtmlNode[] = [];
  let plain: string[] = [];
  const endPlain = (last: boolean): void => {
    nodes.push(...paragraph(plain, nodes.length > 0, !last));
    plain = [];
  };
  for (let at = 0; at < lines.length;) {
    const line = lines[at] ?? '';
    const end = blockEnd(lines, at, depth);
    if (end === at) {
      plain.push(line);
      at += 1;
      continue;
    }
    endPlain(false);
    nodes.push(
      line.startsWith('>') ? quote(lines.slice(at, end), depth) : preformatted(lines.slice(at, end)),
    );
    at = end;
  }
  endPlain(true);
  return nodes;
}

/** The line after the block that starts at `at`; `at` itself where a plain line does. */
function blockEnd(lines: readonly string[], at: number, depth: number): number {
  const line = lines[at] ?? '';
  if (line.startsWith('>') && depth < maxQuoteDepth) {
    let end = at + 1;
    while (lines[end]?.startsWith('>') === true) end += 1;
    return end;
  }
  if (!line.startsWith('```')) return at;
  const fence = lines.indexOf('```', at + 1);
  return fence === -1 ? lines.length : fence + 1;
}

function quote(lines: readonly string[], depth: number): HtmlElement {
  const inner = lines.map((line) => (isSpace(line[1]) ? line.slice(2) : line.slice(1)));
  return element('blockquote', blocks(inner, depth + 1));
}

function preformatted([first = '', ...rest]: readonly string[]): HtmlElement {
  const content = rest.at(-1) === '```' ? rest.slice(0, -1) : rest;
  const language = /^```([A-Za-z0-9_+#.-]{1,40})$/.exec(first)?.[1];
  const attributes: [string, string][] = language === undefined ? [] : [['class', `language-${language}`]];
  const text = content.join('\n');
  return element('pre', [element('code', text === '' ? [] : [{ kind: 'text', text }], attributes)]);
}

/** Lines between blocks; an empty one that only sets a block apart is left out. */
function paragraph(lines: readonly string[], afterBlock: boolean, beforeBlock: boolean): readonly HtmlNode[] {
  const from = afterBlock && lines[0] === '' ? 1 : 0;
  const to = beforeBlock && lines.length > from && lines.at(-1) === '' ? lines.length - 1 : lines.length;
  const nodes = lines
    .slice(from, to)
    .flatMap((line, at) => [
      ...(at > 0 ? [element('br', [])] : []),
      ...new Spans(line).parse(0, line.length),
    ]);
  return nodes;
}

/** The spans of one line. */
class Spans {
  readonly #line: string;
  readonly #closers: ReadonlyMap<string, Int32Array>;

  constructor(line: string) {
    this.#line = line;
    this.#closers = new Map(
      [...spanTags.keys()].filter((mark) => line.includes(mark)).map((mark) => [mark, closersOf(line, mark)]),
    );
  }

  /** Within a span there is no closer of its own mark, so spans nest no deeper than there are marks. */
  parse(start: number, end: number): readonly HtmlNode[] {
    const nodes: HtmlNode[] = [];
    let textFrom = start;
    const endText = (to: number): void => {
      if (to > textFrom) nodes.push({ kind: 'text', text: this.#line.slice(textFrom, to) });
    };
    for (let at = start; at < end; at += 1) {
      const close = this.#closeOf(at, start, end);
      if (close === undefined) continue;
      endText(at);
      nodes.push(this.#span(at, close));
      textFrom = close + 1;
      at = close;
    }
    endText(end);
    return nodes;
  }

  #span(open: number, close: number): HtmlElement {
    const mark = this.#line[open] ?? '';
    const tag = spanTags.get(mark) ?? 'strong';
    const inner: readonly HtmlNode[] =
      mark === '`'
        ? [{ kind: 'text', text: this.#line.slice(open + 1, close) }]
        : this.parse(open + 1, close);
    return element(tag, inner);
  }

  /** Where the span that opens at `at` closes: at the nearest closer, unless there is nothing between the two. */
  #closeOf(at: number, start: number, end: number): number | undefined {
    const closers = this.#closers.get(this.#line[at] ?? '');
    if (closers === undefined || at + 1 >= end) return undefined;
    if (at > start && !isSpace(this.#line[at - 1])) return undefined;
    if (isSpace(this.#line[at + 1])) return undefined;
    const close = closers[at + 1] ?? -1;
    return close <= at + 1 || close >= end ? undefined : close;
  }
}

/** For each position the next one, itself included, at which a mark could close a span; -1 where there is none. */
function closersOf(line: string, mark: string): Int32Array {
  const closers = new Int32Array(line.length).fill(-1);
  let next = -1;
  for (let at = line.length - 1; at > 0; at -= 1) {
    if (line[at] === mark && !isSpace(line[at - 1])) next = at;
    closers[at] = next;
  }
  return closers;
}

function isSpace(char: string | undefined): boolean {
  if (char === undefined) return false;
  return char <= '\u007f' ? char <= ' ' && char.trim() === '' : /[\p{White_Space}\p{Z}]/u.test(char);
}
