// A node that is no stanza of its kind is a failure that names the field, and nothing throws whatever it holds.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { fuzz } from '../../../../scripts/fuzz/run.ts';
import { stanzas as target } from '../../../../scripts/fuzz/stanzas.ts';
import { makeNode, type Node } from '../../../../src/interop/node/node.ts';
import { lookUpMost, stanzaLimits } from '../../../../src/interop/profile/stanza-profile.ts';
import { ackOf } from '../../../../src/interop/stanza/ack.ts';
import { parseAnswer } from '../../../../src/interop/stanza/answer.ts';
import { parseStanza, renderStanza } from '../../../../src/interop/stanza/stanza.ts';
import { nodesOf, texts } from '../node/arbitrary-node.ts';
import { stanzas } from './arbitrary-stanza.ts';

const outcome = (node: Node): string => {
  const parsed = parseStanza(node);
  return parsed.kind === 'failed' ? `${parsed.reason} ${parsed.field}` : parsed.kind;
};
const from = '1-12@interop';
const key = (bytes: number): Uint8Array => new Uint8Array(bytes).fill(7);
const signed = (id = 3, value = 32, signature = 64): Node =>
  makeNode('skey', {}, [
    makeNode('id', {}, key(id)),
    makeNode('value', {}, key(value)),
    makeNode('signature', {}, key(signature)),
  ]);
const upload = (...keys: Node[]): Node =>
  makeNode('iq', { id: '1', type: 'set', xmlns: 'encrypt' }, [
    makeNode('registration', {}, key(4)),
    makeNode('type', {}, Uint8Array.of(5)),
    makeNode('identity', {}, key(32)),
    ...keys,
  ]);
const enc = (attrs: Record<string, string>, ciphertext = key(9)): Node =>
  makeNode('message', { id: '1', from }, [makeNode('enc', { v: '2', type: 'msg', ...attrs }, ciphertext)]);

describe('a stanza that is none', () => {
  it('names what is missing or malformed', () => {
    assert.equal(outcome(makeNode('message', {})), 'missing message.id');
    assert.equal(outcome(makeNode('message', { id: '' })), 'malformed message.id');
    assert.equal(outcome(makeNode('message', { id: 'x'.repeat(257) })), 'malformed message.id');
    assert.equal(outcome(makeNode('message', { id: '1', from: 'joe' })), 'malformed message.from');
    assert.equal(outcome(makeNode('message', { id: '1', t: '-1' })), 'malformed message.t');
    assert.equal(outcome(makeNode('message', { id: '1', t: '9'.repeat(17) })), 'malformed message.t');
    assert.equal(
      outcome(makeNode('message', { id: '1' }, [makeNode('body', {}, [])])),
      'malformed body.content',
    );
    assert.equal(outcome(makeNode('iq', { id: '1' })), 'missing iq.type');
    assert.equal(outcome(makeNode('iq', { id: '1', type: 'put' })), 'malformed iq.type');
    assert.equal(outcome(makeNode('iq', { id: '1', type: 'get' })), 'missing iq.xmlns');
    assert.equal(outcome(makeNode('iq', { id: '1', type: 'error' })), 'missing iq.error');
    assert.equal(outcome(makeNode('chatstate', { from })), 'missing chatstate.paused');
    assert.equal(outcome(makeNode('presence', { type: 'asleep' })), 'malformed presence.type');
    assert.equal(outcome(makeNode('failure', {})), 'missing failure.reason');
    assert.equal(outcome(makeNode('ib', {}, [makeNode('offline', {})])), 'missing offline.count');
    assert.equal(outcome(makeNode('receipt', { id: '1', type: 'retry' })), 'missing receipt.retry');
  });

  it('has a ciphertext that is not of a known form', () => {
    assert.equal(outcome(enc({})), 'message');
    assert.equal(outcome(enc({ v: '3' })), 'malformed enc.v');
    assert.equal(outcome(enc({ type: 'msmsg' })), 'malformed enc.type');
    assert.equal(outcome(enc({}, key(0))), 'malformed enc.content');
    const many = Array.from({ length: 9 }, () => makeNode('enc', { v: '2', type: 'msg' }, key(9)));
    assert.equal(outcome(makeNode('message', { id: '1', from }, many)), 'too-many message.enc');
  });

  it('has keys of the wrong size, type or number', () => {
    const list = (count: number, size = 32): Node =>
      makeNode(
        'list',
        {},
        Array.from({ length: count }, () =>
          makeNode('key', {}, [makeNode('id', {}, key(3)), makeNode('value', {}, key(size))]),
        ),
      );
    assert.equal(outcome(upload(list(812), signed())), 'iq');
    assert.equal(outcome(upload(list(1), signed(4))), 'malformed id.content');
    assert.equal(outcome(upload(list(1), signed(3, 33))), 'malformed value.content');
    assert.equal(outcome(upload(list(1), signed(3, 32, 63))), 'malformed signature.content');
    assert.equal(outcome(upload(list(1, 31), signed())), 'malformed value.content');
    assert.equal(outcome(upload(list(1))), 'missing iq.skey');
    assert.equal(outcome(upload(signed())), 'missing iq.list');
    assert.equal(outcome(upload(list(stanzaLimits.prekeys + 1), signed())), 'too-many list.key');
    const wrongType = makeNode('iq', { id: '1', type: 'set', xmlns: 'encrypt' }, [
      makeNode('type', {}, Uint8Array.of(6)),
    ]);
    assert.equal(outcome(wrongType), 'malformed type.content');
  });

  it('asks for more than may be asked for at once', () => {
    const users = (count: number): Node =>
      makeNode('iq', { id: '1', type: 'get', xmlns: 'w:interop' }, [
        makeNode(
          'users',
          {},
          Array.from({ length: count }, (_, index) =>
            makeNode('user', { external_id: `u${index}@example.org`, integrator_id: '12' }),
          ),
        ),
      ]);
    assert.equal(outcome(users(lookUpMost)), 'iq');
    assert.equal(outcome(users(lookUpMost + 1)), 'too-many users.user');
    const more = Array.from({ length: 1025 }, (_, index) => makeNode('item', { id: String(index) }));
    const receipt = makeNode('receipt', { id: '1', type: 'read' }, [makeNode('list', {}, more)]);
    assert.equal(outcome(receipt), 'too-many list.item');
  });

  it('never puts what it holds into the failure', () => {
    const parsed = parseStanza(makeNode('message', { id: '1', from: 'secret-of-somebody' }));
    assert.equal(parsed.kind, 'failed');
    assert.equal(JSON.stringify(parsed).includes('secret'), false);
  });
});

