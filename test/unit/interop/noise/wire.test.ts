import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { newCurveKeyPair } from '../../../../src/interop/noise/curve-key.ts';
import { createSessionCipher } from '../../../../src/interop/noise/session-cipher.ts';
import {
  createInitiatorWire,
  createResponderWire,
  type ClientPeer,
  type ServerPeer,
  type Wire,
  type WireStep,
} from '../../../../src/interop/noise/wire.ts';
import { noiseProfile } from '../../../../src/interop/profile/noise-profile.ts';
import { initiatorInput, now, payload, testServer } from './parties.ts';

const server = testServer();

function pair(maxFrame?: number): { client: Wire<ServerPeer>; host: Wire<ClientPeer> } {
  const limits = maxFrame === undefined ? {} : { maxFrame };
  return {
    client: createInitiatorWire({ ...initiatorInput(server), now: () => now, ...limits }),
    host: createResponderWire({ ...server.responder, ...limits }),
  };
}

/** What a wire makes of some bytes, which come one by one where `apart`. */
function feed<Peer>(wire: Wire<Peer>, bytes: Uint8Array, apart = false): WireStep<Peer>[] {
  const steps: WireStep<Peer>[] = [];
  const chunks = apart ? [...bytes].map((byte) => Uint8Array.of(byte)) : [bytes];
  for (const chunk of chunks) {
    wire.push(chunk);
    for (let next = wire.next(); next.kind !== 'more'; next = wire.next()) {
      steps.push(next);
      if (next.kind === 'failed') return steps;
    }
  }
  return steps;
}

function shake(client: Wire<ServerPeer>, host: Wire<ClientPeer>, apart = false): ClientPeer {
  assert.ok(client.first !== undefined);
  const [reply] = feed(host, client.first, apart);
  assert.ok(reply?.kind === 'reply');
  const [opened] = feed(client, reply.bytes, apart);
  assert.ok(opened?.kind === 'opened' && opened.bytes !== undefined);
  const [end] = feed(host, opened.bytes, apart);
  assert.ok(end?.kind === 'opened' && end.bytes === undefined);
  return end.peer;
}

function sealed<Peer>(wire: Wire<Peer>, text: string): Uint8Array {
  const frame = wire.seal(Buffer.from(text));
  assert.ok(frame instanceof Uint8Array);
  return frame;
}

function texts<Peer>(steps: readonly WireStep<Peer>[]): string[] {
  return steps.map((step) =>
    step.kind === 'message'
      ? Buffer.from(step.body).toString()
      : step.kind === 'failed'
        ? step.reason
        : step.kind,
  );
}

