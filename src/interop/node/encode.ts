/**
 * Nodes to bytes, in the shortest of the forms that clients use: words of the dictionary, packed text, addresses,
 * UTF-8. What `decodeNode` makes of the bytes is the same node, but that text content which has none of the short
 * forms comes back as bytes. Public client knowledge [P].
 */

import { deflateSync } from 'node:zlib';
import {
  deflatedFlag,
  deviceDomains,
  fbServer,
  interopServer,
  nodeLimits,
  tags,
} from '../profile/node-profile.ts';
import { parseAddress, type Address } from './address.ts';
import type { NodeLimits } from './decode.ts';
import { nodeFailed, type NodeFailed, type NodeFailure } from './failed.ts';
import type { Node } from './node.ts';
import { pack } from './packed.ts';
import { sinkOf, type Sink } from './sink.ts';
import { bytesOfWord } from './words.ts';

export type Encoded = { readonly kind: 'encoded'; readonly bytes: Uint8Array } | NodeFailed;

/**
 * Encodes a node with its flag byte, ready for a frame. Total: a node over the limits, or without a name, is a
 * failure. What is larger than `deflateOver` bytes is compressed, by default nothing: clients do not, servers do.
 */
export function encodeNode(
  node: Node,
  limits: NodeLimits = nodeLimits,
  deflateOver = Number.POSITIVE_INFINITY,
): Encoded {
  const writing: Writing = {
    sink: sinkOf(limits.bytes),
    limits,
    nodes: 0,
    attributes: 0,
    failure: undefined,
  };
  writeNode(writing, node, 1);
  if (writing.failure !== undefined) return nodeFailed(writing.failure);
  const bytes = writing.sink.end();
  if (bytes === undefined) return nodeFailed('too-large');
  if (bytes.length <= deflateOver) return framed(0, bytes);
  return framed(deflatedFlag, deflateSync(bytes));
}

interface Writing {
  readonly sink: Sink;
  readonly limits: NodeLimits;
  nodes: number;
  attributes: number;
  failure: NodeFailure | undefined;
}

function framed(flag: number, body: Uint8Array): Encoded {
  const bytes = new Uint8Array(body.length + 1);
  bytes[0] = flag;
  bytes.set(body, 1);
  return { kind: 'encoded', bytes };
}

function writeNode(writing: Writing, node: Node, depth: number): void {
  const { sink } = writing;
  const attributes = Object.entries(node.attrs);
  writing.nodes += 1;
  writing.attributes += attributes.length;
  writing.failure ??= whyNot(writing, node, attributes, depth);
  if (writing.failure !== undefined || sink.full()) return;
  writeListSize(sink, 1 + 2 * attributes.length + (node.content === undefined ? 0 : 1));
  writeText(sink, node.tag);
  for (const [name, value] of attributes) {
    writeText(sink, name);
    writeText(sink, value);
  }
  writeContent(writing, node.content, depth);
}

function whyNot(
  { limits, nodes, attributes }: Writing,
  node: Node,
  entries: readonly [string, string][],
  depth: number,
): NodeFailure | undefined {
  if (node.tag === '' || entries.some(([name]) => name === '')) return 'no-tag';
  if (depth > limits.depth) return 'too-deep';
  if (nodes > limits.nodes || entries.length > limits.attributes) return 'too-many';
  return attributes > limits.allAttributes ? 'too-many' : undefined;
}

function writeContent(writing: Writing, content: Node['content'], depth: number): void {
  const { sink, limits } = writing;
  if (content === undefined) return;
  if (typeof content === 'string') {
    writeText(sink, content);
  } else if (content instanceof Uint8Array) {
    writeBytes(sink, content);
  } else if (content.length > limits.list) {
    writing.failure ??= 'too-many';
  } else {
    writeListSize(sink, content.length);
    for (const one of content) writeNode(writing, one, depth + 1);
  }
}

function writeListSize(sink: Sink, size: number): void {
  if (size === 0) {
    sink.bytes([tags.emptyList]);
  } else if (size < 256) {
    sink.bytes([tags.list8, size]);
  } else {
    sink.bytes([tags.list16]);
    sink.number(size, 2);
  }
}

function writeText(sink: Sink, text: string): void {
  const short = bytesOfWord(text) ?? pack(text);
  if (short !== undefined) {
    sink.bytes(short);
    return;
  }
  const address = parseAddress(text);
  // A server by itself is written as a word or plain text, which decodes to the same: `bot` may be no address at all.
  if (address === undefined || address.user === '') writeBytes(sink, new TextEncoder().encode(text));
  else writeAddress(sink, address);
}

function writeBytes(sink: Sink, bytes: Uint8Array): void {
  if (bytes.length < 256) {
    sink.bytes([tags.bytes8, bytes.length]);
  } else if (bytes.length < 2 ** 20) {
    sink.bytes([tags.bytes20]);
    sink.number(bytes.length, 3);
  } else {
    sink.bytes([tags.bytes32]);
    sink.number(bytes.length, 4);
  }
  sink.bytes(bytes);
}

function writeAddress(sink: Sink, address: Address): void {
  switch (address.kind) {
    case 'pair':
      sink.bytes([tags.addressPair]);
      writePart(sink, address.user);
      writePart(sink, address.server);
      return;
    case 'device':
      sink.bytes([tags.deviceAddress, deviceDomains[address.server], address.device]);
      writePart(sink, address.user);
      return;
    case 'fb':
      sink.bytes([tags.fbAddress]);
      writePart(sink, address.user);
      sink.number(address.device, 2);
      writePart(sink, fbServer);
      return;
    case 'interop':
      sink.bytes([tags.interopAddress]);
      writePart(sink, address.user);
      sink.number(address.device, 2);
      sink.number(address.integrator, 2);
      writePart(sink, interopServer);
      return;
  }
}

/** A part of an address: never in the form of an address, even where it reads like one (`lid@lid`). */
function writePart(sink: Sink, text: string): void {
  const short = bytesOfWord(text) ?? pack(text);
  if (short === undefined) writeBytes(sink, new TextEncoder().encode(text));
  else sink.bytes(short);
}
