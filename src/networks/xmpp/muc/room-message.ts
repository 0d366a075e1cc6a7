/** A message of a room, as it is kept: https://xmpp.org/extensions/xep-0045.html#message */
import { createHash } from 'node:crypto';
import xml, { type Element } from '@xmpp/xml';
import { xmlText } from '../characters.ts';
import { parseAddress } from '../ids.ts';
import { attribute, elementsOf, idIn, messageIdOf, ownText } from '../stanza.ts';
import type { RemoteMessageId, RemoteUserId } from '../../../core/ids.ts';
import { namespaces } from './namespaces.ts';

/** The name that a room put on a message (XEP-0359). Only the room's own counts, from a room that takes away forged ones. */
export function roomNameOf(stanza: Element, room: string): string | undefined {
  const given = stanza
    .getChildren('stanza-id', namespaces.stanzaId)
    .find((element) => attribute(element, 'by')?.toLowerCase() === room);
  const id = given === undefined ? '' : xmlText(attribute(given, 'id') ?? '');
  return id === '' || id.length > 1024 ? undefined : id;
}

/**
 * When the room says that it was said, for what it tells later (XEP-0203, XEP-0091). A sender's own claim counts for
 * nothing: rooms take away those in their own name, which has to be there letter for letter.
 */
export function roomTimeOf(stanza: Element, room: string): number | undefined {
  const delay = [
    ...stanza.getChildren('delay', namespaces.delay),
    ...stanza.getChildren('x', namespaces.oldDelay),
  ].find((element) => attribute(element, 'from') === room);
  const stamp = (delay && attribute(delay, 'stamp')) ?? '';
  const at = Date.parse(
    stamp.replace(/^(\d{4})(\d\d)(\d\d)T/, '$1-$2-$3T') + (/Z$|[+-]\d\d:\d\d$/.test(stamp) ? '' : 'Z'),
  );
  return Number.isFinite(at) && at > 0 ? at : undefined;
}

/** The topic that a message sets: one with a subject and no body (XEP-0045, 8.1). */
export function topicOf(stanza: Element): string | undefined {
  const subject = ownText(stanza, 'subject');
  return subject === undefined ||
    stanza.getChild('body') !== undefined ||
    stanza.getChild('thread') !== undefined
    ? undefined
    : subject;
}

/** The real address that an archive of a room which shows them adds to a message: the last, for senders may forge. */
export function archivedAddress(stanza: Element): RemoteUserId | undefined {
  const item = stanza.getChildren('x', namespaces.mucUser).at(-1)?.getChild('item');
  return parseAddress((item && attribute(item, 'jid')) ?? '')?.bare;
}

/** All ids that a message's author gave it. */
export function ownIdsOf(stanza: Element): readonly RemoteMessageId[] {
  const origin = stanza.getChild('origin-id', namespaces.stanzaId);
  const ids = [messageIdOf(stanza), origin === undefined ? undefined : idIn(origin)];
  return [...new Set(ids.filter((id) => id !== undefined))];
}

/** The text to keep: the same stanza with no name of the room's but the one that counts, and without what the room adds. */
export function rawOf(stanza: Element, room: string, name: string | undefined): string {
  const [from, id] = [attribute(stanza, 'from'), attribute(stanza, 'id')];
  const kept = elementsOf(stanza).filter((child) => !isOfRoom(child, room));
  const named =
    name === undefined ? [] : [xml('stanza-id', { xmlns: namespaces.stanzaId, by: room, id: name })];
  return xml(
    'message',
    { type: 'groupchat', from, ...(id === undefined ? {} : { id }) },
    ...kept,
    ...named,
  ).toString();
}

/**
 * The identity of a message, the same whether it is heard, read in the archive or told again: its name from the room.
 * Without one, a digest of its author, its id and what it says; and where it has no id either, of its time or, heard
 * live, of the moment: nothing tells it from a second "ok".
 */
export function outerIdOfRoom(
  stanza: Element,
  room: string,
  heard: { readonly name: string | undefined; readonly told: number | undefined; readonly at: number },
): string {
  if (heard.name !== undefined) return JSON.stringify(['room', room, heard.name]);
  const hash = createHash('sha256');
  for (const child of elementsOf(stanza)) if (!isOfRoom(child, room)) hash.update(child.toString());
  const id = messageIdOf(stanza) ?? ['told', heard.told ?? heard.at];
  return JSON.stringify(['room', room, attribute(stanza, 'from') ?? '', id, hash.digest('base64url')]);
}

function isOfRoom(child: Element, room: string): boolean {
  return (
    child.is('delay', namespaces.delay) ||
    child.is('x', namespaces.oldDelay) ||
    child.is('x', namespaces.mucUser) ||
    child.is('occupant-id', namespaces.occupantId) ||
    (child.is('stanza-id', namespaces.stanzaId) && attribute(child, 'by')?.toLowerCase() === room)
  );
}

/**
 * When something was said, never in the future. A room with an archive is not asked for what was said before: a time on
 * what it says live is a sender's forgery.
 */
export function saidAt(
  { told, archived }: { readonly told: number | undefined; readonly archived: boolean },
  { archive }: { readonly archive: boolean },
  now: number,
): number {
  return Math.min((archived || !archive ? told : undefined) ?? now, now);
}
