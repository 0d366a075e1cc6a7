// Whatever is encoded decodes to the same; addresses go through both of their forms.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { sameNode } from '../../../../scripts/fuzz/same-node.ts';
import { formatAddress, parseAddress } from '../../../../src/interop/node/address.ts';
import { decodeNode } from '../../../../src/interop/node/decode.ts';
import { encodeNode } from '../../../../src/interop/node/encode.ts';
import { attribute, makeNode, textOf, type Node } from '../../../../src/interop/node/node.ts';
import { pack } from '../../../../src/interop/node/packed.ts';
import { nodeLimits, tags } from '../../../../src/interop/profile/node-profile.ts';
import { addresses, interopAddresses, nodesOf, texts } from './arbitrary-node.ts';

const through = (node: Node, deflateOver?: number): Node => {
  const encoded = encodeNode(node, nodeLimits, deflateOver);
  assert.equal(encoded.kind, 'encoded');
  const decoded = decodeNode(encoded.bytes);
  assert.equal(decoded.kind, 'decoded');
  return decoded.node;
};

describe('a node encoded and decoded', () => {
  it('is the same, compressed or not', () => {
    fc.assert(
      fc.property(nodesOf(fc.oneof(texts, interopAddresses)), fc.boolean(), (node, deflate) => {
        assert.ok(sameNode(through(node, deflate ? 0 : undefined), node));
      }),
      { numRuns: 1000 },
    );
  });

  it('keeps attributes that have the names of what objects inherit', () => {
    const attrs = Object.fromEntries([['__proto__', 'one'] as const, ['constructor', 'two'] as const]);
    const node = through({ tag: 'iq', attrs, content: undefined });
    assert.equal(attribute(node, '__proto__'), 'one');
    assert.equal(attribute(node, 'constructor'), 'two');
    assert.equal(attribute(node, 'toString'), undefined);
  });

  it('keeps a list apart from no content', () => {
    assert.deepEqual(through(makeNode('iq', {}, [])).content, []);
    assert.equal(through(makeNode('iq', {})).content, undefined);
  });

  it('carries lists and bytes of every size class', () => {
    const list = Array.from({ length: 300 }, (_, index) => makeNode('key', { id: String(index) }));
    assert.ok(sameNode(through(makeNode('list', {}, list)), makeNode('list', {}, list)));
    for (const length of [0, 255, 256, 0xffff, 2 ** 20 - 1, 2 ** 20]) {
      const bytes = new Uint8Array(length).fill(7);
      assert.deepEqual(through(makeNode('enc', {}, bytes)).content, bytes);
    }
  });

  it('mends text that is no UTF-16', () => {
    assert.equal(attribute(through(makeNode('iq', { notify: 'a\ud800' })), 'notify'), 'a\ufffd');
    assert.equal(textOf(through(makeNode('body', {}, 'a\ud800'))), 'a\ufffd');
  });
});

describe('an address', () => {
  const wireTag = (text: string): number | undefined => {
    const encoded = encodeNode(makeNode('iq', { to: text }));
    return encoded.kind === 'encoded' ? encoded.bytes[5] : undefined;
  };

  it('parses from its text and formats to it', () => {
    fc.assert(
      fc.property(fc.oneof(addresses, interopAddresses, texts), (text) => {
        const address = parseAddress(text);
        if (address !== undefined) assert.equal(formatAddress(address), text);
      }),
    );
    fc.assert(fc.property(fc.oneof(addresses, interopAddresses), (text) => parseAddress(text) !== undefined));
  });

  it('is of the kind that its text says', () => {
    assert.deepEqual(parseAddress('1-10853634039893@interop'), {
      kind: 'interop',
      integrator: 1,
      user: '10853634039893',
      device: 0,
    });
    assert.deepEqual(parseAddress('12:5@lid'), { kind: 'device', user: '12', device: 5, server: 'lid' });
    assert.deepEqual(parseAddress('12:300@msgr'), { kind: 'fb', user: '12', device: 300 });
    assert.deepEqual(parseAddress('12@lid'), { kind: 'pair', user: '12', server: 'lid' });
    assert.deepEqual(parseAddress('g.us'), { kind: 'pair', user: '', server: 'g.us' });
  });

  it('has a wire form of its own for each kind', () => {
    assert.equal(wireTag('1-10853634039893@interop'), tags.interopAddress);
    assert.equal(wireTag('0-12:65535@interop'), tags.interopAddress);
    assert.equal(wireTag('12:5@lid'), tags.deviceAddress);
    assert.equal(wireTag('12:300@msgr'), tags.fbAddress);
    assert.equal(wireTag('12@interop'), tags.addressPair);
  });

  it('is plain text where it is not canonical', () => {
    const plain = [
      '12:0@lid',
      '12:05@lid',
      '12:300@lid',
      'joe@example.org',
      'a@b@lid',
      '@lid',
      'a b@lid',
      'x@',
    ];
    for (const text of [...plain, '70000-1:5@interop', '1-@lid:', '1:2:3@lid', 'bot', '12:65536@msgr']) {
      assert.equal(wireTag(text), tags.bytes8, text);
    }
  });

  it('that reads like another inside of it comes back whole', () => {
    for (const text of ['lid@lid', 'status@broadcast', '1-2@g.us', '01-2@interop', '1-@interop']) {
      assert.equal(attribute(through(makeNode('iq', { to: text })), 'to'), text);
    }
  });
});

it('packs only what its alphabets have, and no more than the bound', () => {
  assert.deepEqual(pack('1.5-'), [tags.nibbles, 2, 0x1b, 0x5a]);
  assert.deepEqual(pack('ABC'), [tags.hex, 0x82, 0xab, 0xcf]);
  for (const text of ['', 'ab', '1'.repeat(128), 'A.', '\0']) assert.equal(pack(text), undefined);
});
