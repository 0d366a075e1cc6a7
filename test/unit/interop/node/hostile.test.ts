// What is no node is refused with its reason, whatever it costs the sender; nothing throws.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { fuzz } from '../../../../scripts/fuzz/run.ts';
import { nodes } from '../../../../scripts/fuzz/nodes.ts';
import { decodeNode } from '../../../../src/interop/node/decode.ts';
import { encodeNode } from '../../../../src/interop/node/encode.ts';
import { makeNode, type Node } from '../../../../src/interop/node/node.ts';
import { nodeLimits } from '../../../../src/interop/profile/node-profile.ts';

const iq = 25;
const to = 17;
const outcome = (...frame: number[]): string => outcomeOf(frame);
const outcomeOf = (frame: readonly number[] | Uint8Array): string => {
  const decoded = decodeNode(Uint8Array.from(frame));
  return decoded.kind === 'failed' ? decoded.reason : JSON.stringify(decoded.node.attrs);
};
const deflated = (bytes: Uint8Array): Uint8Array => Buffer.concat([Uint8Array.of(2), deflateSync(bytes)]);
const attrOf = (...value: number[]): string => outcome(0, 248, 3, iq, to, ...value);
const nested = (depth: number): Node =>
  Array.from({ length: depth - 1 }).reduce<Node>((inner) => makeNode('iq', {}, [inner]), makeNode('iq', {}));
const reasonOf = (node: Node): string => {
  const encoded = encodeNode(node);
  return encoded.kind === 'failed' ? encoded.reason : encoded.kind;
};

