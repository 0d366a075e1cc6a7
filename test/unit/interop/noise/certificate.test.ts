import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { calculateSignature, verifySignature } from 'whatsapp-rust-bridge';
import { isCurveSignature, signByCurveKey } from '../../../../src/crypto/signal/curve-signature.ts';
import { issueCertificate, joinChain } from '../../../../src/interop/noise/certificate-issue.ts';
import { verifyChain } from '../../../../src/interop/noise/certificate.ts';
import { newCurveKeyPair } from '../../../../src/interop/noise/curve-key.ts';
import { writeFields } from '../../../../src/interop/noise/fields.ts';
import { finishInitiator, startInitiator } from '../../../../src/interop/noise/initiator.ts';
import { replyAsResponder } from '../../../../src/interop/noise/responder.ts';
import { noiseProfile } from '../../../../src/interop/profile/noise-profile.ts';
import { initiatorInput, now, nowSeconds, testServer, valid, type ServerChanges } from './parties.ts';

/** What a client says to a server whose chain is different, through a whole handshake. */
function judged(changes: ServerChanges): string {
  const server = testServer(changes);
  const start = startInitiator();
  const reply = replyAsResponder(start.message, server.responder);
  assert.ok(reply.kind === 'reply');
  const end = finishInitiator(start.state, reply.message, initiatorInput(server));
  return end.kind === 'failed' ? end.reason : end.kind;
}

describe('certificate chain', () => {
  it('is taken when the pinned root, the intermediate and the leaf fit', () => {
    assert.equal(judged({}), 'finished');
    assert.equal(judged({ leaf: { notBefore: nowSeconds, notAfter: nowSeconds } }), 'finished');
  });

  it('is refused by reason for everything that does not fit', () => {
    assert.equal(judged({ rootSigner: newCurveKeyPair() }), 'certificate-bad-signature');
    assert.equal(judged({ leafSigner: newCurveKeyPair() }), 'certificate-bad-signature');
    assert.equal(judged({ rootSerial: 8 }), 'certificate-unknown-root');
    assert.equal(judged({ leafIssuer: 12 }), 'certificate-wrong-issuer');
    assert.equal(judged({ leaf: { key: newCurveKeyPair().publicKey } }), 'certificate-wrong-key');
    assert.equal(judged({ leaf: { notAfter: nowSeconds - 1n } }), 'certificate-expired');
    assert.equal(judged({ intermediate: { notAfter: nowSeconds - 1n } }), 'certificate-expired');
    assert.equal(judged({ leaf: { notBefore: nowSeconds + 1n } }), 'certificate-not-yet-valid');
    assert.equal(judged({ intermediate: { notBefore: nowSeconds + 1n } }), 'certificate-not-yet-valid');
  });

  it('cannot be a leaf that the root signed itself, nor one signed by another leaf', () => {
    const server = testServer();
    const leaf = issueCertificate(server.root, { serial: 3, key: server.keys.publicKey, ...valid });
    const check = { roots: server.roots, serverKey: server.keys.publicKey, now };
    const direct = verifyChain(joinChain(leaf, leaf), check);
    assert.ok(direct.kind === 'failed');
    assert.equal(direct.reason, 'certificate-bad-signature');
  });

  it('is refused when it is too long, lacks a part, has no end, or is no chain', () => {
    const server = testServer();
    const check = { roots: server.roots, serverKey: server.keys.publicKey, now };
    const reason = (bytes: Uint8Array): string => {
      const result = verifyChain(bytes, check);
      return result.kind === 'failed' ? result.reason : result.kind;
    };
    const padding = Buffer.concat([Buffer.from('7a8010', 'hex'), Buffer.alloc(2_048)]);
    assert.equal(reason(Buffer.concat([server.responder.chain, padding])), 'certificate-too-long');
    assert.equal(reason(new Uint8Array(0)), 'certificate-malformed');
    assert.equal(reason(Buffer.from('not a chain')), 'certificate-malformed');
    const key = newCurveKeyPair().publicKey;
    const signed = (details: Uint8Array, signature = signByCurveKey(server.root.keys.privateKey, details)) =>
      writeFields(noiseProfile.certificate, { details, signature });
    const only = signed(writeFields(noiseProfile.certificateDetails, { issuerSerial: 7, key }));
    assert.equal(reason(writeFields(noiseProfile.certChain, { leaf: only })), 'certificate-malformed');
    assert.equal(reason(joinChain(only, signed(Buffer.from('??')))), 'certificate-malformed');
    assert.equal(
      reason(joinChain(only, signed(Buffer.from('??'), Buffer.alloc(63)))),
      'certificate-malformed',
    );
    const endless = writeFields(noiseProfile.certificateDetails, {
      serial: 1,
      issuerSerial: server.intermediate.serial,
      key: server.keys.publicKey,
    });
    const leaf = writeFields(noiseProfile.certificate, {
      details: endless,
      signature: signByCurveKey(server.intermediate.keys.privateKey, endless),
    });
    const middle = issueCertificate(server.root, {
      serial: server.intermediate.serial,
      key: server.intermediate.keys.publicKey,
      ...valid,
    });
    assert.equal(reason(joinChain(leaf, middle)), 'certificate-expired');
  });

  it('may be under any of several pinned roots', () => {
    const server = testServer();
    const other = { serial: 7, key: newCurveKeyPair().publicKey };
    const check = { roots: [other, ...server.roots], serverKey: server.keys.publicKey, now };
    assert.equal(verifyChain(server.responder.chain, check).kind, 'verified');
    assert.equal(verifyChain(server.responder.chain, { ...check, roots: [] }).kind, 'failed');
  });
});

describe('signatures by Curve25519 keys', () => {
  it('agree with an independent implementation, in both directions', () => {
    const message = Buffer.from('details');
    const keys = newCurveKeyPair();
    const theirs = calculateSignature(keys.privateKey, message);
    assert.equal(isCurveSignature(keys.publicKey, message, theirs), true);
    const ours = signByCurveKey(keys.privateKey, message);
    const typed = Buffer.concat([Uint8Array.of(5), keys.publicKey]);
    assert.equal(verifySignature(typed, message, ours), true);
  });

  it('are false, not an error, for anything else', () => {
    const keys = newCurveKeyPair();
    const message = Buffer.from('details');
    const signature = signByCurveKey(keys.privateKey, message);
    assert.equal(isCurveSignature(keys.publicKey, Buffer.from('detail'), signature), false);
    assert.equal(isCurveSignature(newCurveKeyPair().publicKey, message, signature), false);
    assert.equal(isCurveSignature(keys.publicKey, message, signature.subarray(1)), false);
    assert.equal(isCurveSignature(keys.publicKey.subarray(1), message, signature), false);
    assert.equal(isCurveSignature(new Uint8Array(32), message, new Uint8Array(64)), false);
    assert.equal(
      isCurveSignature(new Uint8Array(32).fill(255), message, new Uint8Array(64).fill(255)),
      false,
    );
  });
});
