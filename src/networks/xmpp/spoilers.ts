/**
 * Spoilers: https://xmpp.org/extensions/xep-0382.html hides a message as a whole, Matrix (`data-mx-spoiler`,
 * https://spec.matrix.org/v1.16/client-server-api/#spoiler-messages) any part of one.
 */
import xml, { type Element } from '@xmpp/xml';
import type { HtmlNode } from '../../core/html.ts';
import { hintOf, spoilerAttribute } from '../../core/spoiler-marks.ts';
import { namespaces } from './namespaces.ts';
import { ownTextOf } from './stanza.ts';

const longestHint = 300;

/** What a stanza hides itself behind, '' for no words, or `undefined` where it is no spoiler. */
export function readSpoiler(stanza: Element): string | undefined {
  const hint = ownTextOf(stanza.getChildren('spoiler', namespaces.spoiler));
  return hint?.replace(/\s+/g, ' ').trim().slice(0, longestHint).toWellFormed();
}

/** A whole text as one spoiler. */
export function hidden(nodes: readonly HtmlNode[], hint: string): readonly HtmlNode[] {
  return [{ kind: 'element', tag: 'span', attributes: new Map([[spoilerAttribute, hint]]), children: nodes }];
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
