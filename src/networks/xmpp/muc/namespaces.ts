/** The XML namespaces of rooms, each with the XEP that defines it (https://xmpp.org/extensions/). */
export const namespaces = {
  /** XEP-0004: Data Forms */
  form: 'jabber:x:data',
  /** XEP-0030: Service Discovery */
  discoInfo: 'http://jabber.org/protocol/disco#info',
  /** XEP-0045: Multi-User Chat */
  muc: 'http://jabber.org/protocol/muc',
  mucAdmin: 'http://jabber.org/protocol/muc#admin',
  mucOwner: 'http://jabber.org/protocol/muc#owner',
  mucUser: 'http://jabber.org/protocol/muc#user',
  roomConfig: 'http://jabber.org/protocol/muc#roomconfig',
  /** XEP-0054 and XEP-0153: vCards and their pictures, of rooms too (XEP-0486) */
  vcard: 'vcard-temp',
  vcardUpdate: 'vcard-temp:x:update',
  /** XEP-0059: Result Set Management */
  rsm: 'http://jabber.org/protocol/rsm',
  /** XEP-0091: the time of a delayed stanza, as it was written before XEP-0203 */
  oldDelay: 'jabber:x:delay',
  /** XEP-0199: XMPP Ping, with which one asks whether one is still in a room (XEP-0410) */
  ping: 'urn:xmpp:ping',
  /** XEP-0203: Delayed Delivery */
  delay: 'urn:xmpp:delay',
  /** XEP-0249: Direct MUC Invitations */
  conference: 'jabber:x:conference',
  /** XEP-0297: Stanza Forwarding */
  forward: 'urn:xmpp:forward:0',
  /** XEP-0313: Message Archive Management */
  mam: 'urn:xmpp:mam:2',
  /** XEP-0359: Unique and Stable Stanza IDs */
  stanzaId: 'urn:xmpp:sid:0',
  /** XEP-0422: Message Fastening, which version 0 of moderation used */
  fasten: 'urn:xmpp:fasten:0',
  /** XEP-0424: Message Retraction */
  retract0: 'urn:xmpp:message-retract:0',
  retract1: 'urn:xmpp:message-retract:1',
  /** XEP-0425: Moderated Message Retraction */
  moderate0: 'urn:xmpp:message-moderate:0',
  moderate1: 'urn:xmpp:message-moderate:1',
  /** XEP-0421: Occupant identifiers */
  occupantId: 'urn:xmpp:occupant-id:0',
  /** What marks a message as the bridge's own, in rooms without occupant ids */
  own: 'urn:causeway:own:0',
  /** What the bridge itself makes of presence and the like, to be kept until its turn comes; never on the wire */
  happening: 'urn:causeway:happening',
} as const;
