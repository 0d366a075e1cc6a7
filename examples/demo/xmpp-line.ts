import { attribute, bodyOf, NS, type Stanza } from '../../test/support/xmpp-stanzas.ts';
import type { Chat } from './chat.ts';
import type { Line } from './transcript.ts';

/** How the friend's XMPP client shows a stanza. */
export function xmppLine(stanza: Stanza, chat: Chat): Line {
  return { speaker: speaker(stanza, chat), text: textOf(stanza, chat) };
}

function speaker(stanza: Stanza, chat: Chat): string {
  if (attribute(stanza, 'from') === undefined) return chat.friendName;
  return attribute(stanza, 'from')?.includes('@') === true ? 'Alice' : 'Bot';
}

function textOf(stanza: Stanza, chat: Chat): string {
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
  const replaced = about('replace', NS.correct);
  if (replaced !== undefined) return `${ownText(stanza)} (changed; was ${quoted(replaced, chat)})`;
  const replied = about('reply', NS.reply);
  return replied === undefined ? ownText(stanza) : `↪ ${quoted(replied, chat)} — ${ownText(stanza)}`;
}

function reactionText(reactions: Stanza, chat: Chat): string {
  const target = quoted(attribute(reactions, 'id') ?? '', chat);
  const emojis = reactions.getChildren('reaction').map((reaction) => reaction.text());
  return emojis.length === 0
    ? `has no reaction to ${target} any more`
    : `reacts ${emojis.join(' ')} to ${target}`;
}

/** The text without what is marked as a quote for old clients (XEP-0428), whose positions count code points. */
function ownText(stanza: Stanza): string {
  const url = stanza.getChild('x', NS.oob)?.getChildText('url');
  if (url !== undefined && url !== null) return fileText(url);
  const points = Array.from(formatted(stanza) ?? bodyOf(stanza) ?? '');
  const range = stanza.getChild('fallback', NS.fallback)?.getChild('body');
  if (range === undefined) return points.join('');
  const [start, end] = [Number(attribute(range, 'start')), Number(attribute(range, 'end'))];
  points.splice(start, end - start);
  return points.join('');
}

function formatted(stanza: Stanza): string | undefined {
  const body = stanza.getChild('html', NS.xhtmlIm)?.getChild('body', NS.xhtml);
  return body
    ?.toString()
    .replaceAll(/<\/?(?:strong|b)>/g, '*')
    .replaceAll(/<[^>]+>/g, '');
}

function fileText(url: string): string {
  const name = decodeURIComponent(new URL(url).pathname.split('/').at(-1) ?? '');
  return /\.(?:png|jpe?g|gif|webp)$/i.test(name) ? `[image ${name}]` : `[file ${name}]`;
}

function quoted(id: string, chat: Chat): string {
  const named = [...chat.friend.sent, ...chat.friend.stanzas].find(
    (stanza) => attribute(stanza, 'id') === id,
  );
  return named === undefined ? 'something' : `“${ownText(named)}”`;
}
