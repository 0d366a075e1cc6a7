/**
 * Signs that a stanza's content is encrypted: https://xmpp.org/extensions/xep-0380.html,
 * https://xmpp.org/extensions/xep-0384.html, https://xmpp.org/extensions/xep-0454.html (aesgcm)
 */
import type { Element } from '@xmpp/xml';
import { fileAddresses } from './files.ts';
import { namespaces } from './namespaces.ts';
import { ownText } from './stanza.ts';

const omemo: readonly string[] = [namespaces.omemoLegacy, namespaces.omemo1, namespaces.omemo2];

/** Whether what the stanza says can be read only with a key. An OMEMO message without a payload carries keys alone. */
export function isEncrypted(stanza: Element): boolean {
  const envelopes = omemo.flatMap((version) => stanza.getChildren('encrypted', version));
  if (envelopes.some((envelope) => envelope.getChild('payload') !== undefined)) return true;
  const announced = stanza.getChild('encryption', namespaces.eme) !== undefined;
  if (announced && envelopes.length === 0) return true;
  if (stanza.getChild('openpgp', namespaces.openPgp) !== undefined) return true;
  if (stanza.getChild('x', namespaces.pgpLegacy) !== undefined) return true;
  const words = [ownText(stanza, 'body') ?? '', ...fileAddresses(stanza)];
  return words.some((text) => /^\s*(?:aesgcm:\/\/|\?OTR[:?,|v])/i.test(text));
}

/** Whether the stanza carries keys for an encrypted session and nothing to read. */
export function isKeyTransport(stanza: Element): boolean {
  return omemo.some((version) => stanza.getChild('encrypted', version) !== undefined) && !isEncrypted(stanza);
}
