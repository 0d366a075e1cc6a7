/** The XML namespaces that the link itself speaks, each with the XEP that defines it (https://xmpp.org/extensions/). */
export const namespaces = {
  /** RFC 6120: stanza errors */
  stanzas: 'urn:ietf:params:xml:ns:xmpp-stanzas',
  /** XEP-0004: Data Forms */
  form: 'jabber:x:data',
  /** XEP-0030: Service Discovery */
  discoInfo: 'http://jabber.org/protocol/disco#info',
  discoItems: 'http://jabber.org/protocol/disco#items',
  /** XEP-0045: Multi-User Chat */
  mucUser: 'http://jabber.org/protocol/muc#user',
  /** XEP-0054: vcard-temp */
  vcard: 'vcard-temp',
  /** XEP-0060: Publish-Subscribe */
  pubsub: 'http://jabber.org/protocol/pubsub',
  /** XEP-0085: Chat State Notifications */
  chatStates: 'http://jabber.org/protocol/chatstates',
  /** XEP-0092: Software Version */
  version: 'jabber:iq:version',
  /** XEP-0172: User Nickname */
  nick: 'http://jabber.org/protocol/nick',
  /** XEP-0184: Message Delivery Receipts */
  receipts: 'urn:xmpp:receipts',
  /** XEP-0191: Blocking Command */
  blocking: 'urn:xmpp:blocking',
  /** XEP-0199: XMPP Ping */
  ping: 'urn:xmpp:ping',
  /** XEP-0203: Delayed Delivery */
  delay: 'urn:xmpp:delay',
  /** XEP-0333: Displayed Markers */
  markers: 'urn:xmpp:chat-markers:0',
  /** XEP-0334: Message Processing Hints */
  hints: 'urn:xmpp:hints',
  /** XEP-0359: Unique and Stable Stanza IDs */
  stanzaId: 'urn:xmpp:sid:0',
  /** XEP-0421: what rooms put on all that is said there */
  occupantId: 'urn:xmpp:occupant-id:0',
  /** XEP-0363: HTTP File Upload */
  upload: 'urn:xmpp:http:upload:0',
} as const;
