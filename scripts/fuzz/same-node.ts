// Whether two nodes are the same, text content and its UTF-8 bytes counted as equal.
import { bytesOf, type Node } from '../../src/interop/node/node.ts';

export function sameNode(one: Node, other: Node): boolean {
  return one.tag === other.tag && sameAttributes(one, other) && sameContent(one, other);
}

function sameAttributes(one: Node, other: Node): boolean {
  const mine = Object.entries(one.attrs);
  const theirs = Object.entries(other.attrs);
  return (
    mine.length === theirs.length &&
    mine.every(([name, value], index) => theirs[index]?.[0] === name && theirs[index][1] === value)
  );
}

function sameContent(one: Node, other: Node): boolean {
  const mine = bytesOf(one);
  const theirs = bytesOf(other);
  if (mine !== undefined && theirs !== undefined) return Buffer.compare(mine, theirs) === 0;
  const { content } = one;
  const list = other.content;
  if (content === undefined || list === undefined) return content === list;
  return (
    Array.isArray(content) &&
    Array.isArray(list) &&
    content.length === list.length &&
    content.every((node: Node, index) => sameNode(node, at(list, index)))
  );
}

function at(nodes: readonly Node[], index: number): Node {
  const found = nodes[index];
  if (found === undefined) throw new RangeError('no such node');
  return found;
}
