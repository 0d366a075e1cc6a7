/** Text as clients of the network type and show it: marks, and mentions by a part of an address. Pure. */
import type { FormattedText } from '../../core/event.ts';
import { parseHtml, serialiseHtml, type HtmlNode } from '../../core/html.ts';
import { withoutControls } from '../../core/html-subset.ts';
import { hasFormat, parseMarked } from '../../core/marked-reader.ts';
import { markedText } from '../../core/marked-writer.ts';
import { withMarks } from '../../core/spoiler-marks.ts';
import { textMarks } from '../profile/message-profile.ts';

/**
 * A body as plain and formatted text. `plain` is the body as it came, with its marks, but for what no message needs;
 * `html` is absent where no mark is one. `link` may put links into the tree.
 */
export function readText(
  body: string,
  link: (nodes: readonly HtmlNode[]) => readonly HtmlNode[] = (nodes) => nodes,
): FormattedText {
  const plain = withoutControls(body);
  const nodes = link(parseMarked(plain, textMarks.dialect));
  return { plain, html: hasFormat(nodes) ? serialiseHtml(nodes) : undefined };
}

/**
 * The body for a text: with marks where it is formatted, else as it was typed. There is no way to keep a reader from
 * taking typed marks for marks. `name` may change the tree first.
 */
export function writeText(
  { plain, html }: FormattedText,
  name: (nodes: readonly HtmlNode[]) => readonly HtmlNode[] = (nodes) => nodes,
): string {
  if (html === undefined) return plain;
  const nodes = name(withMarks(parseHtml(html)));
  const marked = markedText(nodes, textMarks.dialect);
  return marked.trim() === '' ? plain : marked;
}
