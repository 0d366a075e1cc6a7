import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { noiseProfile } from '../../../../src/interop/profile/noise-profile.ts';
import { readClientPayload } from '../../../../src/interop/noise/client-payload.ts';
import { newCurveKeyPair } from '../../../../src/interop/noise/curve-key.ts';
import { readFields, writeFields } from '../../../../src/interop/noise/fields.ts';
import { writeHandshakeMessage } from '../../../../src/interop/noise/handshake-message.ts';
import { finishInitiator, startInitiator } from '../../../../src/interop/noise/initiator.ts';
import { finishResponder, replyAsResponder } from '../../../../src/interop/noise/responder.ts';
import { initiatorInput, payload, testServer } from './parties.ts';

const server = testServer();

/** All three messages and both ends of a handshake that goes well. */
function handshake() {
  const input = initiatorInput(server);
  const start = startInitiator();
  const reply = replyAsResponder(start.message, server.responder);
  assert.ok(reply.kind === 'reply');
  const client = finishInitiator(start.state, reply.message, input);
  assert.ok(client.kind === 'finished');
  return { input, start, reply, client };
}

function reasonOf(result: { readonly kind: string; readonly reason?: string }): string | undefined {
  return result.kind === 'failed' ? result.reason : undefined;
}

/** Points whose multiple by any private key is zero, of RFC 7748 and its discussions. */
const lowOrder = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000080',
].map((hex) => Uint8Array.from(Buffer.from(hex, 'hex')));

describe('handshake', () => {
  it('gives both sides the same keys, the client the chain, the server key and payload', () => {
    const { input, reply, client } = handshake();
    const end = finishResponder(reply.state, client.message);
    assert.ok(end.kind === 'finished');
    assert.deepEqual(end.keys, client.keys);
    assert.notDeepEqual(end.keys.initiator, end.keys.responder);
    assert.deepEqual(Buffer.from(end.clientKey), Buffer.from(input.keys.publicKey));
    assert.deepEqual(readClientPayload(end.payload), { kind: 'payload', ...payload });
    assert.deepEqual(client.chain.leaf.key, server.keys.publicKey);
  });

  it('says nothing of the client before the last message, and nothing readable there', () => {
    const { input, start, client } = handshake();
    for (const message of [start.message, client.message]) {
      assert.equal(Buffer.from(message).includes(Buffer.from(input.keys.publicKey)), false);
      assert.equal(Buffer.from(message).includes('eyJ'), false);
    }
  });

  it('refuses low-order points from either side', () => {
    for (const ephemeral of lowOrder) {
      const hello = writeHandshakeMessage({ kind: 'client-hello', ephemeral });
      assert.equal(reasonOf(replyAsResponder(hello, server.responder)), 'low-order-point');
      const start = startInitiator();
      const answer = writeHandshakeMessage({
        kind: 'server-hello',
        ephemeral,
        sealedStatic: new Uint8Array(48),
        sealedPayload: new Uint8Array(64),
      });
      assert.equal(reasonOf(finishInitiator(start.state, answer, initiatorInput(server))), 'low-order-point');
    }
  });

  it('refuses a static key of low order inside the seal', () => {
    const { input, start } = handshake();
    const bad = { ...newCurveKeyPair(), publicKey: new Uint8Array(32) };
    const fake = replyAsResponder(start.message, { ...server.responder, keys: bad });
    assert.ok(fake.kind === 'reply');
    assert.equal(reasonOf(finishInitiator(start.state, fake.message, input)), 'low-order-point');

    const reply = replyAsResponder(start.message, server.responder);
    assert.ok(reply.kind === 'reply');
    const client = finishInitiator(start.state, reply.message, { ...input, keys: bad });
    assert.ok(client.kind === 'finished');
    assert.equal(reasonOf(finishResponder(reply.state, client.message)), 'low-order-point');
  });

  it('refuses messages out of their order, and several at once', () => {
    const { start, reply, client, input } = handshake();
    assert.equal(reasonOf(replyAsResponder(client.message, server.responder)), 'wrong-message');
    assert.equal(reasonOf(replyAsResponder(reply.message, server.responder)), 'wrong-message');
    assert.equal(reasonOf(finishResponder(reply.state, start.message)), 'wrong-message');
    assert.equal(reasonOf(finishResponder(reply.state, reply.message)), 'wrong-message');
    assert.equal(reasonOf(finishInitiator(start.state, start.message, input)), 'wrong-message');
    const both = Buffer.concat([start.message, client.message]);
    assert.equal(reasonOf(replyAsResponder(both, server.responder)), 'wrong-message');
    assert.equal(
      reasonOf(replyAsResponder(Buffer.concat([start.message, start.message]), server.responder)),
      'malformed-message',
    );
  });

  it('refuses what is replayed from another handshake', () => {
    const first = handshake();
    const second = handshake();
    assert.equal(reasonOf(finishResponder(second.reply.state, first.client.message)), 'not-authentic');
    assert.equal(
      reasonOf(finishInitiator(second.start.state, first.reply.message, second.input)),
      'not-authentic',
    );
    const again = replyAsResponder(first.start.message, server.responder);
    assert.ok(again.kind === 'reply');
    assert.equal(reasonOf(finishResponder(again.state, first.client.message)), 'not-authentic');
  });

  it('refuses keys and parts of wrong sizes, and the first message of another pattern', () => {
    const hello = (ephemeral: Uint8Array, more = {}): Uint8Array =>
      writeFields(noiseProfile.handshakeMessage, {
        clientHello: writeFields(noiseProfile.clientHello, { ephemeral, ...more }),
      });
    for (const size of [0, 31, 33, 64])
      assert.equal(reasonOf(replyAsResponder(hello(new Uint8Array(size)), server.responder)), 'wrong-size');
    const key = newCurveKeyPair().publicKey;
    assert.equal(
      reasonOf(replyAsResponder(hello(key, { static: new Uint8Array(48) }), server.responder)),
      'wrong-pattern',
    );
    assert.equal(reasonOf(replyAsResponder(new Uint8Array(0), server.responder)), 'wrong-message');
    const { reply } = handshake();
    for (const [parts, bytes] of [
      [47, 16],
      [49, 16],
      [48, 15],
    ] as const) {
      const finish = writeHandshakeMessage({
        kind: 'client-finish',
        sealedStatic: new Uint8Array(parts),
        sealedPayload: new Uint8Array(bytes),
      });
      assert.equal(reasonOf(finishResponder(reply.state, finish)), 'wrong-size');
    }
  });

  it('fails for every message of which a single bit was changed, and never throws', () => {
    const { start, reply, client, input } = handshake();
    const flipped = (message: Uint8Array, bit: number): Uint8Array => {
      const copy = Uint8Array.from(message);
      const index = (bit >> 3) % copy.length;
      copy[index] = (copy[index] ?? 0) ^ (1 << (bit & 7));
      return copy;
    };
    fc.assert(
      fc.property(fc.nat(100_000), (bit) => {
        assert.equal(finishResponder(reply.state, flipped(client.message, bit)).kind, 'failed');
        assert.equal(finishInitiator(start.state, flipped(reply.message, bit), input).kind, 'failed');
        const hello = flipped(start.message, bit);
        const answer = replyAsResponder(hello, server.responder);
        // A changed key is only seen when the answer does not fit it.
        if (answer.kind === 'reply')
          assert.equal(finishInitiator(start.state, answer.message, input).kind, 'failed');
      }),
      { numRuns: 300 },
    );
  });

  it('reads any bytes to a value, and no cut message to a good one', () => {
    const { start, reply, client, input } = handshake();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(400), (bytes, cut) => {
        assert.equal(replyAsResponder(bytes, server.responder).kind, 'failed');
        assert.equal(finishResponder(reply.state, bytes).kind, 'failed');
        assert.equal(finishInitiator(start.state, bytes, input).kind, 'failed');
        const part = client.message.subarray(0, cut % client.message.length);
        assert.equal(finishResponder(reply.state, part).kind, 'failed');
      }),
      { numRuns: 300 },
    );
  });
});

