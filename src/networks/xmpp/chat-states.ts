/** Chat states: https://xmpp.org/extensions/xep-0085.html */
import xml, { type Element } from '@xmpp/xml';
import { namespaces } from './people-namespaces.ts';
import { elementsOf } from './stanza.ts';

/**
 * Whether a stanza says that its sender writes; undefined where it does not say. What comes late says nothing of now, and
 * a message ends its writing by itself.
 */
export function typingIn(stanza: Element): boolean | undefined {
  if (stanza.getChild('delay', namespaces.delay) !== undefined || stanza.getChild('body') !== undefined)
    return undefined;
  const state = elementsOf(stanza).find((child) => child.getNS() === namespaces.chatStates);
  switch (state?.getName()) {
    case 'composing':
      return true;
    case 'active':
    case 'paused':
    case 'inactive':
    case 'gone':
      return false;
    default:
      return undefined;
  }
}

/** What says that somebody writes, or has stopped; never stored for who is away. */
export function stateElements(typing: boolean): readonly Element[] {
  return [
    xml(typing ? 'composing' : 'paused', { xmlns: namespaces.chatStates }),
    xml('no-store', { xmlns: namespaces.hints }),
  ];
}

/**
 * A stanza that is to be sent, with what tells the other client that its user's states and markers are understood: an
 * active chat (5.1) and, for XEP-0333, that reading it may be marked. Only messages that ask for a receipt get them.
 */
export function announced(stanza: Element): Element {
  if (stanza.getChild('request', namespaces.receipts) === undefined) return stanza;
  stanza.append(xml('active', { xmlns: namespaces.chatStates }));
  stanza.append(xml('markable', { xmlns: namespaces.markers }));
  return stanza;
}
