/** What a stanza says, as the content of a message. */
import type { Element } from '@xmpp/xml';
import type { Content, FormattedText } from '../../core/event.ts';
import { escapeHtml, serialiseHtml, textOf, type HtmlNode } from '../../core/html.ts';
import { openBytes } from '../../core/inline-media.ts';
import { hasFormat } from '../../core/marked-reader.ts';
import { limitBytes, type Media, type OpenMedia, type Thumbnail } from '../../core/media.ts';
import { failedForGood, type Failed } from '../../core/outcome.ts';
import { readCards, isCard } from './contact-cards.ts';
import { withoutFallback } from './fallback.ts';
import { fileName } from './file-facts.ts';
import {
  fileAddresses,
  mostFiles,
  sharedFiles,
  type FileSource,
  type SharedFile,
  type SharedFiles,
} from './files.ts';
import { linkMentions, type WhoIs } from './mentions.ts';
import { namespaces } from './namespaces.ts';
import { readPlace } from './places.ts';
import { hidden, readSpoiler } from './spoilers.ts';
import { idIn, ownText } from './stanza.ts';
import { parseStyling } from './styling.ts';
import type { ThumbnailSource } from './thumbnails.ts';
import { parseXhtmlIm, withoutPrefix } from './xhtml-im.ts';

/** What opening a stanza needs from outside. */
export interface OpenContext {
  /** The file behind an address, not fetched yet. */
  readonly media: (source: FileSource) => Media;
  readonly whoIs: WhoIs;
}

/** The command that makes an action of a message: https://xmpp.org/extensions/xep-0245.html */
export const actionPrefix = '/me ';

const maxThumbnailBytes = 1024 * 1024;

/** What a message or a correction says; `undefined` where that is nothing, `too-many` where its files are. */
export function readContent(stanza: Element, context: OpenContext): Content | 'too-many' | undefined {
  const said: Said = { stanza, context, body: ownText(stanza, 'body') ?? '' };
  const place = readPlace(stanza, replyless(stanza, said.body));
  if (place !== undefined) return { kind: 'location', place };
  const shared = sharedFiles(stanza);
  if (shared !== undefined) return fileContent(said, shared);
  const cards = readCards(stanza);
  if (cards === undefined) return textContent(said, said.body, true);
  return { kind: 'media', media: cards, caption: captioned(said, replyless(stanza, said.body).trim()) };
}

/** A stanza on the way of being read. */
interface Said {
  readonly stanza: Element;
  readonly context: OpenContext;
  readonly body: string;
}

function fileContent(said: Said, shared: SharedFiles): Content | 'too-many' | undefined {
  const { stanza, context, body } = said;
  const words = captionOf(said, shared);
  if (words === undefined) {
    // An address beside other words is a link (XEP-0066), not a file to fetch.
    const missing = shared.files.map(({ url }) => url).filter((url) => !body.includes(url));
    return textContent(said, [body, ...missing].join('\n'), false);
  }
  if (shared.files.length > mostFiles) return 'too-many';
  const sticker = stanza.getChild('sticker', namespaces.stickers) !== undefined;
  const [first, second, ...others] = shared.files.map((file) => mediaOf(file, context));
  if (first === undefined) return undefined;
  if (second !== undefined)
    return { kind: 'gallery', items: [first, second, ...others], caption: captioned(said, words) };
  if (!sticker) return { kind: 'media', media: first, caption: captioned(said, words) };
  // The words beside a sticker stand for it (XEP-0449).
  const name = shared.files[0].description ?? fileName(words.slice(0, 1000)) ?? first.name;
  return { kind: 'media', media: { ...first, kind: 'sticker', name }, caption: undefined };
}

function mediaOf(file: SharedFile, context: OpenContext): Media {
  const { url, name, mimetype, size, width, height, duration, blurhash } = file;
  const media = context.media({ url, name, mimetype, size });
  const kind = isCard(mimetype) ? 'contact' : media.kind;
  const thumbnail = file.thumbnail && thumbnailOf(file.thumbnail, context);
  return { ...media, kind, width, height, duration, blurhash, thumbnail };
}

function thumbnailOf({ place, mimetype, width, height }: ThumbnailSource, context: OpenContext): Thumbnail {
  if (place.in === 'stanza') {
    const { bytes } = place;
    return { mimetype, size: bytes.byteLength, width, height, open: openBytes(bytes, mimetype) };
  }
  const media = context.media({ url: place.url, name: 'thumbnail', mimetype, size: undefined });
  const open: Media['open'] = async (signal) => smallOnly(await media.open(signal));
  return { mimetype, size: undefined, width, height, open };
}

