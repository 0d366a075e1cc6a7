/**
 * Two independent codecs, both ways: `whatsapp-rust-bridge` and baileys' own. Their known differences are kept out by
 * what is generated, and are asserted here each by itself, so that a release which mends one is seen.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeBinaryNode } from 'baileys/lib/WABinary/decode.js';
import { encodeBinaryNode } from 'baileys/lib/WABinary/encode.js';
import fc from 'fast-check';
import { decodeNode as bridgeDecode, encodeNode as bridgeEncode } from 'whatsapp-rust-bridge';
import { sameNode } from '../../../../scripts/fuzz/same-node.ts';
import { decodeNode } from '../../../../src/interop/node/decode.ts';
import { encodeNode } from '../../../../src/interop/node/encode.ts';
import { attribute, makeNode, type Node } from '../../../../src/interop/node/node.ts';
import { doubleByteWords, singleByteWords } from '../../../../src/interop/profile/node-profile.ts';
import { addresses, interopAddresses, nodesOf, texts, words } from './arbitrary-node.ts';

/** A node as the other codecs have it. */
interface Foreign {
  readonly tag: string;
  readonly attrs: Record<string, string>;
  readonly content?: unknown;
}

const ours = (frame: Uint8Array): Node => {
  const decoded = decodeNode(frame);
  assert.equal(decoded.kind, 'decoded');
  return decoded.node;
};
const frameOf = (node: Node): Uint8Array => {
  const encoded = encodeNode(node);
  assert.equal(encoded.kind, 'encoded');
  return encoded.bytes;
};
const fromForeign = ({ tag, attrs, content }: Foreign): Node => {
  if (typeof content === 'string' || content instanceof Uint8Array) return { tag, attrs, content };
  return { tag, attrs, content: Array.isArray(content) ? content.map(fromForeign) : undefined };
};
type ToForeign = Parameters<typeof encodeBinaryNode>[0];
const toForeign = ({ tag, attrs, content }: Node): ToForeign => {
  if (content === undefined) return { tag, attrs };
  if (typeof content === 'string') return { tag, attrs, content };
  if (content instanceof Uint8Array) return { tag, attrs, content };
  return { tag, attrs, content: content.map(toForeign) };
};
const viaBridge = (frame: Uint8Array): Node => {
  const { tag, attrs, content } = bridgeDecode(frame);
  return fromForeign({ tag, attrs, content });
};
const viaBaileys = async (frame: Uint8Array): Promise<Node> =>
  fromForeign(await decodeBinaryNode(Buffer.from(frame)));

/** The bridge makes nothing of an empty list. */
const withoutEmptyLists = (node: Node): Node => {
  const { content } = node;
  if (!Array.isArray(content)) return node;
  const list = content.map((one: Node) => withoutEmptyLists(one));
  return { ...node, content: list.length === 0 ? undefined : list };
};

/** Both take any text with an @ for an address, and lose of it what is none. Addresses are generated for themselves. */
const noAt = texts.filter((text) => !text.includes('@'));
/** baileys looks words up in a plain object, and so finds what every object has. */
const ofEveryObject = Object.getOwnPropertyNames(Object.prototype);
/** The bridge leaves out attributes without value, baileys cannot read a tag that is empty. */
const shared = nodesOf(
  fc.oneof(
    noAt.filter((text) => text !== '' && !ofEveryObject.includes(text)),
    addresses,
  ),
);

describe('the dictionary', () => {
  it('is that of both', async () => {
    const tables = [singleByteWords.map((word, index) => ({ word, bytes: [index + 1] }))];
    doubleByteWords.forEach((table, at) => {
      tables.push(table.map((word, index) => ({ word, bytes: [236 + at, index] })));
    });
    const all = tables.flat();
    assert.equal(all.length, 235 + 4 * 256);
    assert.equal(new Set(all.map(({ word }) => word)).size, all.length);
    for (const { word, bytes } of all) {
      const frame = Uint8Array.from([0, 248, 1, ...bytes]);
      assert.equal(ours(frame).tag, word);
      assert.equal(bridgeDecode(frame).tag, word);
      assert.equal((await viaBaileys(frame)).tag, word);
      assert.deepEqual(frameOf(makeNode(word, {})), frame);
    }
  });
});

describe('whatsapp-rust-bridge', () => {
  it('decodes what is encoded here', () => {
    fc.assert(
      fc.property(shared, (node) => {
        assert.ok(sameNode(viaBridge(frameOf(node)), withoutEmptyLists(node)));
      }),
      { numRuns: 500 },
    );
  });

  it('encodes what is decoded here', () => {
    fc.assert(
      fc.property(shared, (node) => {
        assert.ok(sameNode(ours(bridgeEncode(toForeign(node))), node));
      }),
      { numRuns: 500 },
    );
  });

  it('encodes words, packed text, addresses and bytes to the very same bytes', () => {
    fc.assert(
      fc.property(nodesOf(fc.oneof(words, addresses, fc.stringMatching(/^[-.0-9A-F]{1,60}$/))), (node) => {
        assert.deepEqual(Buffer.from(bridgeEncode(toForeign(node))), Buffer.from(frameOf(node)));
      }),
      { numRuns: 500 },
    );
  });

  it('loses the integrator of an interop address that it reads, and the rest agrees', () => {
    fc.assert(
      fc.property(interopAddresses, (address) => {
        const read = viaBridge(frameOf(makeNode('iq', { to: address, id: '1' })));
        assert.equal(attribute(read, 'to'), address.slice(address.indexOf('-') + 1));
        assert.equal(attribute(read, 'id'), '1');
      }),
    );
  });

  it('writes an interop address as a pair, which is read here as what it is', () => {
    const address = '1-10853634039893@interop';
    const frame = bridgeEncode({ tag: 'iq', attrs: { to: address } });
    assert.equal(frame[5], 250);
    assert.equal(attribute(ours(frame), 'to'), address);
  });

  it('loses the server of an interop address with device, and attributes without value', () => {
    const frame = bridgeEncode({ tag: 'iq', attrs: { to: '1-12:4@interop', id: '' } });
    assert.deepEqual(ours(frame).attrs, { to: '1-12:4@s.whatsapp.net' });
  });
});

describe("baileys' codec", () => {
  it('decodes what is encoded here', async () => {
    await fc.assert(
      fc.asyncProperty(shared, async (node) => {
        assert.ok(sameNode(await viaBaileys(frameOf(node)), node));
      }),
      { numRuns: 500 },
    );
  });

  it('encodes what is decoded here', () => {
    fc.assert(
      fc.property(shared, (node) => {
        assert.ok(sameNode(ours(encodeBinaryNode(toForeign(node))), node));
      }),
      { numRuns: 500 },
    );
  });

  it('loses the names of what every object has', () => {
    for (const word of ofEveryObject) {
      const frame = encodeBinaryNode({ tag: 'iq', attrs: { id: word } });
      const read = decodeNode(frame);
      assert.ok(read.kind === 'failed' || attribute(read.node, 'id') !== word, word);
    }
  });

  it('reads interop addresses with their integrator', async () => {
    await fc.assert(
      fc.asyncProperty(interopAddresses, async (address) => {
        const read = await viaBaileys(frameOf(makeNode('iq', { to: address })));
        // It writes device 0 out.
        assert.equal(attribute(read, 'to')?.replace(':0@', '@'), address);
      }),
    );
  });
});
