/** XHTML-IM, read and written: https://xmpp.org/extensions/xep-0071.html */
import xml, { type Element } from '@xmpp/xml';
import { allowedAttribute, allowedTag, droppedWhole, type AllowedTag } from '../../core/html-subset.ts';
import { parseHtml, serialiseHtml, textOf, type HtmlElement, type HtmlNode } from '../../core/html.ts';
import { xmlText } from './characters.ts';
import { namespaces } from './namespaces.ts';

/** The formatted form of a stanza's body as the neutral tree, or `undefined` where it has none with text in it. */
export function parseXhtmlIm(stanza: Element): readonly HtmlNode[] | undefined {
  const bodies = stanza
    .getChildren('html', namespaces.xhtmlIm)
    .flatMap((html) => html.getChildren('body', namespaces.xhtml));
  const [body] = bodies;
  if (body === undefined) return undefined;
  // Written and parsed again: elements made by hand may nest as HTML does not permit.
  const nodes = parseHtml(serialiseHtml(body.children.flatMap(readNode)));
  return textOf(nodes).trim() === '' ? undefined : nodes;
}

function readNode(node: Element | string): readonly HtmlNode[] {
  if (typeof node === 'string') return [{ kind: 'text', text: xmlText(node) }];
  const name = node.getName().toLowerCase();
  if (node.getNS() !== namespaces.xhtml || droppedWhole.has(name)) return [];
  const tag = allowedTag(name);
  const children = node.children.flatMap(readNode);
  const styled = readStyle(node, children);
  if (tag === undefined || (tag === 'span' && node.attrs['style'] !== undefined)) return styled;
  const attributes = new Map<string, string>();
  for (const [key, value] of Object.entries(node.attrs)) {
    const kept = typeof value === 'string' ? allowedAttribute(tag, key, value) : undefined;
    if (kept !== undefined) attributes.set(key, kept);
  }
  return [{ kind: 'element', tag, attributes, children: styled }];
}

/** What a style attribute says, as elements around the content. */
function readStyle(element: Element, children: readonly HtmlNode[]): readonly HtmlNode[] {
  const style: unknown = element.attrs['style'];
  if (typeof style !== 'string' || children.length === 0) return children;
  const properties = new Map(
    style.split(';', 20).map((part) => {
      const [name = '', value = ''] = part.split(':', 2);
      return [name.trim().toLowerCase(), value.trim().toLowerCase()];
    }),
  );
  const decoration = properties.get('text-decoration') ?? '';
  const colour = allowedAttribute('span', 'data-mx-color', properties.get('color') ?? '');
  const tags: AllowedTag[] = [];
  if (/^(?:bold|bolder|[6-9]00)$/.test(properties.get('font-weight') ?? '')) tags.push('strong');
  if (/^(?:italic|oblique)$/.test(properties.get('font-style') ?? '')) tags.push('em');
  if (decoration.includes('underline')) tags.push('u');
  if (decoration.includes('line-through')) tags.push('del');
  const coloured = colour === undefined ? children : [wrap('span', children, [['data-mx-color', colour]])];
  return tags.reduceRight<readonly HtmlNode[]>((inner, tag) => [wrap(tag, inner)], coloured);
}

function wrap(tag: AllowedTag, children: readonly HtmlNode[], attributes?: [string, string][]): HtmlElement {
  return { kind: 'element', tag, attributes: new Map(attributes), children };
}

/** The `<html/>` payload for a tree; only what XHTML-IM defines is written, the rest leaves its text. */
export function renderXhtmlIm(nodes: readonly HtmlNode[], prefix = ''): Element {
  const content = [...(prefix === '' ? [] : [prefix]), ...nodes.flatMap(writeNode)];
  return xml('html', { xmlns: namespaces.xhtmlIm }, xml('body', { xmlns: namespaces.xhtml }, ...content));
}

/** How the tags of the neutral tree are written; those that are not named leave their content. */
const written: Partial<Record<AllowedTag, readonly [string, string?]>> = {
  a: ['a'],
  b: ['strong'],
  blockquote: ['blockquote'],
  br: ['br'],
  caption: ['p'],
  code: ['code'],
  del: ['span', 'text-decoration: line-through'],
  details: ['div'],
  div: ['div'],
  em: ['em'],
  h1: ['h1'],
  h2: ['h2'],
  h3: ['h3'],
  h4: ['h4'],
  h5: ['h5'],
  h6: ['h6'],
  i: ['em'],
  li: ['li'],
  ol: ['ol'],
  p: ['p'],
  pre: ['pre'],
  s: ['span', 'text-decoration: line-through'],
  strong: ['strong'],
  summary: ['p'],
  table: ['div'],
  tr: ['div'],
  u: ['span', 'text-decoration: underline'],
  ul: ['ul'],
};

function writeNode(node: HtmlNode): readonly (Element | string)[] {
  if (node.kind === 'text') return [node.text];
  if (node.tag === 'img') return [node.attributes.get('alt') ?? ''];
  if (node.tag === 'hr') return [xml('p', {}, '---')];
  const children = node.children.flatMap(writeNode);
  if (node.tag === 'td' || node.tag === 'th') return [...children, ' '];
  if (node.tag === 'span') return writeSpan(node, children);
  const [name, style] = written[node.tag] ?? [];
  if (name === undefined) return children;
  const href = node.tag === 'a' ? node.attributes.get('href') : undefined;
  return [xml(name, { ...(style === undefined ? {} : { style }), ...hrefOf(href) }, ...children)];
}

function hrefOf(href: string | undefined): { href?: string } {
  return href === undefined ? {} : { href };
}

function writeSpan(
  span: HtmlElement,
  children: readonly (Element | string)[],
): readonly (Element | string)[] {
  const colour = span.attributes.get('data-mx-color');
  return colour === undefined ? children : [xml('span', { style: `color: ${colour}` }, ...children)];
}

/** The tree without `prefix` at the start of its text, or `undefined` where the text starts otherwise. */
export function withoutPrefix(nodes: readonly HtmlNode[], prefix: string): readonly HtmlNode[] | undefined {
  const [first, ...rest] = nodes;
  if (first === undefined) return undefined;
  if (first.kind === 'text') {
    if (!first.text.startsWith(prefix)) return undefined;
    return [{ kind: 'text', text: first.text.slice(prefix.length) }, ...rest];
  }
  const children = withoutPrefix(first.children, prefix);
  return children === undefined ? undefined : [{ ...first, children }, ...rest];
}
