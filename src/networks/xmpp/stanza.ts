/** Message stanzas as XML text: https://www.rfc-editor.org/rfc/rfc6120#section-11 (the subset of XML that XMPP permits). */
import type { Element } from '@xmpp/xml';
import { parse } from 'ltx';
import { remoteMessageId, type RemoteMessageId } from '../../core/ids.ts';
import { xmlText } from './characters.ts';
import { namespaces } from './namespaces.ts';

/** The bounds of what is parsed: a server's own limit for a stanza, far more elements and depth than any client writes. */
export const stanzaLimits = {
  characters: 512 * 1024,
  elements: 5000,
  depth: 64,
  idCharacters: 1024,
} as const;

const tag = /<(\/?)[^\s<>/"'=]+(?:\s+[^\s<>/"'=]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*\s*(\/?)>/y;

/**
 * Parses one stanza. Total and linear in time: `too-large` beyond the bounds, `broken` for what is not one well-formed
 * element. The parser behind it knows no bounds and is quadratic on tags that do not end, so the tags are counted
 * first; that each end tag has the right name it sees itself.
 */
export function parseStanza(xml: string): Element | 'broken' | 'too-large' {
  if (xml.length > stanzaLimits.characters) return 'too-large';
  const checked = checkTags(xml);
  if (checked !== 'balanced') return checked;
  try {
    return parse(xml);
  } catch {
    return 'broken';
  }
}

function checkTags(xml: string): 'balanced' | 'broken' | 'too-large' {
  let depth = 0;
  let at = xml.indexOf('<');
  if (at === -1 || xml.slice(0, at).trim() !== '') return 'broken';
  for (let count = 0; count <= stanzaLimits.elements * 2; count += 1) {
    tag.lastIndex = at;
    const found = tag.exec(xml);
    if (found === null) return 'broken';
    const [whole, end, empty] = found;
    at += whole.length;
    if (end === '/') {
      if (empty === '/' || depth === 0) return 'broken';
      depth -= 1;
    } else if (empty === '') depth += 1;
    if (depth > stanzaLimits.depth) return 'too-large';
    if (depth === 0) return xml.slice(at).trim() === '' ? 'balanced' : 'broken';
    at = xml.indexOf('<', at);
    if (at === -1) return 'broken';
  }
  return 'too-large';
}

/** An attribute's value; absent and empty are the same. */
export function attribute(element: Element, name: string): string | undefined {
  const value: unknown = Object.hasOwn(element.attrs, name) ? element.attrs[name] : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The elements among an element's children. */
export function elementsOf(element: Element): readonly Element[] {
  return element.children.filter((child) => typeof child !== 'string');
}

/** The name of a message in an attribute, or `undefined` where there is none of a sane length. */
export function idIn(element: Element, name = 'id'): RemoteMessageId | undefined {
  const id = xmlText(attribute(element, name) ?? '');
  return id === '' || id.length > stanzaLimits.idCharacters ? undefined : remoteMessageId(id);
}

/**
 * The name by which later stanzas of a one-to-one chat refer to this one: its `id` attribute, which corrections
 * (XEP-0308), retractions (XEP-0424) and receipts (XEP-0184) use; where it has none, its origin-id (XEP-0359). Replies
 * and reactions prefer the origin-id where it differs, which no client is known to let happen in a one-to-one chat.
 */
export function messageIdOf(stanza: Element): RemoteMessageId | undefined {
  const origin = stanza.getChild('origin-id', namespaces.stanzaId);
  return idIn(stanza) ?? (origin === undefined ? undefined : idIn(origin));
}

/** The text of a child in the stanza's own namespace (body, subject): the one without a language, else the first. */
export function ownText(stanza: Element, name: string): string | undefined {
  return ownTextOf(stanza.getChildren(name).filter((child) => child.getNS() === stanza.getNS()));
}

/** Of elements that say the same in several languages the text without one, else the first. */
export function ownTextOf(elements: readonly Element[]): string | undefined {
  const chosen = elements.find((child) => attribute(child, 'xml:lang') === undefined) ?? elements[0];
  return chosen === undefined ? undefined : xmlText(chosen.getText());
}

/** Takes out of a stanza that is to be sent, in place, every character that XML cannot carry. */
export function scrubbed(element: Element): Element {
  for (const [name, value] of Object.entries(element.attrs)) {
    if (typeof value === 'string') element.attrs[name] = xmlText(value);
  }
  element.children = element.children.map((child) =>
    typeof child === 'string' ? xmlText(child) : scrubbed(child),
  );
  return element;
}
