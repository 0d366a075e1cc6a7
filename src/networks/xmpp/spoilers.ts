/**
 * Spoilers: https://xmpp.org/extensions/xep-0382.html hides a message as a whole, Matrix (`data-mx-spoiler`,
 * https://spec.matrix.org/v1.16/client-server-api/#spoiler-messages) any part of one.
 */
import xml, { type Element } from '@xmpp/xml';
import type { HtmlElement, HtmlNode } from '../../core/html.ts';
import { namespaces } from './namespaces.ts';
import { ownTextOf } from './stanza.ts';

const attributeName = 'data-mx-spoiler';
const longestHint = 300;
/** How readers everywhere are used to see what is hidden, where nothing hides it. */
const edge = '||';

/** What a stanza hides itself behind, '' for no words, or `undefined` where it is no spoiler. */
export function readSpoiler(stanza: Element): string | undefined {
  const hint = ownTextOf(stanza.getChildren('spoiler', namespaces.spoiler));
  return hint?.replace(/\s+/g, ' ').trim().slice(0, longestHint).toWellFormed();
}

/** A whole text as one spoiler. */
export function hidden(nodes: readonly HtmlNode[], hint: string): readonly HtmlNode[] {
  return [{ kind: 'element', tag: 'span', attributes: new Map([[attributeName, hint]]), children: nodes }];
}

export function spoilerElement(hint: string): Element {
  return xml('spoiler', { xmlns: namespaces.spoiler }, ...(hint === '' ? [] : [hint]));
}

/** A text that is one spoiler from end to end, taken out of it. */
export function unhidden(
  nodes: readonly HtmlNode[],
): { readonly nodes: readonly HtmlNode[]; readonly hint: string } | undefined {
  const [only, ...others] = nodes.filter((node) => node.kind === 'element' || node.text.trim() !== '');
  if (only?.kind !== 'element' || others.length > 0) return undefined;
  const hint = hintOf(only);
  if (hint !== undefined) return { nodes: only.children, hint };
  return only.tag === 'p' || only.tag === 'div' ? unhidden(only.children) : undefined;
}

/** A text with marks around each part that is hidden; what it is about stands before it. */
export function withMarks(nodes: readonly HtmlNode[]): readonly HtmlNode[] {
  return nodes.flatMap((node): readonly HtmlNode[] => {
    if (node.kind === 'text') return [node];
    const children = withMarks(node.children);
    const hint = hintOf(node);
    if (hint === undefined) return [{ ...node, children }];
    const before = hint === '' ? edge : `(${hint}) ${edge}`;
    return [{ kind: 'text', text: before }, ...children, { kind: 'text', text: edge }];
  });
}

function hintOf(element: HtmlElement): string | undefined {
  return element.tag === 'span' ? element.attributes.get(attributeName) : undefined;
}
