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
    const name = links.find(({ user }) => isMeant(user, party))?.name ?? '';
    const found = name === '' ? -1 : foundAt(body, name, from);
    if (found >= 0) from = found + name.length;
    const begin = Array.from(body.slice(0, Math.max(found, 0))).length;
    const range = { begin: String(begin), end: String(begin + Array.from(name).length) };
    const uri = `xmpp:${encodeURI(addressOf(party))}`;
    return xml('reference', {
      xmlns: namespaces.reference,
      type: 'mention',
      uri,
      ...(found < 0 ? {} : range),
    });
  });
}

/** The links to Matrix users in formatted text, with what they show. */
function userLinksIn(node: HtmlNode): readonly { readonly user: string; readonly name: string }[] {
  if (node.kind === 'text') return [];
  const [, encoded] = userLink.exec(node.tag === 'a' ? (node.attributes.get('href') ?? '') : '') ?? [];
  if (encoded === undefined) return node.children.flatMap(userLinksIn);
  return [{ user: decoded(encoded), name: textOf(node.children).trim() }];
}

/** A ghost's user ID ends in the person's own address, with `=xx` for the bytes that such IDs do not hold. */
function isMeant(user: string, party: Party): boolean {
  if (party.in === 'matrix') return user === party.userId;
  const local = user.slice(1).split(':', 1)[0] ?? '';
  return decoded(local.replaceAll('%', '%25').replaceAll('=', '%')).endsWith(`_${party.userId}`);
}

/** The names may come in another order than the people; then the search begins anew. */
function foundAt(body: string, name: string, from: number): number {
  const after = body.indexOf(name, from);
  return after >= 0 ? after : body.indexOf(name);
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
