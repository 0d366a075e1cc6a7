import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { agree, curveKeyPair, newCurveKeyPair } from '../../../../src/interop/noise/curve-key.ts';

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));

describe('Curve25519 keys', () => {
  it('give the published public keys and secret of RFC 7748, section 6.1', () => {
    const alice = curveKeyPair(bytes('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a'));
    const bob = curveKeyPair(bytes('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb'));
    const secret = bytes('4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742');
    assert.deepEqual(
      alice.publicKey,
      bytes('8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a'),
    );
    assert.deepEqual(
      bob.publicKey,
      bytes('de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f'),
    );
    for (const [ours, theirs] of [
      [alice, bob],
      [bob, alice],
    ] as const) {
      const agreed = agree(ours.privateKey, theirs.publicKey);
      assert.ok(agreed instanceof Uint8Array);
      assert.deepEqual(Uint8Array.from(agreed), secret);
    }
  });

  it('are new each time, and of the form that is read', () => {
    const keys = newCurveKeyPair();
    assert.notDeepEqual(newCurveKeyPair(), keys);
    assert.deepEqual(curveKeyPair(keys.privateKey), keys);
  });

  it('refuse sizes: a wrong public key is a failure, a wrong private key a bug', () => {
    const keys = newCurveKeyPair();
    for (const size of [0, 31, 33]) {
      const agreed = agree(keys.privateKey, new Uint8Array(size));
      assert.ok(!(agreed instanceof Uint8Array));
      assert.equal(agreed.reason, 'wrong-size');
      assert.throws(() => agree(new Uint8Array(size), keys.publicKey));
    }
  });
});
