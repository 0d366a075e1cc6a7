import { createHash, randomUUID } from 'node:crypto';
import type { Element } from '@xmpp/xml';
import type { Address } from './ids.ts';
import { namespaces } from './link-namespaces.ts';
import { attribute, elementsOf, messageIdOf } from './stanza.ts';

/**
 * The identity of a stanza that came in. A server that hands over the same stanza again gives the same identity: it is
 * made of the sender's full address (the client's own session), the receiver, the stanza's type and id, and a digest of
 * what it says without what servers add on the way (delay, stanza-id). The digest is there because some clients count
 * their ids anew after each start: two different messages under one id are two. A stanza without an id gets a random
 * identity and is never taken for another, so a repeat of it would show twice; nothing tells it from a second "ok".
 */
export function outerIdOf(stanza: Element, sender: Address, to: string): string {
  const id = messageIdOf(stanza);
  if (id === undefined) return JSON.stringify([sender.full, to, randomUUID()]);
  const hash = createHash('sha256');
  for (const child of elementsOf(stanza)) if (!isAddedByServers(child)) hash.update(child.toString());
  const type = attribute(stanza, 'type') ?? 'normal';
  return JSON.stringify([sender.full, to, type, id, hash.digest('base64url')]);
}

function isAddedByServers(child: Element): boolean {
  return (
    child.is('delay', namespaces.delay) ||
    child.is('stanza-id', namespaces.stanzaId) ||
    child.is('x', 'jabber:x:delay')
  );
}
