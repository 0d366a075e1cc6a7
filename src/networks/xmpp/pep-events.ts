/** What people's servers tell of them unasked: https://xmpp.org/extensions/xep-0163.html#notify */
import type { Element } from '@xmpp/xml';
import { namespaces } from './people-namespaces.ts';
import { attribute, elementsOf } from './stanza.ts';

/** The nodes whose news the bridge wants to have. */
export const followedNodes = [namespaces.nick, namespaces.avatarMetadata] as const;

/**
 * What kind of news a message brings: of its sender's name or picture, of something else, or `undefined` where it is a
 * message of another kind. News is nothing that anybody wrote: it is neither kept nor answered.
 */
export function newsIn(stanza: Element): 'profile' | 'other' | undefined {
  const event = elementsOf(stanza).find((child) => child.is('event', namespaces.pubsubEvent));
  if (event === undefined || stanza.getChild('body') !== undefined) return undefined;
  const node = elementsOf(event).map((child) => attribute(child, 'node'));
  return node.some((name) => followedNodes.some((followed) => followed === name)) ? 'profile' : 'other';
}
