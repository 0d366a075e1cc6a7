/** The neutral form of formatted text: Matrix's subset of HTML (html-subset.ts) as a small tree. Pure. */
import { HtmlTreeBuilder } from './html-tree.ts';
import { allowedAttribute, blockTags, voidTags, type AllowedTag } from './html-subset.ts';

export type HtmlNode = HtmlText | HtmlElement;
/** Text as people read it, not escaped. */
export interface HtmlText {
  readonly kind: 'text';
  readonly text: string;
}
/** A permitted element. `attributes` holds only what the subset permits on it. */
export interface HtmlElement {
  readonly kind: 'element';
  readonly tag: AllowedTag;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly HtmlNode[];
}

/**
 * Parses any text as HTML into a tree of permitted elements, at most 100 deep. Total: never throws. Unknown elements
 * leave their content behind; scripts, styles, `<mx-reply>` and their like leave nothing. Neighbouring texts are one.
 */
export function parseHtml(html: string): readonly HtmlNode[] {
  return new HtmlTreeBuilder().parse(html);
}

/**
 * Writes a tree as HTML with everything escaped. Stable: what it wrote parses to the same tree and is written the same.
 * Attributes are checked again, so that a tree made by hand cannot smuggle one. Takes trees at most 100 deep.
 */
export function serialiseHtml(nodes: readonly HtmlNode[]): string {
  return nodes.map(serialiseNode).join('');
}

/** The text in a tree: line breaks and blocks become line ends, images their alternative text. */
export function textOf(nodes: readonly HtmlNode[]): string {
  const lines = new PlainLines();
  lines.add(nodes);
  return lines.text;
}

function serialiseNode(node: HtmlNode): string {
  if (node.kind === 'text') return escapeHtml(node.text);
  const attributes = [...node.attributes].map(([name, value]) => {
    const allowed = allowedAttribute(node.tag, name, value);
    return allowed === undefined ? '' : ` ${name}="${escapeHtml(allowed)}"`;
  });
  const open = `<${node.tag}${attributes.join('')}>`;
  return voidTags.has(node.tag) ? open : `${open}${serialiseHtml(node.children)}</${node.tag}>`;
}

/** Escapes text for HTML, in content as well as in a quoted attribute. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

class PlainLines {
  text = '';
  #breakDue = false;

  add(nodes: readonly HtmlNode[]): void {
    for (const node of nodes) {
      if (node.kind === 'text') this.#write(node.text);
      else this.#element(node);
    }
  }

  #element(element: HtmlElement): void {
    const block = blockTags.has(element.tag);
    this.#breakDue ||= block;
    if (element.tag === 'br') this.#write('\n');
    else if (element.tag === 'img') this.#write(element.attributes.get('alt') ?? '');
    else this.add(element.children);
    this.#breakDue ||= block;
  }

  #write(text: string): void {
    if (text === '') return;
    if (this.#breakDue && this.text !== '' && !this.text.endsWith('\n')) this.text += '\n';
    this.#breakDue = false;
    this.text += text;
  }
}
