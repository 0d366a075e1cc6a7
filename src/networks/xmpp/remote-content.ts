/** What a stanza says, as the content of a message. */
import type { Element } from '@xmpp/xml';
import { escapeHtml, serialiseHtml, textOf, type HtmlNode } from '../../core/html.ts';
import type { Content, FormattedText } from '../../core/event.ts';
import type { Media } from '../../core/media.ts';
import { withoutFallback } from './fallback.ts';
import { fileAddresses, sharedFile, type FileSource, type SharedFile } from './files.ts';
import { namespaces } from './namespaces.ts';
import { idIn, ownText } from './stanza.ts';
import { hasFormat, parseStyling } from './styling.ts';
import { parseXhtmlIm, withoutPrefix } from './xhtml-im.ts';

/** What opening a stanza needs from outside: the file behind an address, not fetched yet. */
export interface OpenContext {
  readonly media: (source: FileSource) => Media;
}

/** The command that makes an action of a message: https://xmpp.org/extensions/xep-0245.html */
export const actionPrefix = '/me ';

/** What a message or a correction says, or `undefined` where that is nothing. */
export function readContent(stanza: Element, context: OpenContext): Content | undefined {
  const body = ownText(stanza, 'body') ?? '';
  const file = sharedFile(stanza);
  if (file === undefined) return textContent(stanza, body, true);
  const words = captionOf(stanza, body, file);
  if (words === undefined) {
    // An address beside other words is a link (XEP-0066), not a file to fetch.
    return textContent(stanza, body.includes(file.url) ? body : `${body}\n${file.url}`, false);
  }
  const { width, height, duration } = file;
  const media = { ...context.media(sourceOf(file)), width, height, duration };
  return { kind: 'media', media, caption: words === '' ? undefined : formatted(stanza, words, true) };
}

function sourceOf({ url, name, mimetype, size }: SharedFile): FileSource {
  return { url, name, mimetype, size };
}

/** The words beside a file, '' for none, or `undefined` where the address is not that of a shared file. */
function captionOf(stanza: Element, body: string, file: SharedFile): string | undefined {
  const own = file.form === 'file-sharing' ? withoutFallback(stanza, body, namespaces.fileSharing) : body;
  const words = replyless(stanza, own).trim();
  if (words === '' || fileAddresses(stanza).includes(words)) return '';
  return file.form === 'file-sharing' ? words : undefined;
}

/** The body without the quotation that stands in for a reply; whole where nothing would be left. */
function replyless(stanza: Element, body: string): string {
  if (!stanza.getChildren('reply', namespaces.reply).some((reply) => idIn(reply) !== undefined)) return body;
  const rest = withoutFallback(stanza, body, namespaces.reply);
  return rest.trim() === '' ? body : rest;
}

function textContent(stanza: Element, body: string, wholeBody: boolean): Content | undefined {
  const own = replyless(stanza, body);
  const xhtml = wholeBody && own === body ? parseXhtmlIm(stanza) : undefined;
  const subject = ownText(stanza, 'subject')?.trim() ?? '';
  const plain = own.trim() === '' && xhtml !== undefined ? textOf(xhtml) : own;
  if (plain.trim() === '') return undefined;
  if (plain.startsWith(actionPrefix)) {
    const nodes = xhtml && withoutPrefix(xhtml, actionPrefix);
    const text = formatted(stanza, plain.slice(actionPrefix.length), nodes === undefined, nodes);
    return { kind: 'text', style: 'emote', text };
  }
  const text = formatted(stanza, plain, true, xhtml);
  return { kind: 'text', style: 'normal', text: subject === '' ? text : underSubject(subject, text) };
}

/** Text with its formatted form: the one given, else what message styling makes of it; none where it says no more. */
function formatted(
  stanza: Element,
  plain: string,
  styled: boolean,
  given?: readonly HtmlNode[],
): FormattedText {
  const unstyled = stanza.getChild('unstyled', namespaces.styling) !== undefined;
  const nodes = given ?? (styled && !unstyled ? parseStyling(plain) : []);
  return { plain, html: hasFormat(nodes) ? serialiseHtml(nodes) : undefined };
}

function underSubject(subject: string, { plain, html }: FormattedText): FormattedText {
  const rest = html ?? escapeHtml(plain).replaceAll('\n', '<br>');
  return {
    plain: `${subject}\n\n${plain}`,
    html: `<strong>${escapeHtml(subject)}</strong><br><br>${rest}`,
  };
}