describe('the decoder', () => {
  it('refuses frames that end early, at every byte', () => {
    const whole = encodeNode(
      makeNode('iq', { to: '1-12@interop', id: 'AB' }, [makeNode('ping', {}, 'body')]),
    );
    assert.equal(whole.kind, 'encoded');
    assert.equal(decodeNode(whole.bytes).kind, 'decoded');
    for (let length = 1; length < whole.bytes.length; length += 1) {
      assert.equal(outcome(...whole.bytes.slice(0, length)), 'truncated', `cut to ${length}`);
    }
    assert.equal(outcome(), 'empty');
  });

  it('refuses bytes after the node, inside of the compressed part and behind it', () => {
    assert.equal(outcome(0, 248, 1, iq, 0), 'trailing');
    assert.equal(outcome(2, ...deflateSync(Uint8Array.of(248, 1, iq, 0))), 'trailing');
    assert.equal(outcome(2, ...deflateSync(Uint8Array.of(248, 1, iq)), 0), 'bad-deflate');
    assert.equal(outcome(2, ...deflateSync(Uint8Array.of(248, 1, iq))), '{}');
  });

  it('refuses tags where they stand for nothing', () => {
    assert.equal(outcome(0, 0), 'no-tag');
    assert.equal(outcome(0, 248, 0), 'no-tag');
    assert.equal(outcome(0, 248, 1, 0), 'no-tag');
    assert.equal(outcome(0, iq), 'unknown-tag');
    assert.equal(outcome(0, 250, 1, 3), 'unknown-tag');
    for (const tag of [240, 241, 242, 243, 244, 248, 249]) assert.equal(attrOf(tag), 'unknown-tag');
    assert.equal(outcome(0, 248, 2, iq, 248, 1, 252, 1, 65), 'unknown-tag');
  });

  it('refuses attributes that are there twice, or have no name', () => {
    assert.equal(outcome(0, 248, 5, iq, to, 4, to, 5), 'same-attribute');
    assert.equal(outcome(0, 248, 3, iq, 0, 4), 'no-tag');
  });

  it('refuses packed text outside of its alphabet', () => {
    assert.equal(attrOf(255, 1, 0xc1), 'bad-packed');
    assert.equal(attrOf(255, 1, 0x1f), 'bad-packed');
    assert.equal(attrOf(255, 129, 0x1f), '{"to":"1"}');
    assert.equal(attrOf(255, 129, 0xff), 'bad-packed');
    assert.equal(attrOf(255, 128), '{"to":""}');
  });

  it('refuses addresses that no text has', () => {
    const user = [255, 1, 0x12];
    const interop = [252, 7, ...Buffer.from('interop')];
    assert.equal(attrOf(245, ...user, 0, 3, 0, 12, ...interop), '{"to":"12-12:3@interop"}');
    assert.equal(attrOf(245, ...user, 0, 0, 0, 12, 3), 'bad-address');
    assert.equal(attrOf(245, ...user, 0, 0, 0, 12, 0), 'bad-address');
    assert.equal(attrOf(245, 0, 0, 0, 0, 12, ...interop), 'bad-address');
    assert.equal(attrOf(245, 252, 3, 49, 58, 50, 0, 0, 0, 12, ...interop), 'bad-address');
    assert.equal(attrOf(247, 1, 0, 252, 3, 49, 58, 50), 'bad-address');
    assert.equal(attrOf(246, ...user, 0, 3, ...interop), 'bad-address');
    assert.equal(attrOf(247, 7, 5, ...user), 'bad-address');
    assert.equal(attrOf(247, 1, 0, ...user), '{"to":"12@lid"}');
    assert.equal(attrOf(247, 1, 5, 0), 'bad-address');
    assert.equal(attrOf(250, 0, 3), '{"to":"s.whatsapp.net"}');
    assert.equal(attrOf(250, 3, 0), 'bad-address');
    assert.equal(attrOf(250, ...user, 252, 3, 102, 111, 111), 'bad-address');
    assert.equal(attrOf(250, 252, 3, 97, 64, 98, 3), 'bad-address');
    assert.equal(attrOf(250, 250, ...user, 3, 3), 'bad-address');
    assert.equal(
      outcomeOf([0, 248, 3, iq, to, ...Array.from({ length: 100_000 }, () => 250)]),
      'bad-address',
    );
  });

  it('mends broken UTF-8', () => {
    assert.equal(attrOf(252, 2, 0xff, 0x41), '{"to":"\ufffdA"}');
    assert.equal(attrOf(252, 3, 0xef, 0xbb, 0xbf), '{"to":"\ufeff"}');
  });

  it('takes no more than the limits, though the bytes say more', () => {
    const deep = Array.from({ length: 100_000 }, () => [248, 2, iq, 248, 1]).flat();
    assert.equal(outcomeOf([0, ...deep]), 'too-deep');
    assert.equal(outcome(0, 248, 2, iq, 249, 0xff, 0xff), 'too-many');
    assert.equal(outcome(0, 249, 0xff, 0xff, iq), 'too-many');
    assert.equal(outcome(0, 248, 2, iq, 254, 0xff, 0xff, 0xff, 0xff), 'truncated');
    assert.equal(decodeNode(new Uint8Array(nodeLimits.bytes + 2)).kind, 'failed');
    const wide = [248, 2, iq, 249, 0x1f, 0xff, ...Array.from({ length: 0x1fff }, () => [248, 1, iq]).flat()];
    const wider = [248, 2, iq, 248, 3, ...wide, ...wide, ...wide];
    assert.equal(outcomeOf([0, ...wide]), '{}');
    assert.equal(outcomeOf([0, ...wider]), 'too-many');
    const fat = [248, 255, iq, ...Array.from({ length: 127 }, (_, name) => [name + 1, 4]).flat()];
    const fatter = [248, 2, iq, 249, 2, 5, ...Array.from({ length: 517 }, () => fat).flat()];
    assert.equal(outcome(0, 248, 2, iq, 248, 1, ...fat).startsWith('{'), true);
    assert.equal(outcomeOf([0, ...fatter]), 'too-many');
  });

  it('inflates no more than the limit', () => {
    const bomb = deflated(new Uint8Array(128 * 1024 * 1024));
    assert.equal(outcomeOf(bomb), 'too-large');
    const full = Uint8Array.from([248, 2, iq, 254, 0, 0x3f, 0xff, 0xf8, ...new Uint8Array(0x3ffff8)]);
    assert.equal(full.length, nodeLimits.bytes);
    assert.equal(outcomeOf(deflated(full)), '{}');
  });

  it('keeps no part of the frame', () => {
    for (const frame of [
      Buffer.from([0, 248, 2, iq, 252, 2, 7, 8]),
      deflated(Uint8Array.of(248, 2, iq, 252, 2, 7, 8)),
    ]) {
      const decoded = decodeNode(frame);
      assert.equal(decoded.kind, 'decoded');
      frame.fill(0);
      assert.deepEqual(decoded.node.content, Uint8Array.of(7, 8));
      assert.equal(Buffer.isBuffer(decoded.node.content), false);
    }
  });

  it('gives a value for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (frame) => {
        assert.ok(['decoded', 'failed'].includes(decodeNode(frame).kind));
      }),
      { numRuns: 2000 },
    );
  });

  it('keeps its contract under the fuzz', async () => {
    const { broken, outcomes } = await fuzz(nodes, 3000, 42);
    assert.deepEqual(broken, []);
    assert.ok((outcomes['decoded'] ?? 0) > 100);
  });
});

describe('the encoder', () => {
  it('refuses what its own decoder would', () => {
    assert.equal(reasonOf(makeNode('', {})), 'no-tag');
    assert.equal(reasonOf(makeNode('iq', { '': 'x' })), 'no-tag');
    assert.equal(reasonOf(nested(nodeLimits.depth)), 'encoded');
    assert.equal(reasonOf(nested(nodeLimits.depth + 1)), 'too-deep');
    const many = (count: number): Node[] => Array.from({ length: count }, () => makeNode('iq', {}));
    assert.equal(reasonOf(makeNode('iq', {}, many(nodeLimits.list + 1))), 'too-many');
    assert.equal(
      reasonOf(
        makeNode(
          'iq',
          {},
          [1, 2, 3].map(() => makeNode('iq', {}, many(6000))),
        ),
      ),
      'too-many',
    );
    const attrs = Object.fromEntries(
      Array.from({ length: nodeLimits.attributes + 1 }, (_, name) => [`n${name}`, '']),
    );
    assert.equal(reasonOf(makeNode('iq', attrs)), 'too-many');
    assert.equal(reasonOf(makeNode('iq', {}, new Uint8Array(nodeLimits.bytes - 8))), 'encoded');
    assert.equal(reasonOf(makeNode('iq', {}, new Uint8Array(nodeLimits.bytes - 7))), 'too-large');
  });
});
