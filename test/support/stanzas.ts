/** Builders of what comes in from XMPP: message stanzas, whole and hostile ones. */
import xml, { type Element } from '@xmpp/xml';
import fc from 'fast-check';
import { matrixUserId, remoteChatId, remoteUserId } from '../../src/core/ids.ts';
import type { Media } from '../../src/core/media.ts';
import type { Arrival } from '../../src/core/network.ts';
import { failedForGood } from '../../src/core/outcome.ts';
import type { FileSource } from '../../src/networks/xmpp/files.ts';
import { createAddressBook, personAt } from '../../src/networks/xmpp/ids.ts';
import { namespaces } from '../../src/networks/xmpp/namespaces.ts';
import type { OpenContext } from '../../src/networks/xmpp/remote-content.ts';

/** A chat message from Bob; `payloads` are its children besides the body. */
export function chatMessage(body: string | undefined, ...payloads: readonly Element[]): Element {
  const bodies = body === undefined ? [] : [xml('body', {}, body)];
  return message({}, ...bodies, ...payloads);
}

/** A message with attributes of one's own. */
export function message(attributes: Record<string, string>, ...children: readonly Element[]): Element {
  const base = { type: 'chat', from: 'bob@example.org/phone', to: 'alice@bridge.example.org', id: 'm1' };
  return xml('message', { ...base, ...attributes }, ...children);
}

export function replyTo(id: string): Element {
  return xml('reply', { xmlns: namespaces.reply, to: 'alice@bridge.example.org', id });
}

export function correctionOf(id: string): Element {
  return xml('replace', { xmlns: namespaces.correct, id });
}

export function reactionsTo(id: string, ...emojis: readonly string[]): Element {
  const reactions = emojis.map((emoji) => xml('reaction', {}, emoji));
  return xml('reactions', { xmlns: namespaces.reactions, id }, ...reactions);
}

/** A retraction in version 1 of XEP-0424, or in version 0 with its fastening. */
export function retractionOf(id: string, version: 0 | 1 = 1): Element {
  if (version === 1) return xml('retract', { xmlns: namespaces.retract1, id });
  return xml('apply-to', { xmlns: namespaces.fasten, id }, xml('retract', { xmlns: namespaces.retract0 }));
}

export function receiptFor(id: string): Element {
  return xml('received', { xmlns: namespaces.receipts, id });
}

export function outOfBand(url: string): Element {
  return xml('x', { xmlns: namespaces.oob }, xml('url', {}, url));
}

/** A fallback for a feature: of the whole body, or of parts of it in code points. */
export function fallbackFor(feature: string, ...ranges: readonly (readonly [number, number])[]): Element {
  const bodies = ranges.map(([start, end]) => xml('body', { start: String(start), end: String(end) }));
  return xml('fallback', { xmlns: namespaces.fallback, for: feature }, ...bodies);
}

/** The formatted form of a body, from XHTML text. */
export function xhtmlIm(inner: string): string {
  return `<html xmlns="${namespaces.xhtmlIm}"><body xmlns="${namespaces.xhtml}">${inner}</body></html>`;
}

/** A stanza as it is kept. */
export function arrivalOf(stanza: Element | string): Arrival {
  return {
    outerId: 'bob@example.org m1',
    chat: remoteChatId('bob@example.org'),
    sender: remoteUserId('bob@example.org'),
    receiver: matrixUserId('@alice:example.org'),
    at: 1_700_000_000_000,
    raw: stanza.toString(),
  };
}

/** Files that are never fetched; `kind` follows the declared type. */
export function unfetched({ name, mimetype, size }: FileSource): Media {
  const kinds = ['image', 'video', 'audio'] as const;
  const kind = kinds.find((candidate) => mimetype.startsWith(`${candidate}/`)) ?? 'file';
  return {
    ...{ kind, name, mimetype, size, width: undefined, height: undefined, duration: undefined },
    ...{ waveform: undefined, blurhash: undefined, thumbnail: undefined },
    open: async () => failedForGood('media-gone'),
  };
}

const addresses = createAddressBook('bridge.example.org', 'example.org');
export const openContext: OpenContext = {
  media: unfetched,
  whoIs: (address) => personAt(address, 'bridge.example.org', addresses),
};

