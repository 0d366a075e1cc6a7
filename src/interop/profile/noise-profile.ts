/** What the chat channel's handshake and framing take from elsewhere, each with its mark: see `mark.ts` and `profile.ts`. */
import type { Mark } from './mark.ts';

export type FieldType = 'bytes' | 'bool' | 'uint32' | 'uint64';

/** One field of a protobuf message: its number and type. */
export interface FieldSpec {
  readonly no: number;
  readonly type: FieldType;
  readonly mark: Mark;
}

/** The fields that are read and written; others are skipped. Embedded messages and enumerations are `bytes` and `uint32`. */
export type MessageSpec = Readonly<Record<string, FieldSpec>>;

export const noiseProfile = {
  /** [O] says "slightly modified Noise"; pattern and suite: [P]. Exactly 32 bytes with its zeros, so it is the first hash. */
  protocolName: 'Noise_XX_25519_AESGCM_SHA256\0\0\0\0',
  /** [P] `W`, `A`, the protocol's 6, the dictionary's version 3; sent once, before the initiator's first frame. */
  prologue: Uint8Array.of(0x57, 0x41, 0x06, 0x03),
  /** [P] How many of the prologue's bytes name the protocol; those after it are versions. */
  prologueName: 2,
  /** [P] A frame is its length in 3 bytes, big-endian, and that many bytes. */
  frameLengthBytes: 3,
  /** [P] A nonce is 8 zero bytes and a 32-bit big-endian counter. */
  nonceZeros: 8,
  /** [P] The counter's last value. There is no rekeying: a side that has used it closes. */
  lastCounter: 0xffff_ffff,

  /** [G] The longest frame of the handshake: a token of 4 KB [O] and a certificate chain are well within. */
  maxHandshakeFrame: 16_384,
  /** [G] The longest frame afterwards where the caller names none. The length field alone would allow 16 MiB [P]. */
  maxFrame: 262_144,

  /** [P] The key that signs WhatsApp's intermediate certificates, and the serial that they name as their issuer's. */
  root: {
    serial: 0,
    key: Uint8Array.from(
      Buffer.from('142375574d0a587166aae71ebe516437c4a28b73e3695c6ce1f7f9545da8ee6b', 'hex'),
    ),
  },
  /** [G] The longest certificate chain; one of two certificates is about 330 bytes. */
  maxChain: 2_048,

  /** [O] The longest token, in bytes. */
  maxToken: 4_096,
  /** [P] `ClientPayload.Product.INTEROP`. */
  productInterop: 2,

  handshakeMessage: {
    clientHello: { no: 2, type: 'bytes', mark: 'P' },
    serverHello: { no: 3, type: 'bytes', mark: 'P' },
    clientFinish: { no: 4, type: 'bytes', mark: 'P' },
  },
  clientHello: {
    ephemeral: { no: 1, type: 'bytes', mark: 'P' },
    static: { no: 2, type: 'bytes', mark: 'P' },
    payload: { no: 3, type: 'bytes', mark: 'P' },
  },
  serverHello: {
    ephemeral: { no: 1, type: 'bytes', mark: 'P' },
    static: { no: 2, type: 'bytes', mark: 'P' },
    payload: { no: 3, type: 'bytes', mark: 'P' },
  },
  clientFinish: {
    static: { no: 1, type: 'bytes', mark: 'P' },
    payload: { no: 2, type: 'bytes', mark: 'P' },
  },
  certChain: {
    leaf: { no: 1, type: 'bytes', mark: 'P' },
    intermediate: { no: 2, type: 'bytes', mark: 'P' },
  },
  certificate: {
    details: { no: 1, type: 'bytes', mark: 'P' },
    signature: { no: 2, type: 'bytes', mark: 'P' },
  },
  /** `notBefore` and `notAfter` are seconds since 1970. */
  certificateDetails: {
    serial: { no: 1, type: 'uint32', mark: 'P' },
    issuerSerial: { no: 2, type: 'uint32', mark: 'P' },
    key: { no: 3, type: 'bytes', mark: 'P' },
    notBefore: { no: 4, type: 'uint64', mark: 'P' },
    notAfter: { no: 5, type: 'uint64', mark: 'P' },
  },
  clientPayload: {
    product: { no: 20, type: 'uint32', mark: 'P' },
    interopData: { no: 38, type: 'bytes', mark: 'P' },
  },
  /** The token's field is [P]; that the JWT is in the last handshake message is [O]. */
  interopData: {
    accountId: { no: 1, type: 'uint64', mark: 'P' },
    token: { no: 2, type: 'bytes', mark: 'P' },
    enableReadReceipts: { no: 3, type: 'bool', mark: 'P' },
  },
} as const;
