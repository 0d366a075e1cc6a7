/** Formatted bodies: https://spec.matrix.org/v1.16/client-server-api/#mroommessage-msgtypes (section 11.2.1.8). */
import { parseHtml, serialiseHtml, textOf, type HtmlNode } from '../core/html.ts';

/**
 * HTML cleaned to Matrix's permitted subset, without reply fallbacks; `undefined` where nothing is left to see. Total and
 * stable: cleaning twice gives the same.
 */
export function cleanHtml(html: string): string | undefined {
  const nodes = parseHtml(html);
  return textOf(nodes).trim() !== '' || showsImage(nodes) ? serialiseHtml(nodes) : undefined;
}

function showsImage(nodes: readonly HtmlNode[]): boolean {
  return nodes.some((node) => node.kind === 'element' && (node.tag === 'img' || showsImage(node.children)));
}
