/**
 * What binary nodes look like, as far as no public document of Meta's says so. [P] is public knowledge of the
 * ordinary client protocol, from open-source clients; [G] is our own choice. The one stanza that the public overview
 * v1.0.3 prints [O] is in test/unit/interop/node/known-answer.test.ts and uses a part of this.
 */

export { doubleByteWords, singleByteWords } from './node-dictionary.ts';

/** [P] Tag bytes. A byte from 1 to 235 is a word of the dictionary. */
export const tags = {
  emptyList: 0,
  /** The first of four tables of 256 words; the next three follow. */
  firstDictionary: 236,
  interopAddress: 245,
  fbAddress: 246,
  deviceAddress: 247,
  list8: 248,
  list16: 249,
  addressPair: 250,
  hex: 251,
  bytes8: 252,
  bytes20: 253,
  bytes32: 254,
  nibbles: 255,
} as const;

/** [P] The flag byte before a node: this bit says that a zlib stream follows. */
export const deflatedFlag = 2;

/** [P] Text of at most this many characters is packed, two to a byte, where its alphabet allows. */
export const packedMax = 127;

/** [P] The two alphabets of packed text, by value; 15 fills the last half of an odd number of nibbles. */
export const nibbleAlphabet = '0123456789-.';
export const hexAlphabet = '0123456789ABCDEF';
export const packedFiller = 15;

/** [P] The domain byte of an address with device (tag 247), by server. */
export const deviceDomains = {
  's.whatsapp.net': 0,
  lid: 1,
  hosted: 128,
  'hosted.lid': 129,
} as const;

/** [P] The servers of addresses without device; an address elsewhere (an e-mail address) is plain text. */
export const pairServers = [
  's.whatsapp.net',
  'lid',
  'hosted',
  'hosted.lid',
  'c.us',
  'g.us',
  'broadcast',
  'newsletter',
  'bot',
  'msgr',
  'interop',
] as const;

/** [P] The servers that tags 245 and 246 name; the text form `integrator-user@interop` is [O]. */
export const interopServer = 'interop';
export const fbServer = 'msgr';

/** [G] Bounds of what is decoded; no source states any. */
export const nodeLimits = {
  /** Bytes of a node, inflated; a frame of the channel holds less than 16 MiB. */
  bytes: 4 * 1024 * 1024,
  depth: 32,
  /** Nodes of one list. */
  list: 8192,
  /** Nodes in all. */
  nodes: 16_384,
  /** Attributes of one node, and in all. */
  attributes: 128,
  allAttributes: 65_536,
} as const;
