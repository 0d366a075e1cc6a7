/** Links that stand for people: https://spec.matrix.org/v1.16/appendices/#matrixto-navigation */
import type { FormattedText } from '../core/event.ts';
import { escapeHtml, parseHtml, serialiseHtml, type HtmlNode } from '../core/html.ts';
import { parseMatrixUserId, type MatrixUserId } from '../core/ids.ts';

/** Somebody who is called in a text, and how the text may name them. */
export interface Called {
  readonly userId: MatrixUserId;
  readonly names: readonly string[];
}

const prefix = 'https://matrix.to/#/';

/** The user that a link stands for, or `undefined` where it stands for none. */
export function pillUser(href: string): MatrixUserId | undefined {
  if (!href.startsWith(prefix)) return undefined;
  const [encoded = ''] = href.slice(prefix.length).split('?', 1);
  try {
    return parseMatrixUserId(decodeURIComponent(encoded));
  } catch {
    return undefined;
  }
}

/** Everybody whom the pills of a text stand for, in order, each once. */
export function pillsIn(html: string | undefined): readonly MatrixUserId[] {
  if (!html?.includes(prefix)) return [];
  const users = new Set<MatrixUserId>();
  const visit = (nodes: readonly HtmlNode[]): void => {
    for (const node of nodes) {
      if (node.kind === 'text') continue;
      const user = node.tag === 'a' ? pillUser(node.attributes.get('href') ?? '') : undefined;
      if (user !== undefined) users.add(user);
      visit(node.children);
    }
  };
  visit(parseHtml(html));
  return [...users];
}

/** A text in which the pills of some people are only their words: links to ghosts lead nowhere on a network. */
export function withoutPills(html: string, of: (user: MatrixUserId) => boolean): string {
  if (!html.includes(prefix)) return html;
  const map = (nodes: readonly HtmlNode[]): readonly HtmlNode[] =>
    nodes.flatMap((node): readonly HtmlNode[] => {
      if (node.kind === 'text') return [node];
      const children = map(node.children);
      const user = node.tag === 'a' ? pillUser(node.attributes.get('href') ?? '') : undefined;
      return user !== undefined && of(user) ? children : [{ ...node, children }];
    });
  return serialiseHtml(map(parseHtml(html)));
}

/** A text in which the names of those who are called are pills, as far as they stand in it as words. */
export function withPills(text: FormattedText, called: readonly Called[]): FormattedText {
  const users = new Map(called.flatMap(({ userId, names }) => names.map((name) => [name, userId] as const)));
  users.delete('');
  if (users.size === 0) return text;
  const names = [...users.keys()].sort((one, other) => other.length - one.length).map(literal);
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}_])(?:${names.join('|')})(?![\\p{L}\\p{N}_])`, 'gu');
  const source = text.html ?? escapeHtml(text.plain).replaceAll('\n', '<br>');
  const before = parseHtml(source);
  const html = serialiseHtml(pilled(before, pattern, users));
  return html === serialiseHtml(before) ? text : { plain: text.plain, html };
}

/** A name as a pattern that matches only itself. */
function literal(name: string): string {
  return name.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

function pilled(
  nodes: readonly HtmlNode[],
  pattern: RegExp,
  users: ReadonlyMap<string, MatrixUserId>,
): readonly HtmlNode[] {
  return nodes.flatMap((node): readonly HtmlNode[] => {
    if (node.kind === 'text') return pillsOf(node.text, pattern, users);
    if (node.tag === 'a' || node.tag === 'code' || node.tag === 'pre') return [node];
    return [{ ...node, children: pilled(node.children, pattern, users) }];
  });
}

function pillsOf(
  text: string,
  pattern: RegExp,
  users: ReadonlyMap<string, MatrixUserId>,
): readonly HtmlNode[] {
  const parts: HtmlNode[] = [];
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    const user = users.get(match[0]);
    if (user === undefined) continue;
    if (match.index > end) parts.push({ kind: 'text', text: text.slice(end, match.index) });
    const attributes = new Map([['href', `${prefix}${encodeURIComponent(user)}`]]);
    parts.push({ kind: 'element', tag: 'a', attributes, children: [{ kind: 'text', text: match[0] }] });
    end = match.index + match[0].length;
  }
  if (end < text.length || parts.length === 0) parts.push({ kind: 'text', text: text.slice(end) });
  return parts;
}