/** A file with what its sender says of it (XEP-0446, XEP-0447). */
export function sharing(
  url: string,
  facts: Readonly<Record<string, string>>,
  ...more: readonly Element[]
): Element {
  const metadata = Object.entries(facts).map(([name, value]) => xml(name, {}, value));
  return xml(
    'file-sharing',
    { xmlns: namespaces.fileSharing },
    xml('file', { xmlns: namespaces.fileMetadata }, ...metadata, ...more),
    xml('sources', {}, xml('url-data', { xmlns: namespaces.urlData, target: url })),
  );
}

export function thumbnailAt(
  uri: string,
  type: string,
  facts: Readonly<Record<string, string>> = {},
): Element {
  return xml('thumbnail', { xmlns: namespaces.thumbs, uri, 'media-type': type, ...facts });
}

export function mentionOf(uri: string, range: Readonly<Record<string, string>> = {}): Element {
  return xml('reference', { xmlns: namespaces.reference, type: 'mention', uri, ...range });
}

export function spoiler(hint?: string): Element {
  return xml('spoiler', { xmlns: namespaces.spoiler }, ...(hint === undefined ? [] : [hint]));
}

export function geoloc(facts: Readonly<Record<string, string>>): Element {
  const children = Object.entries(facts).map(([name, value]) => xml(name, {}, value));
  return xml('geoloc', { xmlns: namespaces.geoloc }, ...children);
}

export function rosterItems(...items: readonly Readonly<Record<string, string>>[]): Element {
  return xml('x', { xmlns: namespaces.rosterExchange }, ...items.map((item) => xml('item', item)));
}

const hostileText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '',
    ' ',
    '/me ',
    '/me waves',
    '> > > *a_b~c`',
    '```\n*x*',
    'https://files.example.org/a.png',
    'https://files.example.org/b.vcf',
    'https://files.example.org/c.mp4',
    'http://[',
    'aesgcm://x/y#z',
    '-1',
    '99999999999999999999',
    'NaN',
    '\u202Eevil\u0000',
    '../../etc/passwd',
    '*'.repeat(50),
    '👩‍👩‍👧‍👦',
    'geo:91,0',
    'geo:-7,12.5;u=35',
    'geo:48.2,16.3;u=-1',
    'geo:1e9,1e9',
    'geo:48.2,16.3;crs=mars',
    'xmpp:alice@bridge.example.org',
    'xmpp:%',
    'alice@bridge.example.org',
    'bob@example.org/x',
    'data:image/blurhash,LEHV6nWB2yk8pyo0adR*.7kCMdnj',
    'data:image/png;base64,AAAA',
    `data:image/png;base64,${'A'.repeat(2000)}`,
    'data:,',
    'cid:sha1+x@bob.xmpp.org',
    'image/blurhash',
    'image/png',
    'text/vcard',
    '-90.0000001',
    '12.5',
    '-7',
    '180',
    '99999x99999',
    '9'.repeat(15),
    'mention',
    'data',
  ),
);
const hostileNames = [
  'message body subject html reply fallback replace reactions reaction retract apply-to x url file-sharing',
  'file sources url-data name media-type size width height encrypted payload encryption received request',
  'thumbnail data geoloc lat lon accuracy item sticker spoiler thread reference media-sharing desc length dimensions',
  'active paused unstyled origin-id p strong em span a ul li blockquote br img script error propose delay',
]
  .join(' ')
  .split(' ');
const hostileAttributes = fc.dictionary(
  fc.constantFrom(
    'id',
    'to',
    'for',
    'start',
    'end',
    'type',
    'target',
    'style',
    'href',
    'src',
    'xml:lang',
    '__proto__',
    'uri',
    'begin',
    'cid',
    'media-type',
    'width',
    'height',
    'jid',
    'name',
    'action',
    'pack',
  ),
  hostileText,
  { maxKeys: 4 },
);
const hostileNamespace = fc.option(
  fc.oneof(fc.constantFrom<string>(...Object.values(namespaces)), hostileText),
  { nil: undefined },
);

const { element: hostileElement } = fc.letrec<{ element: Element; node: Element | string }>((tie) => ({
  node: fc.oneof({ depthSize: 'small', withCrossShrink: true }, hostileText, tie('element')),
  element: fc
    .tuple(
      fc.constantFrom(...hostileNames),
      hostileNamespace,
      hostileAttributes,
      fc.array(tie('node'), { maxLength: 4 }),
    )
    .map(([name, xmlns, attributes, children]) =>
      xml(name, { ...attributes, ...(xmlns === undefined ? {} : { xmlns }) }, ...children),
    ),
}));

