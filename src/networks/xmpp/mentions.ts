/** Whom a message calls: https://xmpp.org/extensions/xep-0372.html, with positions in code points (XEP-0426). */
import xml, { type Element } from '@xmpp/xml';
import { noMentions, type Mentions, type Party } from '../../core/event.ts';
import { textOf, type HtmlElement, type HtmlNode } from '../../core/html.ts';
import { namespaces } from './namespaces.ts';
import { attribute } from './stanza.ts';

/** Who is meant by an address in a mention: a person, or everybody in the chat. */
export type WhoIs = (address: string) => Party | 'everybody' | undefined;

/** A reader is told of at most this many. */
const most = 50;
const longestName = 300;
const userLink = /^https:\/\/matrix\.to\/#\/(@[^?/]+)(?:\?.*)?$/i;

interface Reference {
  readonly who: Party | 'everybody';
  /** The part of the body that names them, where it is said. */
  readonly name: string | undefined;
}

/** Everybody whom a stanza mentions. */
export function readMentions(stanza: Element, whoIs: WhoIs): Mentions {
  const references = referencesIn(stanza, '', whoIs);
  if (references.length === 0) return noMentions;
  const users = new Map<string, Party>();
  for (const { who } of references) if (who !== 'everybody') users.set(`${who.in} ${who.userId}`, who);
  return { users: [...users.values()], room: references.some(({ who }) => who === 'everybody') };
}

/** The text of a message with a link at each name of a Matrix user that the stanza marks as a mention. */
export function linkMentions(
  nodes: readonly HtmlNode[],
  stanza: Element,
  body: string,
  whoIs: WhoIs,
): readonly HtmlNode[] {
  let linked = nodes;
  for (const { who, name } of referencesIn(stanza, body, whoIs)) {
    if (who === 'everybody' || who.in !== 'matrix' || name === undefined) continue;
    linked = linkFirst(linked, name, `https://matrix.to/#/${encodeURIComponent(who.userId)}`) ?? linked;
  }
  return linked;
}

/** What calls people in one body: references with the place of their names where the body has them. */
export function mentionElements(
  body: string,
  nodes: readonly HtmlNode[],
  mentions: Mentions,
  addressOf: (party: Party) => string,
): readonly Element[] {
  const links = nodes.flatMap(userLinksIn);
  let from = 0;
  return mentions.users.slice(0, most).map((party) => {
    const names = links.filter(({ user }) => user === party.userId).map(({ name }) => name);
    const found = [...names, ...namesOf(party)]
      .map((name) => placeOf(body, name, from))
      .find((at) => at !== undefined);
    if (found !== undefined) from = found.end;
    const uri = `xmpp:${encodeURI(addressOf(party))}`;
    return xml('reference', {
      xmlns: namespaces.reference,
      type: 'mention',
      uri,
      ...(found === undefined
        ? {}
        : { begin: codePoints(body, found.start), end: codePoints(body, found.end) }),
    });
  });
}

/** How people name somebody whose text has no link: by the nick in a room, the address, what is before its `@`. */
function namesOf({ userId }: Party): readonly string[] {
  const slash = userId.indexOf('/');
  const nick = slash === -1 ? [] : [userId.slice(slash + 1)];
  const local = userId.replace(/^@/, '').split(/[@:]/, 1)[0] ?? '';
  return [...nick, userId, ...(slash === -1 ? [local] : [])];
}

/** Where a name stands as a word; they may come in another order than the people, so the search begins anew. */
function placeOf(body: string, name: string, from: number): { start: number; end: number } | undefined {
  if (name === '') return undefined;
  for (const origin of [from, 0]) {
    for (let at = body.indexOf(name, origin); at >= 0; at = body.indexOf(name, at + name.length)) {
      const end = at + name.length;
      if (!isWord(body.slice(Math.max(at - 2, 0), at), /.$/u) && !isWord(body.slice(end, end + 2), /^./u))
        return { start: at, end };
    }
  }
  return undefined;
}

function isWord(around: string, edge: RegExp): boolean {
  return /[\p{L}\p{N}_]/u.test(edge.exec(around)?.[0] ?? '');
}

function codePoints(body: string, end: number): string {
  return String(Array.from(body.slice(0, end)).length);
}

/** The links to Matrix users in formatted text, with what they show. */
function userLinksIn(node: HtmlNode): readonly { readonly user: string; readonly name: string }[] {
  if (node.kind === 'text') return [];
  const [, encoded] = userLink.exec(node.tag === 'a' ? (node.attributes.get('href') ?? '') : '') ?? [];
  if (encoded === undefined) return node.children.flatMap(userLinksIn);
  return [{ user: decoded(encoded), name: textOf(node.children).trim() }];
}

function referencesIn(stanza: Element, body: string, whoIs: WhoIs): readonly Reference[] {
  const points = body === '' ? [] : Array.from(body);
  return stanza
    .getChildren('reference', namespaces.reference)
    .filter((reference) => attribute(reference, 'type') === 'mention')
    .slice(0, most)
    .flatMap((reference) => {
      const who = whoIs(addressIn(attribute(reference, 'uri') ?? ''));
      if (who === undefined) return [];
      const [begin, end] = ['begin', 'end'].map((edge) => position(attribute(reference, edge)));
      const named = begin !== undefined && end !== undefined && begin < end && end - begin <= longestName;
      const name = named ? points.slice(begin, end).join('').trim() : '';
      return [{ who, name: name === '' ? undefined : name }];
    });
}

function addressIn(uri: string): string {
  const [, rest] = /^xmpp:(?:\/\/)?([^?#]{1,3100})/i.exec(uri) ?? [];
  return rest === undefined ? '' : decoded(rest);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function position(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

/** The tree with a link around the first text that says a name, or `undefined` where none does outside of links and code. */
function linkFirst(nodes: readonly HtmlNode[], name: string, href: string): readonly HtmlNode[] | undefined {
  for (const [at, node] of nodes.entries()) {
    const linked = node.kind === 'text' ? linkedText(node.text, name, href) : linkedElement(node, name, href);
    if (linked !== undefined) return [...nodes.slice(0, at), ...linked, ...nodes.slice(at + 1)];
  }
  return undefined;
}

function linkedElement(element: HtmlElement, name: string, href: string): readonly HtmlNode[] | undefined {
  if (element.tag === 'a' || element.tag === 'code') return undefined;
  const children = linkFirst(element.children, name, href);
  return children && [{ ...element, children }];
}

function linkedText(text: string, name: string, href: string): readonly HtmlNode[] | undefined {
  const at = text.indexOf(name);
  if (at < 0) return undefined;
  const link: HtmlNode = {
    kind: 'element',
    tag: 'a',
    attributes: new Map([['href', href]]),
    children: [{ kind: 'text', text: name }],
  };
  const around = [text.slice(0, at), text.slice(at + name.length)] as const;
  const part = (rest: string): readonly HtmlNode[] => (rest === '' ? [] : [{ kind: 'text', text: rest }]);
  return [...part(around[0]), link, ...part(around[1])];
}
