// Hostile frames for the decoder of binary nodes: noise, almost-nodes, spoilt nodes, and all of them compressed.
import { deflateSync } from 'node:zlib';
import { decodeNode } from '../../src/interop/node/decode.ts';
import { encodeNode } from '../../src/interop/node/encode.ts';
import type { Node } from '../../src/interop/node/node.ts';
import { doubleByteWords, singleByteWords, tags } from '../../src/interop/profile/node-profile.ts';
import type { Random } from './random.ts';
import { sameNode } from './same-node.ts';
import type { Target } from './target.ts';

/** What is decoded must encode, and decode to the same again; all else must be a failure that says why. */
export const nodes: Target = {
  name: 'nodes',
  attempt: (random) => {
    const decoded = decodeNode(frameOf(random));
    if (decoded.kind === 'failed') return decoded.reason;
    const encoded = encodeNode(decoded.node);
    if (encoded.kind === 'failed') throw new Error(`decoded, but does not encode: ${encoded.text}`);
    const again = decodeNode(encoded.bytes);
    if (again.kind === 'failed') throw new Error(`encoded, but does not decode: ${again.text}`);
    if (!sameNode(decoded.node, again.node)) throw new Error('not the same node after another round');
    return 'decoded';
  },
};

function frameOf(random: Random): Uint8Array {
  const body = random.oneOf([noise, almostNode, almostNode, spoiltNode, spoiltNode, spoiltNode])(random);
  const kind = random.below(16);
  if (kind === 0) return Uint8Array.from([random.below(256), ...body]);
  if (kind === 1) return Uint8Array.from([2, ...deflateSync(body)]);
  if (kind === 2) return Uint8Array.from([2, ...spoil(random, deflateSync(body))]);
  return Uint8Array.from([0, ...body]);
}

const noise = (random: Random): Uint8Array => random.bytes(random.below(64));

/** Bytes as a node has them, in an order of chance. */
function almostNode(random: Random): Uint8Array {
  const bytes: number[] = [tags.list8, 1 + random.below(8)];
  const length = random.below(60);
  while (bytes.length < length) {
    const tag = random.oneOf([random.below(236), random.below(236), random.oneOf(Object.values(tags))]);
    bytes.push(tag);
    if (tag > 235) bytes.push(random.oneOf([0, 1, 2, 3, random.below(256)]));
  }
  return Uint8Array.from(bytes);
}

/** A whole node, spoilt in a few places or none. */
function spoiltNode(random: Random): Uint8Array {
  const encoded = encodeNode(wholeNode(random, 0));
  if (encoded.kind === 'failed') throw new Error(`a whole node that does not encode: ${encoded.text}`);
  const body = encoded.bytes.slice(1);
  return random.below(8) === 0 ? body : spoil(random, body);
}

function wholeNode(random: Random, depth: number): Node {
  const attrs = Object.fromEntries(
    Array.from({ length: random.below(5) }, () => [wordOf(random), textOf(random)]),
  );
  const kind = random.below(depth > 4 ? 3 : 5);
  if (kind === 0) return { tag: wordOf(random), attrs, content: undefined };
  if (kind === 1) return { tag: wordOf(random), attrs, content: random.bytes(random.below(300)) };
  if (kind === 2) return { tag: wordOf(random), attrs, content: textOf(random) };
  const content = Array.from({ length: random.below(4) }, () => wholeNode(random, depth + 1));
  return { tag: wordOf(random), attrs, content };
}

function wordOf(random: Random): string {
  return random.oneOf(random.below(2) === 0 ? singleByteWords : random.oneOf(doubleByteWords));
}

function textOf(random: Random): string {
  const number = String(random.below(0x7fffffff));
  const server = random.oneOf(['s.whatsapp.net', 'lid', 'hosted', 'msgr', 'interop', 'g.us', 'example.org']);
  return random.oneOf([
    wordOf(random),
    number,
    Buffer.from(random.bytes(random.below(12)))
      .toString('hex')
      .toUpperCase(),
    `${number}@${server}`,
    `${number}:${random.below(300)}@${server}`,
    `${random.below(70_000)}-${number}@interop`,
    Buffer.from(random.bytes(random.below(40))).toString('utf8'),
  ]);
}

/** Flips, cuts, doubles and puts in, up to four times. */
function spoil(random: Random, body: Uint8Array): Uint8Array {
  let bytes = [...body];
  for (let times = random.below(4); times >= 0; times -= 1) {
    const at = random.below(bytes.length + 1);
    const kind = random.below(5);
    if (kind === 0) bytes[at] = random.below(256);
    if (kind === 1) bytes = bytes.slice(0, at);
    if (kind === 2) bytes.splice(at, 0, random.oneOf(Object.values(tags)), random.below(256));
    if (kind === 3) bytes.splice(at, random.below(4));
    if (kind === 4) bytes.splice(at, 0, ...bytes.slice(at, at + random.below(20)));
  }
  return Uint8Array.from(bytes);
}
