// Hostile bytes for the chat channel: spoilt handshakes, chains, payloads and frames, and well sealed ones with bad contents.
import { issueCertificate, joinChain } from '../../src/interop/noise/certificate-issue.ts';
import { verifyChain } from '../../src/interop/noise/certificate.ts';
import { readClientPayload, writeClientPayload } from '../../src/interop/noise/client-payload.ts';
import { newCurveKeyPair } from '../../src/interop/noise/curve-key.ts';
import { noiseReasons, type NoiseFailure } from '../../src/interop/noise/failure.ts';
import { readFields, writeFields } from '../../src/interop/noise/fields.ts';
import { finishInitiator, startInitiator } from '../../src/interop/noise/initiator.ts';
import { finishResponder, replyAsResponder } from '../../src/interop/noise/responder.ts';
import { createResponderWire, type Wire } from '../../src/interop/noise/wire.ts';
import { noiseProfile } from '../../src/interop/profile/noise-profile.ts';
import { frames } from './noise-frames.ts';
import type { Random } from './random.ts';
import { spoil } from './spoil.ts';
import type { Target } from './target.ts';

const now = Date.UTC(2026, 5, 1);
const span = { notBefore: BigInt(now / 1000) - 100n, notAfter: BigInt(now / 1000) + 100n };
const root = { serial: 0, keys: newCurveKeyPair() };
const middle = { serial: 1, keys: newCurveKeyPair() };
const server = newCurveKeyPair();
const intermediate = issueCertificate(root, { serial: 1, key: middle.keys.publicKey, ...span });
const leaf = issueCertificate(middle, { serial: 2, key: server.publicKey, ...span });
const chain = joinChain(leaf, intermediate);
const roots = [{ serial: 0, key: root.keys.publicKey }];
const payload = writeClientPayload({ accountId: 7n, token: 'aaa.bbb.ccc', enableReadReceipts: true });
const responder = { keys: server, chain };
const initiator = { keys: newCurveKeyPair(), payload, roots, now };

/** A handshake that went well: its states are values, so each input can begin from them again. */
const good = (() => {
  const start = startInitiator();
  const reply = replyAsResponder(start.message, responder);
  if (reply.kind !== 'reply') throw new Error(reply.text);
  const end = finishInitiator(start.state, reply.message, initiator);
  if (end.kind !== 'finished') throw new Error(end.text);
  return { start, reply, end };
})();

/** Nothing throws, each failure has a known reason, and nothing that was changed under a seal is taken. */
export const noise: Target = {
  name: 'noise',
  // A stranger makes keys, which costs twenty times what the others do.
  attempt: (random) => (random.below(30) === 0 ? stranger : random.oneOf(others))(random),
};

const others = [hello, finish, finish, answer, chains, payloads, payloads, frames, frames];

function hello(random: Random): string {
  const bytes = random.below(4) === 0 ? random.bytes(random.below(80)) : respoilt(random, good.start.message);
  return `hello ${outcome(replyAsResponder(bytes, responder))}`;
}

function finish(random: Random): string {
  const end = finishResponder(good.reply.state, respoilt(random, good.end.message));
  if (end.kind === 'finished' && Buffer.compare(end.payload, payload) !== 0)
    throw new Error('another payload');
  return `finish ${outcome(end)}`;
}

function answer(random: Random): string {
  const end = finishInitiator(good.start.state, respoilt(random, good.reply.message), initiator);
  if (end.kind === 'finished' && Buffer.compare(end.chain.leaf.key, server.publicKey) !== 0)
    throw new Error('another server');
  return `answer ${outcome(end)}`;
}

/** A handshake message that is spoilt as a whole, in its inner message, or in one of that one's fields. */
function respoilt(random: Random, message: Uint8Array): Uint8Array {
  const outer = readFields(noiseProfile.handshakeMessage, message) ?? {};
  const level = random.below(4);
  if (level === 0) return spoil(random, message);
  const inner = (bytes: Uint8Array): Uint8Array => {
    if (level === 1) return spoil(random, bytes);
    const fields = Object.entries(readFields(noiseProfile.serverHello, bytes) ?? {});
    const which = random.below(fields.length);
    const changed: [string, Uint8Array][] = fields.map(([name, value], index) => [
      name,
      index === which ? spoil(random, value) : value,
    ]);
    return writeFields(noiseProfile.serverHello, Object.fromEntries<Uint8Array>(changed));
  };
  const changed: [string, Uint8Array][] = Object.entries(outer).map(([name, value]) => [name, inner(value)]);
  return writeFields(noiseProfile.handshakeMessage, Object.fromEntries<Uint8Array>(changed));
}

function chains(random: Random): string {
  const bytes =
    random.below(3) === 0
      ? joinChain(spoil(random, leaf), spoil(random, intermediate))
      : spoil(random, chain);
  return `chain ${outcome(verifyChain(bytes, { roots, serverKey: server.publicKey, now }))}`;
}

function payloads(random: Random): string {
  return `payload ${outcome(readClientPayload(spoil(random, payload)))}`;
}

/** A client that knows the protocol well and says what it should not: bad contents under good seals. */
function stranger(random: Random): string {
  const host = createResponderWire(responder);
  const start = startInitiator();
  const prologue = random.below(8) === 0 ? random.bytes(4) : Uint8Array.of(0x57, 0x41, 6, 3);
  const first = step(host, Buffer.concat([prologue, framed(start.message)]));
  if (typeof first === 'string') return `stranger ${first}`;
  const keys = random.below(4) === 0 ? { ...initiator.keys, publicKey: new Uint8Array(32) } : initiator.keys;
  const said = { ...initiator, keys, payload: spoil(random, payload) };
  const end = finishInitiator(start.state, first.subarray(3), said);
  if (end.kind === 'failed') throw new Error(end.text);
  const last = step(host, framed(end.message));
  return `stranger ${typeof last === 'string' ? last : 'replied'}`;
}

function framed(body: Uint8Array): Uint8Array {
  return Uint8Array.of(0, body.length >> 8, body.length & 255, ...body);
}

function step<Peer>(host: Wire<Peer>, bytes: Uint8Array): string | Uint8Array {
  host.push(bytes);
  const next = host.next();
  if (next.kind === 'reply') return next.bytes;
  if (next.kind === 'failed' && host.held() > 0) throw new Error('holds bytes after a failure');
  return outcome(next);
}

function outcome(result: NoiseFailure | { readonly kind: string }): string {
  if (result.kind !== 'failed' || !('reason' in result)) return result.kind;
  if (!noiseReasons.includes(result.reason)) throw new Error('failed for no known reason');
  return result.reason;
}