describe('what is not known', () => {
  it('is kept apart, and can be acknowledged or refused', () => {
    const call = makeNode('call', { id: '1', from, type: 'x' });
    assert.equal(outcome(call), 'unknown');
    assert.equal(outcome(makeNode('constructor', {})), 'unknown');
    assert.equal(outcome(makeNode('iq', { id: '1', type: 'get', xmlns: 'constructor' })), 'iq');
    const refusal = ackOf(makeNode('message', { id: '1', from }, [makeNode('enc', {})]), 487);
    assert.deepEqual(refusal === undefined ? undefined : renderStanza(refusal).attrs, {
      id: '1',
      to: from,
      class: 'message',
      error: '487',
    });
    assert.equal(ackOf(makeNode('message', { from })), undefined);
    assert.equal(ackOf(makeNode('message', { id: '1', from: 'joe' })), undefined);
  });

  it('in an answer is a failure', () => {
    const answered = parseAnswer('look-up', []);
    assert.equal(answered.kind === 'failed' ? answered.text : answered.kind, 'result.users is missing');
  });
});

it('a display name of any length costs no message', () => {
  const parsed = parseStanza(makeNode('message', { id: '1', from, notify: `${'x'.repeat(1023)}😀` }));
  assert.equal(parsed.kind === 'message' ? parsed.notify : parsed.kind, `${'x'.repeat(1023)}\ufffd`);
});

it('any node is a stanza, an unknown one or a failure', () => {
  const tags = fc.constantFrom(
    'message',
    'receipt',
    'iq',
    'ib',
    'ack',
    'enc',
    'list',
    'keys',
    'retry',
    'users',
  );
  fc.assert(
    fc.property(nodesOf(fc.oneof(tags, texts)), (node) => {
      const parsed = parseStanza(node);
      if (parsed.kind !== 'failed') assert.doesNotThrow(() => renderStanza(parsed));
    }),
    { numRuns: 1000 },
  );
});

it('a stanza without one of its parts is read, or refused, and nothing else', () => {
  fc.assert(
    fc.property(stanzas, fc.nat(), (stanza, at) => {
      const node = renderStanza(stanza);
      const { content } = node;
      const names = Object.keys(node.attrs);
      const without = names[at % Math.max(names.length, 1)];
      const attrs = Object.fromEntries(Object.entries(node.attrs).filter(([name]) => name !== without));
      assert.doesNotThrow(() => parseStanza({ ...node, attrs }));
      assert.doesNotThrow(() => parseStanza({ ...node, content: undefined }));
      if (Array.isArray(content)) {
        assert.doesNotThrow(() => parseStanza({ ...node, content: content.slice(1) }));
      }
    }),
    { numRuns: 1000 },
  );
});

it('stanzas keep their contract under the fuzz', async () => {
  const { broken, outcomes } = await fuzz(target, 3000, 7);
  assert.deepEqual(broken, []);
  assert.ok((outcomes['message'] ?? 0) > 20 && (outcomes['iq'] ?? 0) > 20);
});
