/** The XML namespaces of the extensions that are carried, each with the XEP that defines it (https://xmpp.org/extensions/). */
export const namespaces = {
  /** XEP-0066: Out of Band Data */
  oob: 'jabber:x:oob',
  /** XEP-0071: XHTML-IM */
  xhtmlIm: 'http://jabber.org/protocol/xhtml-im',
  xhtml: 'http://www.w3.org/1999/xhtml',
  /** XEP-0080: User Location */
  geoloc: 'http://jabber.org/protocol/geoloc',
  /** XEP-0103: URL Address Information */
  urlData: 'http://jabber.org/protocol/url-data',
  /** XEP-0144: Roster Item Exchange */
  rosterExchange: 'http://jabber.org/protocol/rosterx',
  /** XEP-0184: Message Delivery Receipts */
  receipts: 'urn:xmpp:receipts',
  /** XEP-0166: Jingle, and XEP-0167: sound and pictures in it */
  jingle: 'urn:xmpp:jingle:1',
  jingleRtp: 'urn:xmpp:jingle:apps:rtp:1',
  /** XEP-0231: Bits of Binary */
  bits: 'urn:xmpp:bob',
  /** XEP-0234: Jingle File Transfer, whose metadata XEP-0385 uses */
  jingleFile: 'urn:xmpp:jingle:apps:file-transfer:5',
  /** XEP-0249: Direct MUC Invitations */
  conference: 'jabber:x:conference',
  /** XEP-0264: Jingle Content Thumbnails */
  thumbs: 'urn:xmpp:thumbs:1',
  /** XEP-0300: Use of Cryptographic Hash Functions */
  hashes: 'urn:xmpp:hashes:2',
  /** XEP-0308: Last Message Correction */
  correct: 'urn:xmpp:message-correct:0',
  /** XEP-0334: Message Processing Hints */
  hints: 'urn:xmpp:hints',
  /** XEP-0353: Jingle Message Initiation */
  jingleMessage: 'urn:xmpp:jingle-message:0',
  /** XEP-0004: Data Forms */
  dataForm: 'jabber:x:data',
  /** XEP-0359: Unique and Stable Stanza IDs */
  stanzaId: 'urn:xmpp:sid:0',
  /** XEP-0372: References */
  reference: 'urn:xmpp:reference:0',
  /** XEP-0380: Explicit Message Encryption */
  eme: 'urn:xmpp:eme:0',
  /** XEP-0382: Spoiler messages */
  spoiler: 'urn:xmpp:spoiler:0',
  /** XEP-0384: OMEMO, in the version that most clients speak and in the later ones */
  omemoLegacy: 'eu.siacs.conversations.axolotl',
  omemo1: 'urn:xmpp:omemo:1',
  omemo2: 'urn:xmpp:omemo:2',
  /** XEP-0027 and XEP-0373: OpenPGP */
  pgpLegacy: 'jabber:x:encrypted',
  openPgp: 'urn:xmpp:openpgp:0',
  /** XEP-0385: Stateless Inline Media Sharing */
  mediaSharing: 'urn:xmpp:sims:1',
  /** XEP-0393: Message Styling */
  styling: 'urn:xmpp:styling:0',
  /** XEP-0466: Ephemeral Messages */
  ephemeral: 'urn:xmpp:ephemeral:0',
  /** XEP-0422: Message Fastening, which version 0 of retraction used */
  fasten: 'urn:xmpp:fasten:0',
  /** XEP-0424: Message Retraction */
  retract0: 'urn:xmpp:message-retract:0',
  retract1: 'urn:xmpp:message-retract:1',
  /** XEP-0428: Fallback Indication */
  fallback: 'urn:xmpp:fallback:0',
  /** XEP-0444: Message Reactions */
  reactions: 'urn:xmpp:reactions:0',
  /** XEP-0446: File metadata element */
  fileMetadata: 'urn:xmpp:file:metadata:0',
  /** XEP-0447: Stateless File Sharing */
  fileSharing: 'urn:xmpp:sfs:0',
  /** XEP-0449: Stickers */
  stickers: 'urn:xmpp:stickers:0',
  /** XEP-0461: Message Replies */
  reply: 'urn:xmpp:reply:0',
} as const;
