/**
 * Parts of a text that are hidden until their reader asks (https://spec.matrix.org/v1.16/client-server-api/#spoiler-messages),
 * for networks where nothing hides them.
 */
import type { HtmlElement, HtmlNode } from './html.ts';

export const spoilerAttribute = 'data-mx-spoiler';
/** How readers everywhere are used to see what is hidden, where nothing hides it. */
const edge = '||';

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

/** What an element hides its content behind, '' for no words, or `undefined` where it hides nothing. */
export function hintOf(element: HtmlElement): string | undefined {
  return element.tag === 'span' ? element.attributes.get(spoilerAttribute) : undefined;
}
