/** Message Styling, written: https://xmpp.org/extensions/xep-0393.html */
import type { AllowedTag } from '../../core/html-subset.ts';
import { blockTags } from '../../core/html-subset.ts';
import { textOf, type HtmlElement, type HtmlNode } from '../../core/html.ts';
import { StyledLine, type Mark } from './styled-line.ts';

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
 * The body of a message for readers that know message styling and for those that know plain text only. What styling
 * has no directive for is written as people write it: `- ` for lists, the address in brackets behind a link's text.
 */
export function styledText(nodes: readonly HtmlNode[]): string {
  return new StyledText().write(nodes, []).end().join('\n');
}

class StyledText {
  readonly #lines: string[] = [];
  #line = new StyledLine();
  #gapDue = false;

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
        this.#push(linesOf(element.children, []).map((line) => (line === '' ? '>' : `> ${line}`)));
        return;
      case 'pre':
        this.#push(fenced(element));
        return;
      case 'hr':
        this.#push(['---']);
        return;
      case 'ul':
      case 'ol':
        this.#push(listLines(element));
        return;
      default:
        this.write(element.children, withMark(around, element.tag));
    }
  }

  #endLine(evenIfBlank = false): void {
    const line = this.#line.text;
    const blank = this.#line.isBlank;
    this.#line = new StyledLine();
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

function linesOf(nodes: readonly HtmlNode[], around: readonly Mark[]): readonly string[] {
  return new StyledText().write(nodes, around).end();
}

function fenced(pre: HtmlElement): readonly string[] {
  const [only] = pre.children;
  const language =
    only?.kind === 'element' && only.tag === 'code'
      ? only.attributes.get('class')?.slice('language-'.length)
      : '';
  const text = textOf(pre.children).replace(/\n$/, '');
  // A line that is a fence itself would end the block.
  const lines = text.split('\n').map((line) => (line === '```' ? ' ```' : line));
  return ['```' + (language ?? ''), ...lines, '```'];
}

function listLines(list: HtmlElement): readonly string[] {
  const first = Number(list.attributes.get('start') ?? 1);
  const items = list.children.filter((child) => child.kind === 'element' || child.text.trim() !== '');
  return items.flatMap((item, at) => {
    const [head = '', ...rest] = linesOf(
      item.kind === 'element' && item.tag === 'li' ? item.children : [item],
      [],
    );
    const marker = list.tag === 'ol' ? `${first + at}. ` : '- ';
    return [`${marker}${head}`, ...rest.map((line) => `  ${line}`)];
  });
}

/** A mention's link names the person already; the address of the link says nothing to a reader outside of Matrix. */
function isMention(href: string): boolean {
  return /^https:\/\/matrix\.to\/#\/(?:@|%40)/i.test(href);
}
