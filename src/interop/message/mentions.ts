/** Whom a message calls: addresses beside the text, each of which stands in the text by the part before its `@`. Pure. */
import { noMentions, type FormattedText, type Mentions, type Party } from '../../core/event.ts';
import type { HtmlNode } from '../../core/html.ts';
import { mention } from '../profile/message-profile.ts';
import { readText, writeText } from './formatting.ts';

/** Somebody who is called, with the name that people here know them by. */
export interface Called {
  readonly party: Party;
  readonly name: string;
}
/** Who is meant by an address; `undefined` for somebody whom the bridge does not know. */
export type WhoIs = (address: string) => Called | undefined;
/** The address of a person on the network; `undefined` for those who have none. */
export type AddressOf = (party: Party) => string | undefined;

const most = 50;
const userLink = /^https:\/\/matrix\.to\/#\/(@[^?/]+)(?:\?.*)?$/i;

/** A body with the names of those whom it calls in place of their addresses, as links where they are Matrix users. */
export function readCalling(
  body: string,
  addresses: readonly string[],
  whoIs: WhoIs,
): { readonly text: FormattedText; readonly mentions: Mentions } {
  const called = new Map<string, Called>();
  for (const address of new Set(addresses.slice(0, most))) {
    const who = whoIs(address);
    if (who !== undefined) called.set(tokenOf(address), who);
  }
  if (called.size === 0) return { text: readText(body), mentions: noMentions };
  const { plain } = readText(named(body, called, (who) => `${mention.prefix}${who.name}`));
  const { html } = readText(body, (nodes) => linked(nodes, called));
  const users = new Map([...called.values()].map(({ party }) => [`${party.in} ${party.userId}`, party]));
  return { text: { plain, html }, mentions: { users: [...users.values()], room: false } };
}

/** The body of a text with the addresses of those whom it calls where it names them by a link, and all the addresses. */
export function writeCalling(
  text: FormattedText,
  mentions: Mentions,
  addressOf: AddressOf,
): { readonly body: string; readonly addresses: readonly string[] } {
  const addresses = new Map<string, string>();
  for (const party of mentions.users.slice(0, most)) {
    const address = addressOf(party);
    if (address !== undefined) addresses.set(party.userId, address);
  }
  if (addresses.size === 0) return { body: writeText(text), addresses: [] };
  const body = writeText(text, (nodes) => nodes.map((node) => addressed(node, addresses)));
  const whole =
    text.html === undefined
      ? [...addresses].reduce((said, [user, address]) => said.replaceAll(user, tokenOf(address)), body)
      : body;
  return { body: whole, addresses: [...new Set(addresses.values())] };
}

/** How an address stands in a text. */
function tokenOf(address: string): string {
  return mention.prefix + (address.split(/[:@]/, 1)[0] ?? '');
}

/** A text with each mention in it given to `say`; longer tokens go before shorter ones that they begin with. */
function split<T>(
  text: string,
  called: ReadonlyMap<string, Called>,
  plain: (text: string) => T,
  say: (who: Called) => T,
): readonly T[] {
  const parts: T[] = [];
  let from = 0;
  for (const { 0: token, index } of text.matchAll(/@[\p{L}\p{N}._-]+/gu)) {
    const known = [token, token.replace(/[._-]$/, '')].find((one) => called.has(one));
    const who = known === undefined ? undefined : called.get(known);
    if (known === undefined || who === undefined) continue;
    if (index > from) parts.push(plain(text.slice(from, index)));
    parts.push(say(who));
    from = index + known.length;
  }
  if (from < text.length) parts.push(plain(text.slice(from)));
  return parts;
}

function named(body: string, called: ReadonlyMap<string, Called>, say: (who: Called) => string): string {
  return split(body, called, (text) => text, say).join('');
}

function linked(nodes: readonly HtmlNode[], called: ReadonlyMap<string, Called>): readonly HtmlNode[] {
  return nodes.flatMap((node): readonly HtmlNode[] => {
    if (node.kind === 'text')
      return split(node.text, called, (text): HtmlNode => ({ kind: 'text', text }), nameOf);
    if (node.tag === 'code') return [{ ...node, children: asText(node.children, called) }];
    return [{ ...node, children: linked(node.children, called) }];
  });
}

/** In code nothing is a link, but the names are those of the plain text. */
function asText(nodes: readonly HtmlNode[], called: ReadonlyMap<string, Called>): readonly HtmlNode[] {
  return nodes.map((node) =>
    node.kind === 'text'
      ? { kind: 'text', text: named(node.text, called, (who) => `${mention.prefix}${who.name}`) }
      : node,
  );
}

function nameOf({ party, name }: Called): HtmlNode {
  const text: HtmlNode = { kind: 'text', text: `${mention.prefix}${name}` };
  if (party.in !== 'matrix') return text;
  const href = `https://matrix.to/#/${encodeURIComponent(party.userId)}`;
  return { kind: 'element', tag: 'a', attributes: new Map([['href', href]]), children: [text] };
}

/** The tree with a token in place of each link to somebody who has an address. */
function addressed(node: HtmlNode, addresses: ReadonlyMap<string, string>): HtmlNode {
  if (node.kind === 'text') return node;
  const href = node.tag === 'a' ? (node.attributes.get('href') ?? '') : '';
  const address = addresses.get(decoded(userLink.exec(href)?.[1] ?? ''));
  if (address !== undefined) return { kind: 'text', text: tokenOf(address) };
  return { ...node, children: node.children.map((child) => addressed(child, addresses)) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