const nearlyAddress = fc.oneof(
  fc.constantFrom('xmpp:alice@bridge.example.org', 'xmpp:bob@example.org/x', 'xmpp:@', 'xmpp:%40%00'),
  hostileText,
);
const nearlyNumber = fc.oneof(fc.constantFrom('12.5', '-7', '91', '1e1', ''), hostileText);
const nearlyUri = fc.oneof(
  fc.constantFrom(
    'data:image/blurhash,LEHV6nWB2yk8pyo0adR*.7kCMdnj',
    'data:image/blurhash,L',
    'cid:sha1+x@bob.xmpp.org',
  ),
  hostileText,
);

const knownPayload = fc.oneof(
  hostileText.map((body) => xml('body', {}, body)),
  hostileText.map((id) => replyTo(id)),
  hostileText.map((id) => correctionOf(id)),
  fc.tuple(hostileText, fc.array(hostileText, { maxLength: 3 })).map(([id, all]) => reactionsTo(id, ...all)),
  hostileText.map((url) => outOfBand(url)),
  fc
    .tuple(hostileText, hostileText, hostileText, hostileText, hostileText)
    .map(([url, type, number, uri, thumbnailType]) =>
      sharing(
        url,
        { 'media-type': type, length: number, width: number, dimensions: number, size: number, desc: uri },
        thumbnailAt(uri, thumbnailType, { width: number, height: number }),
      ),
    ),
  fc
    .tuple(fc.constantFrom('a.png', 'b.vcf', 'c.mp4', '..', '%00.ogg'), hostileText, nearlyUri)
    .map(([name, type, uri]) =>
      sharing(`https://files.example.org/${name}`, { 'media-type': type }, thumbnailAt(uri, type)),
    ),
  fc
    .tuple(nearlyNumber, nearlyNumber, hostileText)
    .map(([lat, lon, accuracy]) => geoloc({ lat, lon, accuracy })),
  fc
    .tuple(hostileText, hostileText, fc.constantFrom('add', 'delete', 'modify', 'x'))
    .map(([jid, name, action]) => rosterItems({ jid, name, action })),
  fc
    .tuple(nearlyAddress, hostileText, hostileText)
    .map(([uri, begin, end]) => mentionOf(uri, { begin, end })),
  hostileText.map((hint) => spoiler(hint)),
  hostileText.map((id) => xml('thread', {}, id)),
  hostileText.map((pack) => xml('sticker', { xmlns: namespaces.stickers, pack })),
  fc
    .tuple(hostileText, hostileText)
    .map(([type, data]) => xml('data', { xmlns: namespaces.bits, cid: 'sha1+x@bob.xmpp.org', type }, data)),
  fc.tuple(hostileText, fc.constantFrom<0 | 1>(0, 1)).map(([id, version]) => retractionOf(id, version)),
  hostileText.map((id) => receiptFor(id)),
  fc
    .array(hostileElement, { maxLength: 3 })
    .map((inner) =>
      xml('html', { xmlns: namespaces.xhtmlIm }, xml('body', { xmlns: namespaces.xhtml }, 'a', ...inner)),
    ),
  fc
    .tuple(fc.constantFrom<string>(...Object.values(namespaces)), fc.integer(), fc.integer())
    .map(([feature, start, end]) => fallbackFor(feature, [start, end])),
  hostileElement,
);

/** Messages with half of their parts missing, wrong, or in the wrong place. */
const halfMissing = fc
  .tuple(
    fc.constantFrom('chat', 'normal', 'error', 'groupchat', 'headline', 'x'),
    fc.option(hostileText, { nil: undefined }),
    fc.array(knownPayload, { maxLength: 8 }),
  )
  .map(([type, id, payloads]) =>
    message({ type, ...(id === undefined ? {} : { id }) }, ...payloads).toString(),
  );

/** Text that is cut, doubled or changed somewhere. */
const mangled = fc
  .tuple(
    halfMissing,
    fc.nat(),
    fc.nat({ max: 30 }),
    fc.oneof(hostileText, fc.constantFrom('<', '</', '&', '">', '<!--')),
  )
  .map(([text, at, length, insert]) => {
    const position = at % (text.length + 1);
    return text.slice(0, position) + insert + text.slice(position + length);
  });

/** XML text as the worst of servers might let it through. */
export const hostileStanza = fc.oneof(
  { weight: 6, arbitrary: halfMissing },
  { weight: 3, arbitrary: mangled },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
);
