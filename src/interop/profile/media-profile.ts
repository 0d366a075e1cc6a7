/**
 * What third-party chats say of media. Marks: `O` Meta's public overview v1.0.3, `P` public knowledge of the ordinary
 * client protocol, `U` unofficial, `G` our guess. A partner with the documents changes this file and no other.
 */

/** The kinds of file that have keys of their own. */
export type SealedKind = 'image' | 'video' | 'audio' | 'document' | 'sticker';

export const mediaProfile = {
  keys: {
    mark: 'P',
    hash: 'sha256',
    mediaKeyBytes: 32,
    /** What HKDF is told of each kind; a sticker is sealed as an image. */
    info: {
      image: 'WhatsApp Image Keys',
      video: 'WhatsApp Video Keys',
      audio: 'WhatsApp Audio Keys',
      document: 'WhatsApp Document Keys',
      sticker: 'WhatsApp Image Keys',
    } satisfies Record<SealedKind, string>,
    /** The parts of what HKDF answers, in their order. */
    ivBytes: 16,
    cipherKeyBytes: 32,
    macKeyBytes: 32,
    refKeyBytes: 32,
  },
  sealing: {
    mark: 'P',
    cipher: 'aes-256-cbc',
    blockBytes: 16,
    /** HMAC-SHA256 over iv and ciphertext, cut to so many bytes and put behind the ciphertext. */
    macBytes: 10,
    /** Of the file, and of all that lies on the host: ciphertext and MAC. */
    hashBytes: 32,
  },
  paths: {
    /** What a message carries for a file that a partner hosts: this, the integrator, `/`, the reference, `/`. */
    download: { mark: 'O', prefix: '/interop/whatsapp/download/' },
    /** What a message carries for a file that the gatekeeper hosts, asked of its media host: this and the reference. */
    hosted: { mark: 'O', prefix: '/v/t' },
    /** The integrator's number has 16 bits on the wire. */
    integrator: { mark: 'P', most: 0xffff },
  },
  references: {
    /** Of what a partner hosts: one segment of a path, in the characters that need no escape (RFC 3986, 2.3). */
    partner: { mark: 'G', pattern: /^(?!\.{1,2}$)[A-Za-z0-9._~-]{1,255}$/ },
    /** Of what the gatekeeper hosts: as in ordinary messages segments, and a query that says how long it is good. */
    hosted: {
      mark: 'P',
      pattern: /^[A-Za-z0-9._~-]+(?:\/[A-Za-z0-9._~-]+){0,7}(?:\?[A-Za-z0-9._~=&%+-]+)?$/,
      mostCharacters: 1024,
    },
  },
} as const;
