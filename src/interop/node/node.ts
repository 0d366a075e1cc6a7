/**
 * The binary XML node: what every stanza of the chat channel is made of. A tag, attributes in order, and one content:
 * child nodes, bytes, or text. Meta's public overview v1.0.3 shows one stanza in this form; the rest is public
 * knowledge of the ordinary client protocol (see profile/node-profile.ts).
 */

/** One node. Content `undefined` is no content; `[]` is a list without nodes. */
export interface Node {
  readonly tag: string;
  readonly attrs: Readonly<Record<string, string>>;
  readonly content: readonly Node[] | Uint8Array | string | undefined;
}

/** The value of an attribute of the node's own: names such as `constructor` find nothing. */
export function attribute(node: Node, name: string): string | undefined {
  return Object.hasOwn(node.attrs, name) ? node.attrs[name] : undefined;
}

/** The child nodes, all or those with a tag; none where the content is no list. */
export function children(node: Node, tag?: string): readonly Node[] {
  const { content } = node;
  if (!isList(content)) return [];
  return tag === undefined ? content : content.filter((one) => one.tag === tag);
}

/** The first child with this tag. */
export function child(node: Node, tag: string): Node | undefined {
  return children(node).find((one) => one.tag === tag);
}

/**
 * The content as text. A codec gives bytes for whatever is no word of the dictionary, no packed text and no address,
 * so text that was sent arrives as either. `undefined` for a list, nothing, or bytes that are no UTF-8.
 */
export function textOf(node: Node): string | undefined {
  const { content } = node;
  if (typeof content === 'string') return content;
  if (!(content instanceof Uint8Array)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    return undefined;
  }
}

/** The content as bytes: of text its UTF-8; `undefined` for a list or nothing. */
export function bytesOf(node: Node): Uint8Array | undefined {
  const { content } = node;
  if (typeof content === 'string') return new TextEncoder().encode(content);
  return content instanceof Uint8Array ? content : undefined;
}

/** A node, its absent attributes left out. */
export function makeNode(
  tag: string,
  attrs: Readonly<Record<string, string | undefined>>,
  content?: Node['content'],
): Node {
  const present = Object.entries(attrs).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { tag, attrs: Object.fromEntries(present), content };
}

function isList(content: Node['content']): content is readonly Node[] {
  return Array.isArray(content);
}
