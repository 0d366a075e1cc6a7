/** The XML namespaces of presence and of what people look like, each with the XEP that defines it (https://xmpp.org/extensions/). */
export const namespaces = {
  /** XEP-0030: Service Discovery */
  discoInfo: 'http://jabber.org/protocol/disco#info',
  /** XEP-0054: vcard-temp */
  vcard: 'vcard-temp',
  /** XEP-0060: Publish-Subscribe */
  pubsub: 'http://jabber.org/protocol/pubsub',
  pubsubEvent: 'http://jabber.org/protocol/pubsub#event',
  /** XEP-0084: User Avatar */
  avatarData: 'urn:xmpp:avatar:data',
  avatarMetadata: 'urn:xmpp:avatar:metadata',
  /** XEP-0085: Chat State Notifications */
  chatStates: 'http://jabber.org/protocol/chatstates',
  /** XEP-0115: Entity Capabilities */
  caps: 'http://jabber.org/protocol/caps',
  /** XEP-0153: vCard-Based Avatars */
  vcardUpdate: 'vcard-temp:x:update',
  /** XEP-0172: User Nickname */
  nick: 'http://jabber.org/protocol/nick',
  /** XEP-0184: Message Delivery Receipts */
  receipts: 'urn:xmpp:receipts',
  /** XEP-0203: Delayed Delivery */
  delay: 'urn:xmpp:delay',
  /** XEP-0292: vCard4 */
  vcard4: 'urn:xmpp:vcard4',
  /** XEP-0333: Displayed Markers */
  markers: 'urn:xmpp:chat-markers:0',
  /** XEP-0334: Message Processing Hints */
  hints: 'urn:xmpp:hints',
} as const;
