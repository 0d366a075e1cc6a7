/**
 * Bytes to nodes. Everything in a frame is hostile until read: sizes, nesting, numbers and inflated bytes are
 * bounded, and whatever is no node is a value that says why. Public client knowledge [P], agreeing with the one
 * stanza of Meta's public overview v1.0.3 [O].
 */

import { nodeLimits, tags } from '../profile/node-profile.ts';
import { formatAddress, isUser, parseAddress, serverOfDomain, type Address } from './address.ts';
import { cursorOver, type Cursor } from './cursor.ts';
import type { NodeFailed } from './failed.ts';
import { inflateNode } from './inflate.ts';
import type { Node } from './node.ts';
import { unpack } from './packed.ts';
import { doubleByteWord, isDictionary, singleByteWord } from './words.ts';

/** How much one frame may hold; see `nodeLimits` for each. */
export type NodeLimits = Readonly<Record<keyof typeof nodeLimits, number>>;

export type Decoded = { readonly kind: 'decoded'; readonly node: Node } | NodeFailed;

/** Decodes one frame: the flag byte and one node, and nothing behind it. Total; keeps no part of `frame`. */
export function decodeNode(frame: Uint8Array, limits: NodeLimits = nodeLimits): Decoded {
  const inflated = inflateNode(frame, limits.bytes);
  if (inflated.kind === 'failed') return inflated;
  const cursor = cursorOver(inflated.bytes);
  const node = readNode({ cursor, limits, nodes: 0, attributes: 0 }, 1);
  if (!cursor.atEnd()) cursor.fail('trailing');
  return cursor.failed() ?? { kind: 'decoded', node };
}

interface Reading {
  readonly cursor: Cursor;
  readonly limits: NodeLimits;
  nodes: number;
  attributes: number;
}

function readNode(reading: Reading, depth: number): Node {
  const { cursor, limits } = reading;
  reading.nodes += 1;
  if (depth > limits.depth) cursor.fail('too-deep');
  if (reading.nodes > limits.nodes) cursor.fail('too-many');
  const size = readListSize(cursor, cursor.byte());
  const tag = size === 0 ? '' : readText(cursor, cursor.byte());
  if (tag === '') cursor.fail('no-tag');
  const attrs = readAttributes(reading, (size - 1) >> 1);
  const content = size > 0 && size % 2 === 0 ? readContent(reading, depth) : undefined;
  return { tag, attrs, content };
}

function readAttributes(reading: Reading, count: number): Readonly<Record<string, string>> {
  const { cursor, limits } = reading;
  reading.attributes += Math.max(count, 0);
  if (count > limits.attributes || reading.attributes > limits.allAttributes) cursor.fail('too-many');
  const found = new Map<string, string>();
  for (let index = 0; index < count && cursor.failed() === undefined; index += 1) {
    const name = readText(cursor, cursor.byte());
    if (name === '') cursor.fail('no-tag');
    if (found.has(name)) cursor.fail('same-attribute');
    found.set(name, readText(cursor, cursor.byte()));
  }
  return Object.fromEntries(found);
}

function readContent(reading: Reading, depth: number): Node['content'] {
  const { cursor, limits } = reading;
  const tag = cursor.byte();
  if (tag === tags.bytes8 || tag === tags.bytes20 || tag === tags.bytes32) {
    return cursor.bytes(readLength(cursor, tag));
  }
  if (tag !== tags.emptyList && tag !== tags.list8 && tag !== tags.list16) return readText(cursor, tag);
  const size = readListSize(cursor, tag);
  if (size > limits.list) cursor.fail('too-many');
  const nodes: Node[] = [];
  for (let index = 0; index < size && cursor.failed() === undefined; index += 1) {
    nodes.push(readNode(reading, depth + 1));
  }
  return nodes;
}

function readListSize(cursor: Cursor, tag: number): number {
  if (tag === tags.list8) return cursor.byte();
  if (tag === tags.list16) return cursor.number(2);
  if (tag !== tags.emptyList) cursor.fail('unknown-tag');
  return 0;
}

/** Text in any of its forms: nothing, a word, packed, an address, UTF-8. */
function readText(cursor: Cursor, tag: number): string {
  if (tag === tags.emptyList) return '';
  if (tag === tags.nibbles || tag === tags.hex) return readPacked(cursor, tag);
  if (tag === tags.bytes8 || tag === tags.bytes20 || tag === tags.bytes32) {
    return readUtf8(cursor, readLength(cursor, tag));
  }
  const word = isDictionary(tag) ? doubleByteWord(tag, cursor.byte()) : singleByteWord(tag);
  return word ?? readAddress(cursor, tag);
}

/**
 * Broken UTF-8 is mended with U+FFFD, not refused: the display name of a stranger, cut in the middle of a character,
 * must not cost the message that it came with.
 */
function readUtf8(cursor: Cursor, length: number): string {
  return utf8.decode(cursor.bytes(length));
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

function readPacked(cursor: Cursor, tag: typeof tags.nibbles | typeof tags.hex): string {
  const length = cursor.byte();
  const text = unpack(tag, cursor.bytes(length & 127), length > 127);
  if (text === undefined) cursor.fail('bad-packed');
  return text ?? '';
}

function readLength(cursor: Cursor, tag: number): number {
  if (tag === tags.bytes8) return cursor.byte();
  // Of 20 bits in three bytes, the top four mean nothing.
  return tag === tags.bytes20 ? cursor.number(3) & 0xfffff : cursor.number(4);
}

/** An address, given as text: only one that parses back from it. */
function readAddress(cursor: Cursor, tag: number): string {
  const text = readAddressText(cursor, tag);
  if (parseAddress(text) === undefined) cursor.fail('bad-address');
  return text;
}

function readAddressText(cursor: Cursor, tag: number): string {
  switch (tag) {
    case tags.addressPair: {
      const user = readUser(cursor, 'or-none');
      const server = readPart(cursor);
      return user === '' ? server : `${user}@${server}`;
    }
    case tags.deviceAddress: {
      const server = serverOfDomain(cursor.byte());
      const device = cursor.byte();
      const user = readUser(cursor);
      return server === undefined ? '' : formatAddress({ kind: 'device', user, device, server });
    }
    case tags.fbAddress: {
      const address: Address = { kind: 'fb', user: readUser(cursor), device: cursor.number(2) };
      return withServer(cursor, address);
    }
    case tags.interopAddress: {
      const user = readUser(cursor);
      const device = cursor.number(2);
      return withServer(cursor, { kind: 'interop', integrator: cursor.number(2), user, device });
    }
    default:
      cursor.fail('unknown-tag');
      return '';
  }
}

/** Tags 245 and 246 name their server, though there is only one for each. */
function withServer(cursor: Cursor, address: Address): string {
  const text = formatAddress(address);
  return text.endsWith(`@${readPart(cursor)}`) ? text : '';
}

function readUser(cursor: Cursor, empty?: 'or-none'): string {
  const user = readPart(cursor);
  if (!isUser(user) && !(user === '' && empty !== undefined)) cursor.fail('bad-address');
  return user;
}

/** A part of an address is no address itself: else bytes could nest without end. */
function readPart(cursor: Cursor): string {
  const tag = cursor.byte();
  if (tag >= tags.interopAddress && tag <= tags.addressPair) cursor.fail('bad-address');
  return cursor.failed() === undefined ? readText(cursor, tag) : '';
}
