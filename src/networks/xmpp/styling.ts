/** Message Styling: https://xmpp.org/extensions/xep-0393.html */
import type { HtmlNode } from '../../core/html.ts';
import type { MarkDialect } from '../../core/mark-dialect.ts';
import { hasFormat, parseMarked } from '../../core/marked-reader.ts';
import { markedText } from '../../core/marked-writer.ts';

const messageStyling: MarkDialect = {
  spans: 'after-space',
  quote: '>',
  quoteDepth: 16,
  lists: false,
  fence: 'lines',
  sparesLinks: false,
};

/** Parses a body into the neutral tree, without the styling directives. Total and linear in time. */
export function parseStyling(body: string): readonly HtmlNode[] {
  return parseMarked(body, messageStyling);
}

/** Whether a reader that knows message styling shows anything of this body as styled. */
export function isStyled(body: string): boolean {
  return hasFormat(parseStyling(body));
}

/** The body of a message for readers that know message styling and for those that know plain text only. */
export function styledText(nodes: readonly HtmlNode[]): string {
  return markedText(nodes, messageStyling);
}