/** What calls itself small and is not is let go. */
async function smallOnly(opened: OpenMedia | Failed): Promise<OpenMedia | Failed> {
  if (opened.kind === 'failed') return opened;
  const { size = 0, stream } = opened;
  if (size <= maxThumbnailBytes) return { ...opened, stream: limitBytes(stream, maxThumbnailBytes) };
  // Only what was begun can be ended.
  const chunks = stream[Symbol.asyncIterator]();
  await chunks.next().catch(() => undefined);
  await chunks.return?.();
  return failedForGood('too-large');
}

/** The words beside files, '' for none, or `undefined` where the addresses are not those of shared files. */
function captionOf({ stanza, body }: Said, { form }: SharedFiles): string | undefined {
  const own = form === 'file-sharing' ? withoutFallback(stanza, body, namespaces.fileSharing) : body;
  const words = replyless(stanza, own).trim();
  const addresses = new Set(fileAddresses(stanza));
  if (words.split(/\s+/).every((word) => word === '' || addresses.has(word))) return '';
  return form === 'file-sharing' ? words : undefined;
}

/** A caption; what hides the message can only hide the words beside a file. */
function captioned(said: Said, words: string): FormattedText | undefined {
  const text = words === '' ? (readSpoiler(said.stanza) ?? '') : words;
  return text === '' ? undefined : formatted(said, text, words !== '');
}

/** The body without the quotation that stands in for a reply; whole where nothing would be left. */
function replyless(stanza: Element, body: string): string {
  if (!stanza.getChildren('reply', namespaces.reply).some((reply) => idIn(reply) !== undefined)) return body;
  const rest = withoutFallback(stanza, body, namespaces.reply);
  return rest.trim() === '' ? body : rest;
}

function textContent(said: Said, body: string, wholeBody: boolean): Content | undefined {
  const { stanza } = said;
  const own = replyless(stanza, body);
  const xhtml = wholeBody && own === body ? parseXhtmlIm(stanza) : undefined;
  const subject = ownText(stanza, 'subject')?.trim() ?? '';
  const plain = own.trim() === '' && xhtml !== undefined ? textOf(xhtml) : own;
  if (plain.trim() === '') return undefined;
  if (plain.startsWith(actionPrefix)) {
    const nodes = xhtml && withoutPrefix(xhtml, actionPrefix);
    const text = formatted(said, plain.slice(actionPrefix.length), true, nodes);
    return { kind: 'text', style: 'emote', text };
  }
  const text = formatted(said, plain, true, xhtml);
  return { kind: 'text', style: 'normal', text: subject === '' ? text : underSubject(subject, text) };
}

/**
 * Text with its formatted form: the one given, else what message styling makes of it, with mentions as links and hidden
 * where the stanza is a spoiler; none where it says no more than the plain text.
 */
function formatted(said: Said, plain: string, own: boolean, given?: readonly HtmlNode[]): FormattedText {
  const { stanza, context, body } = said;
  const styled = own && stanza.getChild('unstyled', namespaces.styling) === undefined;
  const nodes = given ?? (styled ? parseStyling(plain) : linesOf(plain));
  const linked = own ? linkMentions(nodes, stanza, body, context.whoIs) : nodes;
  const hint = own ? readSpoiler(stanza) : undefined;
  const shown = hint === undefined ? linked : hidden(linked, hint);
  return { plain, html: hasFormat(shown) ? serialiseHtml(shown) : undefined };
}

function linesOf(text: string): readonly HtmlNode[] {
  return text.split('\n').flatMap((line, at): readonly HtmlNode[] => {
    const shown: readonly HtmlNode[] = line === '' ? [] : [{ kind: 'text', text: line }];
    return at === 0 ? shown : [{ kind: 'element', tag: 'br', attributes: new Map(), children: [] }, ...shown];
  });
}

function underSubject(subject: string, { plain, html }: FormattedText): FormattedText {
  const rest = html ?? escapeHtml(plain).replaceAll('\n', '<br>');
  return {
    plain: `${subject}\n\n${plain}`,
    html: `<strong>${escapeHtml(subject)}</strong><br><br>${rest}`,
  };
}