describe('fields', () => {
  const spec = noiseProfile.certificateDetails;

  it('reads back what it writes', () => {
    fc.assert(
      fc.property(
        fc.record(
          {
            serial: fc.nat(0xffff_ffff),
            issuerSerial: fc.nat(0xffff_ffff),
            key: fc.uint8Array({ maxLength: 300 }),
            notBefore: fc.bigInt(0n, 2n ** 64n - 1n),
            notAfter: fc.bigInt(0n, 2n ** 64n - 1n),
          },
          { requiredKeys: [] },
        ),
        (values) => {
          assert.deepEqual(readFields(spec, writeFields(spec, values)), { ...values });
        },
      ),
    );
  });

  it('skips what it does not know, and refuses doubles, wrong wire types and broken bytes', () => {
    const known = writeFields(spec, { serial: 5 });
    // Field 15 in each wire type: varint, 64 bits, bytes, a group with a varint in it, 32 bits.
    const others = ['7801', '790102030405060708', '7a020102', '7b08017c', '7d01020304'];
    for (const other of others)
      assert.deepEqual(readFields(spec, Buffer.concat([Buffer.from(other, 'hex'), known])), { serial: 5 });
    const broken = [
      '08',
      '0880',
      '78',
      '7880',
      '79',
      '7d0102',
      '7a05',
      '0d01020304',
      '0a0101',
      '1a05aa',
      '7b',
      '7f',
      '00',
      'ffffffffffffffffffffff',
    ];
    for (const hex of broken) assert.equal(readFields(spec, Buffer.from(hex, 'hex')), undefined, hex);
    assert.equal(readFields(spec, Buffer.concat([known, known])), undefined);
    const nested = Buffer.alloc(100_000, 0x7b);
    assert.equal(readFields(spec, nested), undefined);
  });
});
