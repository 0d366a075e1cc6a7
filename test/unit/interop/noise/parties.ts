import {
  issueCertificate,
  joinChain,
  type CertificateIssuer,
  type CertificateSubject,
} from '../../../../src/interop/noise/certificate-issue.ts';
import type { PinnedRoot } from '../../../../src/interop/noise/certificate.ts';
import { writeClientPayload } from '../../../../src/interop/noise/client-payload.ts';
import { newCurveKeyPair, type CurveKeyPair } from '../../../../src/interop/noise/curve-key.ts';
import type { InitiatorInput } from '../../../../src/interop/noise/initiator.ts';
import type { ResponderInput } from '../../../../src/interop/noise/responder.ts';

export const now = Date.UTC(2026, 5, 1);
export const nowSeconds = BigInt(now / 1000);
const day = 86_400n;

export const valid = { notBefore: nowSeconds - day, notAfter: nowSeconds + day };
export const token = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhQGV4YW1wbGUub3JnIn0.c2lnbmF0dXJl';
export const payload = { accountId: 10_853_634_039_893n, token, enableReadReceipts: true };

/** A server with its chain, and what clients pin of it. */
export interface TestServer {
  readonly root: CertificateIssuer;
  readonly intermediate: CertificateIssuer;
  readonly keys: CurveKeyPair;
  readonly roots: readonly PinnedRoot[];
  readonly responder: ResponderInput;
}

export interface ServerChanges {
  readonly leaf?: Partial<CertificateSubject>;
  readonly intermediate?: Partial<CertificateSubject>;
  /** The serial that the leaf names as its issuer's. */
  readonly leafIssuer?: number;
  /** Who signs the leaf, and who the intermediate, in place of the right one. */
  readonly leafSigner?: CurveKeyPair;
  readonly rootSigner?: CurveKeyPair;
  readonly rootSerial?: number;
}

export function testServer(changes: ServerChanges = {}): TestServer {
  const root = { serial: 7, keys: newCurveKeyPair() };
  const intermediate = { serial: 11, keys: newCurveKeyPair() };
  const keys = newCurveKeyPair();
  const middle = issueCertificate(
    { serial: changes.rootSerial ?? root.serial, keys: changes.rootSigner ?? root.keys },
    { serial: intermediate.serial, key: intermediate.keys.publicKey, ...valid, ...changes.intermediate },
  );
  const leaf = issueCertificate(
    { serial: changes.leafIssuer ?? intermediate.serial, keys: changes.leafSigner ?? intermediate.keys },
    { serial: 12, key: keys.publicKey, ...valid, ...changes.leaf },
  );
  return {
    root,
    intermediate,
    keys,
    roots: [{ serial: root.serial, key: root.keys.publicKey }],
    responder: { keys, chain: joinChain(leaf, middle) },
  };
}

export function initiatorInput(server: TestServer, keys = newCurveKeyPair()): InitiatorInput {
  return { keys, payload: writeClientPayload(payload), roots: server.roots, now };
}
