/** Text as Matrix contents carry it: https://spec.matrix.org/v1.16/client-server-api/#mroommessage-msgtypes */
import type { FormattedText } from '../core/event.ts';
import { parseHtml, textOf } from '../core/html.ts';
import { withoutControls } from '../core/html-subset.ts';
import { cleanHtml } from './html.ts';

/** A content to be sent; plain JSON. */
export type MatrixContent = Readonly<Record<string, unknown>>;

export const formatName = 'org.matrix.custom.html';

/**
 * An event is at most 65,536 bytes with all that its homeserver adds, and encryption makes a third more of what it seals;
 * this is what the content may take.
 */
const maxContentBytes = 44_000;

/** Whether a homeserver takes an event with this content. */
export function fits(content: MatrixContent): boolean {
  return contentBytes(content) <= maxContentBytes;
}

/** How many bytes are left in an event beside this content. */
export function roomBeside(content: MatrixContent): number {
  return maxContentBytes - contentBytes(content);
}

/** Text without what no homeserver or client takes, its HTML cleaned; HTML alone is read for the plain form. */
export function cleanText(text: FormattedText): FormattedText {
  const html = text.html === undefined ? undefined : cleanHtml(text.html);
  const plain = withoutControls(text.plain.toWellFormed());
  return { plain: plain === '' && html !== undefined ? textOf(parseHtml(html)) : plain, html };
}

/** `body`, and the formatted body where there is one; `prefix` goes before both. */
export function textFields(text: FormattedText, prefix = ''): MatrixContent {
  const body = { body: prefix + text.plain };
  return text.html === undefined ? body : { ...body, format: formatName, formatted_body: prefix + text.html };
}

function contentBytes(content: MatrixContent): number {
  return Buffer.byteLength(JSON.stringify(content));
}
