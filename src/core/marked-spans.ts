/** The spans of one line of a text with marks, read. */
import type { AllowedTag } from './html-subset.ts';
import type { HtmlElement, HtmlNode } from './html.ts';
import { fence, isSpace, wordAt, wordBefore, type MarkDialect } from './mark-dialect.ts';

const spanTags = new Map<string, AllowedTag>([
  ['*', 'strong'],
  ['_', 'em'],
  ['~', 'del'],
  ['`', 'code'],
]);

/** The spans of a line. Linear in time. */
export function markedSpans(line: string, dialect: MarkDialect): readonly HtmlNode[] {
  return new MarkedSpans(line, dialect).parse(0, line.length);
}

class MarkedSpans {
  readonly #line: string;
  readonly #dialect: MarkDialect;
  /** For each place inside of a web address where that ends; 0 elsewhere. */
  readonly #linkEnds: Int32Array | undefined;
  readonly #closers: ReadonlyMap<string, Int32Array>;

  constructor(line: string, dialect: MarkDialect) {
    this.#line = line;
    this.#dialect = dialect;
    this.#linkEnds = dialect.sparesLinks && line.includes('://') ? linkEnds(line) : undefined;
    this.#closers = new Map(
      [...spanTags.keys()].filter((mark) => line.includes(mark)).map((mark) => [mark, this.#closersOf(mark)]),
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
      const found = this.#fenced(at, end) ?? this.#spanAt(at, start, end);
      if (found === undefined) continue;
      endText(at);
      nodes.push(found.element);
      textFrom = found.end;
      at = found.end - 1;
    }
    endText(end);
    return nodes;
  }

  /** Code between two fences on one line. */
  #fenced(at: number, end: number): { readonly element: HtmlElement; readonly end: number } | undefined {
    if (this.#dialect.fence !== 'pairs' || this.#line[at] !== '`' || !this.#line.startsWith(fence, at))
      return undefined;
    const from = at + fence.length;
    const close = this.#line.indexOf(fence, from);
    if (close === -1 || close + fence.length > end) return undefined;
    const text = this.#line.slice(from, close);
    return text.trim() === '' || text.startsWith('`')
      ? undefined
      : { element: code(text), end: close + fence.length };
  }

  #spanAt(
    open: number,
    start: number,
    end: number,
  ): { readonly element: HtmlElement; readonly end: number } | undefined {
    const close = this.#closeOf(open, start, end);
    if (close === undefined) return undefined;
    const mark = this.#line[open] ?? '';
    const tag = spanTags.get(mark) ?? 'strong';
    const inner: HtmlElement =
      mark === '`'
        ? code(this.#line.slice(open + 1, close))
        : { kind: 'element', tag, attributes: new Map(), children: this.parse(open + 1, close) };
    return { element: inner, end: close + 1 };
  }

  /** Where the span that opens at `at` closes: at the nearest closer, unless there is nothing between the two. */
  #closeOf(at: number, start: number, end: number): number | undefined {
    const closers = this.#closers.get(this.#line[at] ?? '');
    if (closers === undefined || at + 1 >= end || this.#inLink(at)) return undefined;
    if (at > start && !this.#mayOpen(at)) return undefined;
    if (isSpace(this.#line[at + 1])) return undefined;
    const close = closers[at + 1] ?? -1;
    return close <= at + 1 || close >= end ? undefined : close;
  }

  #mayOpen(at: number): boolean {
    return this.#dialect.spans === 'after-space' ? isSpace(this.#line[at - 1]) : !wordBefore(this.#line, at);
  }

  #inLink(at: number): boolean {
    return (this.#linkEnds?.[at] ?? 0) > at;
  }

  /** For each position the next one, itself included, at which a mark could close a span; -1 where there is none. */
  #closersOf(mark: string): Int32Array {
    const line = this.#line;
    const closers = new Int32Array(line.length).fill(-1);
    let next = -1;
    for (let at = line.length - 1; at > 0; at -= 1) {
      if (line[at] === mark && !isSpace(line[at - 1]) && this.#mayClose(at)) next = at;
      closers[at] = next;
    }
    return closers;
  }

  #mayClose(at: number): boolean {
    return this.#dialect.spans === 'after-space' || (!wordAt(this.#line, at + 1) && !this.#inLink(at));
  }
}

function code(text: string): HtmlElement {
  return { kind: 'element', tag: 'code', attributes: new Map(), children: [{ kind: 'text', text }] };
}

function linkEnds(line: string): Int32Array {
  const ends = new Int32Array(line.length);
  for (const { 0: link, index } of line.matchAll(/(?<![\p{L}\p{N}])(?:https?|ftp):\/\/\S+/giu)) {
    // Marks and full stops at the end belong to the text around.
    let end = link.length;
    while (trailing.has(link[end - 1] ?? '')) end -= 1;
    ends.fill(index + end, index, index + end);
  }
  return ends;
}
const trailing: ReadonlySet<string> = new Set('*_~`.,;:!?)]');
