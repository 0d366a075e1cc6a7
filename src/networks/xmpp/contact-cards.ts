/**
 * People that are recommended: roster items (https://xmpp.org/extensions/xep-0144.html) as a vCard
 * (https://www.rfc-editor.org/rfc/rfc6350). A vCard that is shared as a file needs nothing of this.
 */
import type { Element } from '@xmpp/xml';
import type { Media } from '../../core/media.ts';
import { fileName } from './file-facts.ts';
import { parseAddress, type Address } from './ids.ts';
import { openBytes } from '../../core/inline-media.ts';
import { namespaces } from './namespaces.ts';
import { attribute } from './stanza.ts';

interface Contact {
  readonly address: Address;
  readonly name: string;
}

const cardType = 'text/vcard';
const longestName = 200;

/** The types under which vCards are shared. */
export function isCard(mimetype: string): boolean {
  return mimetype === cardType || mimetype === 'text/x-vcard' || mimetype === 'text/directory';
}

/** The card of those whom a stanza recommends, or `undefined` where it recommends nobody. */
export function readCards(stanza: Element): Media | undefined {
  const contacts = stanza
    .getChildren('x', namespaces.rosterExchange)
    .flatMap((exchange) => exchange.getChildren('item'))
    .filter((item) => (attribute(item, 'action') ?? 'add') !== 'delete')
    .flatMap(contactOf);
  const [first] = contacts;
  if (first === undefined) return undefined;
  const bytes = Buffer.from(contacts.map(cardOf).join(''));
  return {
    kind: 'contact',
    name: fileName(`${first.name}.vcf`) ?? 'contact.vcf',
    ...{ mimetype: cardType, size: bytes.byteLength },
    ...{ width: undefined, height: undefined, duration: undefined },
    ...{ waveform: undefined, blurhash: undefined, thumbnail: undefined },
    open: openBytes(bytes, cardType),
  };
}

function contactOf(item: Element): readonly Contact[] {
  const address = parseAddress(attribute(item, 'jid') ?? '');
  if (address === undefined) return [];
  const said = (attribute(item, 'name') ?? '').replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '').trim();
  const name = Array.from(said).slice(0, longestName).join('');
  return [{ address, name: name === '' ? address.bare : name }];
}

function cardOf({ address, name }: Contact): string {
  const lines = [
    'BEGIN:VCARD',
    'VERSION:4.0',
    `FN:${escaped(name)}`,
    `IMPP:xmpp:${encodeURI(address.bare)}`,
    'END:VCARD',
  ];
  return lines.map((line) => `${folded(line)}\r\n`).join('');
}

function escaped(text: string): string {
  return text.replace(/[\\,;]/g, '\\$&');
}

/** RFC 6350, 3.2: no line is longer than 75 bytes; one that goes on begins with a space. */
function folded(line: string): string {
  let written = '';
  let bytes = 0;
  for (const char of line) {
    const size = Buffer.byteLength(char);
    if (bytes + size > 75) {
      written += '\r\n ';
      bytes = 1;
    }
    written += char;
    bytes += size;
  }
  return written;
}
