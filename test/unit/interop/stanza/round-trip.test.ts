// Every stanza goes through node and bytes and comes back the same; every answer too.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { decodeNode } from '../../../../src/interop/node/decode.ts';
import { encodeNode } from '../../../../src/interop/node/encode.ts';
import { children, makeNode, type Node } from '../../../../src/interop/node/node.ts';
import { parseAnswer, renderAnswer } from '../../../../src/interop/stanza/answer.ts';
import { parseStanza, renderStanza } from '../../../../src/interop/stanza/stanza.ts';
import { answers, stanzas } from './arbitrary-stanza.ts';

// What is generated has no prototypes; a clone has.
const overTheWire = (node: Node): Node => {
  const encoded = encodeNode(node);
  assert.equal(encoded.kind, 'encoded');
  const decoded = decodeNode(encoded.bytes);
  assert.equal(decoded.kind, 'decoded');
  return decoded.node;
};

it('a stanza is the same behind its node and behind its bytes', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(stanzas, (stanza) => {
      seen.add(stanza.kind);
      assert.deepEqual(parseStanza(renderStanza(stanza)), structuredClone(stanza));
      assert.deepEqual(parseStanza(overTheWire(renderStanza(stanza))), structuredClone(stanza));
    }),
    { numRuns: 2000 },
  );
  assert.equal(seen.size, 13);
});

it('an answer is the same to who knows what was asked', () => {
  fc.assert(
    fc.property(answers, ([asked, answer]) => {
      const content = renderAnswer(answer);
      assert.deepEqual(parseAnswer(asked, content), structuredClone(answer));
      const node = overTheWire(makeNode('iq', {}, content));
      assert.deepEqual(parseAnswer(asked, children(node)), structuredClone(answer));
    }),
    { numRuns: 1000 },
  );
});
