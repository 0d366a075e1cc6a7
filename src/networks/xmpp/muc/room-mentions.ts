/** Whom people in a room call by their place there: https://xmpp.org/extensions/xep-0372.html with https://xmpp.org/extensions/xep-0045.html#terms-general */
import xml, { type Element } from '@xmpp/xml';
import { namespaces as texts } from '../namespaces.ts';
import { attribute, elementsOf } from '../stanza.ts';

/**
 * The stanza with the address of each of ours who is called by their nickname in the room: a nickname tells who has it now,
 * so this is for what is heard live. Total; what is no such mention stays as it is.
 */
export function withAddresses(
  stanza: Element,
  room: string,
  addressOf: (nick: string) => string | undefined,
): Element {
  const address = (child: Element): string | undefined => {
    const nick = child.is('reference', texts.reference) ? nickIn(child, room) : undefined;
    return nick === undefined ? undefined : addressOf(nick);
  };
  const children = elementsOf(stanza);
  if (children.every((child) => address(child) === undefined)) return stanza;
  const named = children.map((child) => {
    const found = address(child);
    return found === undefined
      ? child
      : xml(child.getName(), { ...child.attrs, uri: `xmpp:${encodeURI(found)}` }, ...elementsOf(child));
  });
  return xml(stanza.getName(), { ...stanza.attrs }, ...named);
}

function nickIn(reference: Element, room: string): string | undefined {
  const uri = attribute(reference, 'uri') ?? '';
  const place = `xmpp:${room}/`;
  if (!uri.toLowerCase().startsWith(place)) return undefined;
  try {
    return decodeURIComponent(uri.slice(place.length));
  } catch {
    return undefined;
  }
}
