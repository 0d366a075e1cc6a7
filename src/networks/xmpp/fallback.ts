/** Fallback Indication: https://xmpp.org/extensions/xep-0428.html */
import type { Element } from '@xmpp/xml';
import { withoutRanges, type CodePointRange } from './characters.ts';
import { namespaces } from './namespaces.ts';
import { attribute, elementsOf, ownText } from './stanza.ts';

const everything: CodePointRange = { start: 0, end: Infinity };

/** The body without the parts that stand in for a feature which the reader understands. */
export function withoutFallback(stanza: Element, body: string, feature: string): string {
  const ranges = stanza
    .getChildren('fallback', namespaces.fallback)
    .filter((fallback) => attribute(fallback, 'for') === feature)
    .flatMap(rangesOf);
  return withoutRanges(body, ranges);
}

function rangesOf(fallback: Element): readonly CodePointRange[] {
  const parts = elementsOf(fallback);
  if (parts.length === 0) return [everything];
  return parts.filter((part) => part.getName() === 'body').flatMap(rangeOf);
}

function rangeOf(body: Element): readonly CodePointRange[] {
  const start = attribute(body, 'start');
  const end = attribute(body, 'end');
  if (start === undefined && end === undefined) return [everything];
  const range = { start: position(start), end: position(end) };
  return range.start < range.end ? [range] : [];
}

function position(text: string | undefined): number {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : NaN;
}

/** The words that a reply quotes for readers who know no replies (XEP-0461, 4), where they stand before its own. */
export function quotedIn(stanza: Element): string | undefined {
  const body = ownText(stanza, 'body') ?? '';
  const rest = withoutFallback(stanza, body, namespaces.reply);
  if (rest === body || rest.trim() === '' || !body.endsWith(rest)) return undefined;
  const lines = body.slice(0, body.length - rest.length).split('\n');
  return lines.flatMap((line) => (line.startsWith('>') ? [line.replace(/^> ?/, '')] : [])).join('\n');
}
