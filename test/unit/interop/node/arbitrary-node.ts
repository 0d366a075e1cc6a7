// Nodes of chance: words, packed text, addresses, any text, bytes and lists.
import fc from 'fast-check';
import type { Node } from '../../../../src/interop/node/node.ts';
import { doubleByteWords, singleByteWords } from '../../../../src/interop/profile/node-profile.ts';

export const words = fc.constantFrom(...singleByteWords, ...doubleByteWords.flat());
const digits = fc.stringMatching(/^[1-9][0-9]{0,14}$/);

/** The text of an address of every kind but those of third-party apps. */
export const addresses = fc.oneof(
  fc
    .tuple(digits, fc.constantFrom('s.whatsapp.net', 'lid', 'g.us', 'broadcast', 'c.us', 'newsletter'))
    .map(([user, server]) => `${user}@${server}`),
  fc
    .tuple(digits, fc.integer({ min: 1, max: 255 }), fc.constantFrom('s.whatsapp.net', 'lid', 'hosted'))
    .map(([user, device, server]) => `${user}:${device}@${server}`),
);

/** `integrator-user@interop`, with and without device. */
export const interopAddresses = fc
  .tuple(fc.integer({ min: 0, max: 0xffff }), digits, fc.integer({ min: 0, max: 0xffff }))
  .map(([integrator, user, device]) => `${integrator}-${user}${device === 0 ? '' : `:${device}`}@interop`);

export const texts = fc.oneof(
  words,
  addresses,
  fc.stringMatching(/^[-.0-9]{1,140}$/),
  fc.stringMatching(/^[0-9A-F]{1,140}$/),
  fc.string({ unit: 'grapheme', maxLength: 400 }),
);

/** Nodes whose text comes from `text`. */
export function nodesOf(text: fc.Arbitrary<string>, attributeNames = text): fc.Arbitrary<Node> {
  const names = attributeNames.filter((name) => name !== '');
  const attrs = fc.dictionary(names, text, { maxKeys: 6, noNullPrototype: true });
  const leaf = fc.oneof(fc.constant(undefined), text, fc.uint8Array({ maxLength: 600 }));
  const { node } = fc.letrec<{ node: Node; content: Node['content'] }>((tie) => ({
    node: fc.record({ tag: names, attrs, content: tie('content') }),
    content: fc.oneof({ maxDepth: 4 }, leaf, fc.array(tie('node'), { maxLength: 5 })),
  }));
  return node;
}
