/**
 * How a host makes its chain. The root's private key is needed only for an intermediate certificate, and can be kept away
 * from the server; the intermediate's signs a leaf for each static key of the server. Providers pin the root's public key.
 */
import { signByCurveKey } from '../../crypto/signal/curve-signature.ts';
import { noiseProfile } from '../profile/noise-profile.ts';
import type { CertificateDetails } from './certificate.ts';
import { curveKeyBytes, type CurveKeyPair } from './curve-key.ts';
import { writeFields } from './fields.ts';

/** Who signs: a root or an intermediate, with the serial by which what it signs names it. */
export interface CertificateIssuer {
  readonly serial: number;
  readonly keys: CurveKeyPair;
}

/** Whose key is signed, under which serial, and for how long (whole seconds since 1970). */
export type CertificateSubject = Omit<CertificateDetails, 'issuerSerial'>;

/** A certificate in its encoded form. Impossible sizes and times are bugs of the caller and throw. */
export function issueCertificate(issuer: CertificateIssuer, subject: CertificateSubject): Uint8Array {
  if (subject.key.length !== curveKeyBytes) throw new Error('a certificate is for a key of 32 bytes');
  if (subject.notAfter < subject.notBefore) throw new Error('a certificate ends before it begins');
  const details = writeFields(noiseProfile.certificateDetails, {
    ...subject,
    issuerSerial: issuer.serial,
  });
  return writeFields(noiseProfile.certificate, {
    details,
    signature: signByCurveKey(issuer.keys.privateKey, details),
  });
}

/** The chain that a server sends, of two certificates in their encoded forms. */
export function joinChain(leaf: Uint8Array, intermediate: Uint8Array): Uint8Array {
  return writeFields(noiseProfile.certChain, { leaf, intermediate });
}
