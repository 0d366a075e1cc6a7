/** Formatted text, written with marks that people type. */
import type { AllowedTag } from './html-subset.ts';
import { blockTags } from './html-subset.ts';
import { textOf, type HtmlElement, type HtmlNode } from './html.ts';
import { fence, type Mark, type MarkDialect } from './mark-dialect.ts';
import { MarkedLine } from './marked-line.ts';

const marks: Partial<Record<AllowedTag, Mark>> = {
  strong: '*',
  b: '*',
  em: '_',
  i: '_',
  del: '~',
  s: '~',
  code: '`',
  h1: '*',
  h2: '*',
  h3: '*',
  h4: '*',
  h5: '*',
  h6: '*',
  th: '*',
};

/**
 * The body of a message for readers that know these marks and for those that know plain text only. What has no mark is
 * written as people write it: `- ` for lists, the address in brackets behind a link's text.
 */
export function markedText(nodes: readonly HtmlNode[], dialect: MarkDialect): string {
  return linesOf(nodes, dialect).join('\n');
}

class MarkedText {
  readonly #dialect: MarkDialect;
  readonly #lines: string[] = [];
  #line: MarkedLine;
  #gapDue = false;

  constructor(dialect: MarkDialect) {
    this.#dialect = dialect;
    this.#line = new MarkedLine(dialect);
  }

  end(): readonly string[] {
    this.#endLine();
    return this.#lines;
  }

  write(nodes: readonly HtmlNode[], around: readonly Mark[]): this {
    for (const node of nodes) {
      if (node.kind === 'text') this.#line.add(node.text, around);
      else if (blockTags.has(node.tag)) this.#block(node, around);
      else this.#inline(node, around);
    }
    return this;
  }

  #inline(element: HtmlElement, around: readonly Mark[]): void {
    if (element.tag === 'br') this.#endLine(true);
    else if (element.tag === 'img') this.#line.add(element.attributes.get('alt') ?? '', around);
    else if (element.tag === 'a') this.#link(element, around);
    else this.write(element.children, withMark(around, element.tag));
  }

  #link(link: HtmlElement, around: readonly Mark[]): void {
    const href = link.attributes.get('href');
    this.write(link.children, around);
    const shown = textOf(link.children).trim();
    if (href === undefined || shown === href || isMention(href) || href === `mailto:${shown}`) return;
    this.#line.add(shown === '' ? href : ` (${href})`, around);
  }

  #block(element: HtmlElement, around: readonly Mark[]): void {
    if (element.tag === 'td' || element.tag === 'th') {
      if (!this.#line.isBlank) this.#line.add(' | ', []);
      this.write(element.children, withMark(around, element.tag));
      return;
    }
    this.#endLine();
    this.#gapDue ||= apart.has(element.tag);
    this.#blockLines(element, around);
    this.#endLine();
    this.#gapDue ||= apart.has(element.tag);
  }

  #blockLines(element: HtmlElement, around: readonly Mark[]): void {
    switch (element.tag) {
      case 'blockquote':
        this.#push(
          linesOf(element.children, this.#dialect).map((line) =>
            line === '' ? this.#dialect.quote : `> ${line}`,
          ),
        );
        return;
      case 'pre':
        this.#push(preformatted(element, this.#dialect));
        return;
      case 'hr':
        this.#push(['---']);
        return;
      case 'ul':
      case 'ol':
        this.#push(listLines(element, this.#dialect));
        return;
      default:
        this.write(element.children, withMark(around, element.tag));
    }
  }

  #endLine(evenIfBlank = false): void {
    const line = this.#line.text;
    const blank = this.#line.isBlank;
    this.#line = new MarkedLine(this.#dialect);
    if (!blank || evenIfBlank) this.#push([line]);
  }

  #push(lines: readonly string[]): void {
    if (lines.length === 0) return;
    if (this.#gapDue && this.#lines.length > 0 && this.#lines.at(-1) !== '') this.#lines.push('');
    this.#gapDue = false;
    for (const line of lines) this.#lines.push(line);
  }
}

/** Blocks that an empty line sets apart from what is around them. */
const apart: ReadonlySet<AllowedTag> = new Set<AllowedTag>(['p', 'blockquote', 'table']);

function withMark(around: readonly Mark[], tag: AllowedTag): readonly Mark[] {
  const mark = marks[tag];
  return mark === undefined || around.includes(mark) ? around : [...around, mark];
}

function linesOf(nodes: readonly HtmlNode[], dialect: MarkDialect): readonly string[] {
  return new MarkedText(dialect).write(nodes, []).end();
}

function preformatted(pre: HtmlElement, dialect: MarkDialect): readonly string[] {
  const lines = textOf(pre.children).replace(/\n$/, '').split('\n');
  if (dialect.fence === 'pairs') {
    // What is a fence itself would end the block: then the text goes without.
    return lines.some((line) => line.includes(fence)) || lines.every((line) => line.trim() === '')
      ? lines
      : [fence, ...lines, fence];
  }
  return [fence + languageOf(pre), ...lines.map((line) => (line === fence ? ` ${fence}` : line)), fence];
}

function languageOf({ children: [only] }: HtmlElement): string {
  if (only?.kind !== 'element' || only.tag !== 'code') return '';
  return only.attributes.get('class')?.slice('language-'.length) ?? '';
}

function listLines(list: HtmlElement, dialect: MarkDialect): readonly string[] {
  const first = Number(list.attributes.get('start') ?? 1);
  const items = list.children.filter((child) => child.kind === 'element' || child.text.trim() !== '');
  return items.flatMap((item, at) => {
    const [head = '', ...rest] = linesOf(
      item.kind === 'element' && item.tag === 'li' ? item.children : [item],
      dialect,
    );
    const marker = list.tag === 'ol' ? `${first + at}. ` : '- ';
    // Behind the marker nothing begins a block.
    return [`${marker}${head.replace(/^ /, '')}`, ...rest.map((line) => `  ${line}`)];
  });
}

/** A mention's link names the person already; the address of the link says nothing to a reader outside of Matrix. */
function isMention(href: string): boolean {
  return /^https:\/\/matrix\.to\/#\/(?:@|%40)/i.test(href);
}
