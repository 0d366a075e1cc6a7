import { xml } from '@xmpp/client';

/** An XML element as the XMPP library makes and gives them. */
export type Stanza = ReturnType<typeof xml>;

/** The namespaces that the test user speaks. */
export const NS = {
  reply: 'urn:xmpp:reply:0',
  fallback: 'urn:xmpp:fallback:0',
  correct: 'urn:xmpp:message-correct:0',
  reactions: 'urn:xmpp:reactions:0',
  fasten: 'urn:xmpp:fasten:0',
  retract0: 'urn:xmpp:message-retract:0',
  moderate0: 'urn:xmpp:message-moderate:0',
  retract1: 'urn:xmpp:message-retract:1',
  receipts: 'urn:xmpp:receipts',
  markers: 'urn:xmpp:chat-markers:0',
  chatStates: 'http://jabber.org/protocol/chatstates',
  oob: 'jabber:x:oob',
  xhtmlIm: 'http://jabber.org/protocol/xhtml-im',
  xhtml: 'http://www.w3.org/1999/xhtml',
  hints: 'urn:xmpp:hints',
  upload: 'urn:xmpp:http:upload:0',
  mam: 'urn:xmpp:mam:2',
  forward: 'urn:xmpp:forward:0',
  delay: 'urn:xmpp:delay',
  carbons: 'urn:xmpp:carbons:2',
  data: 'jabber:x:data',
  ping: 'urn:xmpp:ping',
  fileSharing: 'urn:xmpp:sfs:0',
  fileMetadata: 'urn:xmpp:file:metadata:0',
  urlData: 'http://jabber.org/protocol/url-data',
  thumbs: 'urn:xmpp:thumbs:1',
  stickers: 'urn:xmpp:stickers:0',
  geoloc: 'http://jabber.org/protocol/geoloc',
  reference: 'urn:xmpp:reference:0',
  spoiler: 'urn:xmpp:spoiler:0',
  rosterExchange: 'http://jabber.org/protocol/rosterx',
  rsm: 'http://jabber.org/protocol/rsm',
} as const;

/** An attribute as text, undefined when it is missing. */
export function attribute(element: Stanza, name: string): string | undefined {
  const value: unknown = element.attrs[name];
  return typeof value === 'string' ? value : undefined;
}

/** The body of a message without formatting, undefined when it has none. */
export function bodyOf(stanza: Stanza): string | undefined {
  return stanza.getChildText('body') ?? undefined;
}

/** Text after a quote of what it answers (XEP-0461), the quote marked as fallback (XEP-0428). */
export function replyParts(to: string, id: string, quoted: string, text: string): Stanza[] {
  const quote = `${quoted
    .split('\n')
    .map((line) => `> ${line}`)
    .join('\n')}\n`;
  const end = Array.from(quote).length;
  return [
    xml('body', {}, quote + text),
    xml('reply', { xmlns: NS.reply, to, id }),
    xml('fallback', { xmlns: NS.fallback, for: NS.reply }, xml('body', { start: '0', end: String(end) })),
  ];
}

/** What is said of a file that is shared (XEP-0447, XEP-0446). */
export interface FileFacts {
  readonly url: string;
  readonly name: string;
  readonly type: string;
  readonly size: number;
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  /** In milliseconds. */
  readonly length?: number | undefined;
  readonly blurhash?: string | undefined;
  /** A small picture as a `data:` URI. */
  readonly thumbnail?: string | undefined;
}

/** A shared file. */
export function fileParts({ url, name, type, blurhash, thumbnail, ...facts }: FileFacts): Stanza {
  const said = Object.entries({ 'media-type': type, name, ...facts }).filter(
    ([, value]) => value !== undefined,
  );
  const small = (uri: string, kind: string): Stanza =>
    xml('thumbnail', { xmlns: NS.thumbs, uri, 'media-type': kind });
  const previews = [
    ...(thumbnail === undefined ? [] : [small(thumbnail, thumbnail.slice(5, thumbnail.indexOf(';')))]),
    ...(blurhash === undefined
      ? []
      : [small(`data:image/blurhash,${encodeURIComponent(blurhash)}`, 'image/blurhash')]),
  ];
  return xml(
    'file-sharing',
    { xmlns: NS.fileSharing, disposition: 'inline' },
    xml(
      'file',
      { xmlns: NS.fileMetadata },
      ...said.map(([key, value]) => xml(key, {}, String(value))),
      ...previews,
    ),
    xml('sources', {}, xml('url-data', { xmlns: NS.urlData, target: url })),
  );
}

/** The person's whole set of reactions to one message (XEP-0444). */
export function reactionParts(id: string, emojis: readonly string[]): Stanza[] {
  const reactions = emojis.map((emoji) => xml('reaction', {}, emoji));
  return [xml('reactions', { xmlns: NS.reactions, id }, ...reactions), xml('store', { xmlns: NS.hints })];
}

/** Taking a message back (XEP-0424) as its version 0.3 (0) or 0.4 (1) writes it, with words for old clients. */
export function retractionParts(id: string, version: 0 | 1): Stanza[] {
  const words = xml('body', {}, '/me retracted a previous message, but your client does not support that.');
  const store = xml('store', { xmlns: NS.hints });
  if (version === 0) {
    const retract = xml('retract', { xmlns: NS.retract0 });
    const fallback = xml('fallback', { xmlns: NS.fallback });
    return [xml('apply-to', { xmlns: NS.fasten, id }, retract), fallback, words, store];
  }
  const fallback = xml('fallback', { xmlns: NS.fallback, for: NS.retract1 });
  return [xml('retract', { xmlns: NS.retract1, id }), fallback, words, store];
}

/** An archive query (XEP-0313) for the messages with one address, or all, continued after an archive id. */
export function archiveQuery(
  queryId: string,
  withJid: string | undefined,
  after: string | undefined,
): Stanza {
  const field = (name: string, value: string, type?: string): Stanza =>
    xml('field', { var: name, ...(type === undefined ? {} : { type }) }, xml('value', {}, value));
  const page = [xml('max', {}, '100'), ...(after === undefined ? [] : [xml('after', {}, after)])];
  return xml(
    'query',
    { xmlns: NS.mam, queryid: queryId },
    xml(
      'x',
      { xmlns: NS.data, type: 'submit' },
      field('FORM_TYPE', NS.mam, 'hidden'),
      ...(withJid === undefined ? [] : [field('with', withJid)]),
    ),
    xml('set', { xmlns: NS.rsm }, ...page),
  );
}
