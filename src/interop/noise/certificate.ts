/**
 * The server's certificate chain [P]: a root key that the client has pinned signs an intermediate certificate, whose key
 * signs a leaf, whose key is the server's static key of the handshake.
 */
import { isCurveSignature } from '../../crypto/signal/curve-signature.ts';
import { noiseProfile } from '../profile/noise-profile.ts';
import { curveKeyBytes } from './curve-key.ts';
import { noiseFailure, type NoiseFailure } from './failure.ts';
import { readFields } from './fields.ts';

/** A key that is trusted to sign intermediate certificates, under the serial that they name. */
export interface PinnedRoot {
  readonly serial: number;
  readonly key: Uint8Array;
}

/** What a certificate says. Times are whole seconds since 1970, both of them inside the time of validity. */
export interface CertificateDetails {
  readonly serial: number;
  readonly issuerSerial: number;
  readonly key: Uint8Array;
  readonly notBefore: bigint;
  readonly notAfter: bigint;
}

export interface VerifiedChain {
  readonly kind: 'verified';
  readonly leaf: CertificateDetails;
  readonly intermediate: CertificateDetails;
}

export interface ChainCheck {
  readonly roots: readonly PinnedRoot[];
  /** The static key that the server has used in this handshake. */
  readonly serverKey: Uint8Array;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * Checks a chain as the client does. A signature is checked before what it signs is read; a certificate without an end
 * has expired.
 */
export function verifyChain(bytes: Uint8Array, check: ChainCheck): VerifiedChain | NoiseFailure {
  if (bytes.length > noiseProfile.maxChain) return noiseFailure('certificate-too-long');
  const chain = readFields(noiseProfile.certChain, bytes);
  const intermediate = readSigned(chain?.intermediate);
  const leaf = readSigned(chain?.leaf);
  if (intermediate === undefined || leaf === undefined) return noiseFailure('certificate-malformed');

  const above = readIntermediate(intermediate, check.roots);
  if ('kind' in above) return above;
  if (!isCurveSignature(above.key, leaf.details, leaf.signature))
    return noiseFailure('certificate-bad-signature');
  const below = readDetails(leaf.details);
  if (below === undefined) return noiseFailure('certificate-malformed');
  if (below.issuerSerial !== above.serial) return noiseFailure('certificate-wrong-issuer');
  if (Buffer.compare(below.key, check.serverKey) !== 0) return noiseFailure('certificate-wrong-key');

  const invalid = judgeTimes([above, below], check.now);
  return invalid ?? { kind: 'verified', leaf: below, intermediate: above };
}

interface Signed {
  readonly details: Uint8Array;
  readonly signature: Uint8Array;
}

function readSigned(bytes: Uint8Array | undefined): Signed | undefined {
  const fields = bytes === undefined ? undefined : readFields(noiseProfile.certificate, bytes);
  if (fields?.details === undefined || fields.signature?.length !== 64) return undefined;
  return { details: fields.details, signature: fields.signature };
}

/** By the pinned key that signed it: which one, is tried, so that nothing unsigned is read. */
function readIntermediate(
  intermediate: Signed,
  roots: readonly PinnedRoot[],
): CertificateDetails | NoiseFailure {
  const root = roots.find(({ key }) => isCurveSignature(key, intermediate.details, intermediate.signature));
  if (root === undefined) return noiseFailure('certificate-bad-signature');
  const details = readDetails(intermediate.details);
  if (details === undefined) return noiseFailure('certificate-malformed');
  return details.issuerSerial === root.serial ? details : noiseFailure('certificate-unknown-root');
}

function readDetails(bytes: Uint8Array): CertificateDetails | undefined {
  const fields = readFields(noiseProfile.certificateDetails, bytes);
  if (fields?.key?.length !== curveKeyBytes) return undefined;
  return {
    serial: fields.serial ?? 0,
    issuerSerial: fields.issuerSerial ?? 0,
    key: fields.key,
    notBefore: fields.notBefore ?? 0n,
    notAfter: fields.notAfter ?? 0n,
  };
}

function judgeTimes(certificates: readonly CertificateDetails[], now: number): NoiseFailure | undefined {
  const seconds = BigInt(Math.floor(now / 1000));
  if (certificates.some(({ notBefore }) => seconds < notBefore))
    return noiseFailure('certificate-not-yet-valid');
  if (certificates.some(({ notAfter }) => seconds > notAfter)) return noiseFailure('certificate-expired');
  return undefined;
}
