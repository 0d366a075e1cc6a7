import { attribute, bodyOf, NS, type Stanza } from '../../test/support/xmpp-stanzas.ts';
import type { Line, XmppTalk } from './exchange.ts';
import { asDuration, shortened } from './terminal.ts';

/** How an XMPP client shows a stanza. */
export function xmppLine(stanza: Stanza, chat: XmppTalk): Line {
  return { speaker: chat.xmppSpeaker(stanza), text: textOf(stanza, chat) };
}

function textOf(stanza: Stanza, chat: XmppTalk): string {
  const about = (name: string, namespace: string): string | undefined => {
    const child = stanza.getChild(name, namespace);
    return child && (attribute(child, 'id') ?? '');
  };
  const reactions = stanza.getChild('reactions', NS.reactions);
  if (reactions !== undefined) return reactionText(reactions, chat);
  const retracted = about('retract', NS.retract1);
  if (retracted !== undefined) return `takes back ${quoted(retracted, chat)}`;
  const received = about('received', NS.receipts);
  if (received !== undefined) return `✓ ${quoted(received, chat)} was delivered`;
  const topic = stanza.getChildText('subject');
  if (topic !== null && bodyOf(stanza) === undefined) return `sets the topic “${topic}”`;
  const replaced = about('replace', NS.correct);
  if (replaced !== undefined) return `${ownText(stanza)} (changed; was ${quoted(replaced, chat)})`;
  const thread = stanza.getChildText('thread');
  if (thread !== null) return `🧵 under ${quoted(thread, chat)} — ${ownText(stanza)}`;
  const replied = about('reply', NS.reply);
  return replied === undefined ? ownText(stanza) : `↪ ${quoted(replied, chat)} — ${ownText(stanza)}`;
}

function reactionText(reactions: Stanza, chat: XmppTalk): string {
  const target = quoted(attribute(reactions, 'id') ?? '', chat);
  const emojis = reactions.getChildren('reaction').map((reaction) => reaction.text());
  return emojis.length === 0
    ? `has no reaction to ${target} any more`
    : `reacts ${emojis.join(' ')} to ${target}`;
}

/** The text without what is marked as a quote for old clients (XEP-0428), whose positions count code points. */
function ownText(stanza: Stanza): string {
  const files = stanza.getChildren('file-sharing', NS.fileSharing);
  if (files.length > 0) return sharedText(stanza, files);
  const url = stanza.getChild('x', NS.oob)?.getChildText('url');
  if (url !== undefined && url !== null) return fileText(url);
  const place = stanza.getChild('geoloc', NS.geoloc);
  if (place !== undefined) return placeText(place);
  const points = Array.from(formatted(stanza) ?? bodyOf(stanza) ?? '');
  const range = stanza.getChild('fallback', NS.fallback)?.getChild('body');
  if (range !== undefined) {
    const [start, end] = [Number(attribute(range, 'start')), Number(attribute(range, 'end'))];
    points.splice(start, end - start);
  }
  const text = shortened(points.join('')).replace(/^\/me /, '* ');
  return stanza.getChild('spoiler', NS.spoiler) === undefined ? text : `▒${text}▒`;
}

/** Files with what is said of them (XEP-0447, XEP-0446), and their caption. */
function sharedText(stanza: Stanza, files: readonly Stanza[]): string {
  const sticker = stanza.getChild('sticker', NS.stickers) !== undefined;
  const shown = files.map((sharing) => {
    const said = (name: string): string =>
      sharing.getChild('file', NS.fileMetadata)?.getChildText(name) ?? '';
    const type = said('media-type');
    const sort = /^(?:image|video|audio)/.exec(type)?.[0] ?? (type === 'text/vcard' ? 'contact' : 'file');
    const length = said('length') === '' ? '' : `, ${asDuration(Number(said('length')))}`;
    return `[${sticker ? 'sticker' : sort} ${said('name')}${length}]`;
  });
  const body = bodyOf(stanza) ?? '';
  return [...shown, ...(/^https?:\S+$/.test(body) || sticker ? [] : [body])].join(' ').trim();
}

function placeText(place: Stanza): string {
  const said = (name: string): string | undefined => place.getChildText(name) ?? undefined;
  const facts = [`geo:${said('lat') ?? ''},${said('lon') ?? ''}`, said('description') ?? ''];
  return `[location ${facts.filter((fact) => fact !== '').join(', ')}]`;
}

function formatted(stanza: Stanza): string | undefined {
  const body = stanza.getChild('html', NS.xhtmlIm)?.getChild('body', NS.xhtml);
  return body
    ?.toString()
    .replaceAll(/<\/?(?:strong|b)>/g, '*')
    .replaceAll(/<pre>(?:<code[^>]*>)?/g, '⟦')
    .replaceAll(/(?:<\/code>)?<\/pre>/g, '⟧')
    .replaceAll(/<br ?\/?>/g, ' ')
    .replaceAll(/<[^>]+>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

function fileText(url: string): string {
  const name = decodeURIComponent(new URL(url).pathname.split('/').at(-1) ?? '');
  return /\.(?:png|jpe?g|gif|webp)$/i.test(name) ? `[image ${name}]` : `[file ${name}]`;
}

function quoted(id: string, chat: XmppTalk): string {
  const named = chat.stanza(id);
  return named === undefined ? 'something' : `“${ownText(named)}”`;
}