describe('wire', () => {
  it('carries messages both ways after the handshake, also byte by byte', () => {
    for (const apart of [false, true]) {
      const { client, host } = pair();
      const peer = shake(client, host, apart);
      assert.equal(peer.payload.token, payload.token);
      assert.equal(peer.payload.accountId, payload.accountId);
      assert.deepEqual(texts(feed(host, sealed(client, 'one'), apart)), ['one']);
      assert.deepEqual(texts(feed(client, Buffer.concat([sealed(host, ''), sealed(host, 'two')]), apart)), [
        '',
        'two',
      ]);
      assert.equal(client.end(), undefined);
      assert.equal(host.end(), undefined);
      assert.equal(client.held() + host.held(), 0);
    }
  });

  it('carries any messages in their order, however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 400 }),
        (bodies, size) => {
          const { client, host } = pair();
          shake(client, host);
          const stream = Buffer.concat(
            bodies.map((body) => client.seal(body)).filter((f) => f instanceof Uint8Array),
          );
          const read: string[] = [];
          for (let at = 0; at < stream.length; at += size)
            for (const step of feed(host, stream.subarray(at, at + size)))
              read.push(step.kind === 'message' ? Buffer.from(step.body).toString('hex') : step.kind);
          assert.deepEqual(
            read,
            bodies.map((body) => Buffer.from(body).toString('hex')),
          );
        },
      ),
      { numRuns: 50 },
    );
  });

  it('fails for good on frames that are repeated, left out, turned round, changed or too short', () => {
    const broken: ((frames: readonly [Uint8Array, Uint8Array]) => Uint8Array[])[] = [
      ([one]) => [one, one],
      ([, two]) => [two],
      ([one, two]) => [two, one],
      ([one]) => [one.map((byte, index) => (index === one.length - 1 ? byte ^ 1 : byte))],
    ];
    for (const change of broken) {
      const { client, host } = pair();
      shake(client, host);
      const frames = change([sealed(client, 'one'), sealed(client, 'two')]);
      assert.equal(texts(feed(host, Buffer.concat(frames))).at(-1), 'not-authentic');
      assert.deepEqual(texts(feed(host, sealed(client, 'three'))), ['not-authentic']);
      assert.equal(host.end()?.reason, 'not-authentic');
    }
    const { client, host } = pair();
    shake(client, host);
    assert.deepEqual(texts(feed(host, Uint8Array.of(0, 0, 15, ...new Uint8Array(15)))), ['frame-too-short']);
  });

  it('does not take its own frames back', () => {
    const { client, host } = pair();
    shake(client, host);
    assert.deepEqual(texts(feed(client, sealed(client, 'mirror'))), ['not-authentic']);
  });

  it('bounds frames by one limit in the handshake and another after it', () => {
    const { client, host } = pair(100);
    const early = pair().host;
    const length = noiseProfile.maxHandshakeFrame + 1;
    const hello = Uint8Array.of(...noiseProfile.prologue, 0, length >> 8, length & 255);
    assert.deepEqual(texts(feed(early, hello)), ['frame-too-large']);
    shake(client, host);
    assert.deepEqual(texts(feed(host, sealed(client, 'x'.repeat(84)))), ['x'.repeat(84)]);
    assert.deepEqual(texts(feed(host, sealed(client, 'x'.repeat(85)))), ['frame-too-large']);
  });

  it('takes nothing that is not sealed after the handshake, and no second handshake', () => {
    const { client, host } = pair();
    shake(client, host);
    assert.ok(client.first !== undefined);
    assert.equal(texts(feed(host, client.first.subarray(4)))[0], 'not-authentic');
  });

  it('knows an end within the prologue, the handshake or a frame as truncated', () => {
    const { client, host } = pair();
    assert.equal(host.end()?.reason, 'truncated');
    assert.equal(client.end()?.reason, 'truncated');
    shake(client, host);
    assert.equal(host.end(), undefined);
    feed(host, sealed(client, 'cut').subarray(0, 10));
    assert.equal(host.end()?.reason, 'truncated');
  });

  it('refuses to seal before the handshake, and more than a frame can say, without losing a count', () => {
    const { client, host } = pair();
    assert.throws(() => client.seal(new Uint8Array(1)));
    shake(client, host);
    const large = client.seal(new Uint8Array(2 ** 24 - 16));
    assert.ok(!(large instanceof Uint8Array));
    assert.equal(large.reason, 'frame-too-large');
    assert.deepEqual(texts(feed(host, sealed(client, 'next'))), ['next']);
  });

  it('survives any bytes at every state with one failure and nothing held', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 400 }),
        fc.constantFrom('first', 'waiting', 'open'),
        (bytes, state) => {
          const { client, host } = pair();
          if (state === 'open') shake(client, host);
          else if (state === 'waiting') feed(host, client.first ?? new Uint8Array(0));
          const steps = feed(host, bytes);
          assert.ok(steps.every((step) => step.kind === 'failed'));
          if (steps.length > 0) assert.equal(host.held(), 0);
          assert.ok(host.held() <= 2 * bytes.length + 64);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('session cipher', () => {
  it('closes when a counter is used up, on either side', () => {
    const [a, b] = [newCurveKeyPair().privateKey, newCurveKeyPair().privateKey];
    const ours = createSessionCipher(a, b, noiseProfile.lastCounter);
    const theirs = createSessionCipher(b, a, noiseProfile.lastCounter);
    const last = ours.seal(Buffer.from('last'));
    assert.ok(last instanceof Uint8Array);
    assert.equal(Buffer.from(theirs.open(last) as Uint8Array).toString(), 'last');
    const over = ours.seal(Buffer.from('over'));
    assert.ok(!(over instanceof Uint8Array));
    assert.equal(over.reason, 'counter-exhausted');
    const late = theirs.open(last);
    assert.ok(!(late instanceof Uint8Array));
    assert.equal(late.reason, 'counter-exhausted');
  });

  it('opens nothing any more after what did not open', () => {
    const [a, b] = [newCurveKeyPair().privateKey, newCurveKeyPair().privateKey];
    const ours = createSessionCipher(a, b);
    const theirs = createSessionCipher(b, a);
    const [first, second] = [ours.seal(Buffer.from('1')), ours.seal(Buffer.from('2'))];
    assert.ok(first instanceof Uint8Array && second instanceof Uint8Array);
    assert.ok(!(theirs.open(new Uint8Array(20)) instanceof Uint8Array));
    assert.ok(!(theirs.open(second) instanceof Uint8Array));
    assert.ok(!(theirs.open(first) instanceof Uint8Array));
  });
});
