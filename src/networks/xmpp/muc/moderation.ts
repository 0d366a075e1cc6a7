/**
 * Moderators take back what others wrote: https://xmpp.org/extensions/xep-0425.html, as it is and as it was with fastening
 * (https://xmpp.org/extensions/xep-0422.html). A moderator asks the room, and the room tells everybody.
 */
import xml, { type Element } from '@xmpp/xml';
import type { RemoteMessageId } from '../../../core/ids.ts';
import { xmlText } from '../characters.ts';
import { attribute, idIn, scrubbed } from '../stanza.ts';
import { namespaces } from './namespaces.ts';
import { occupantIdOf } from './room-presence.ts';

/** The version that a room speaks. */
export type ModerationVersion = 0 | 1;

/** What a room tells of a message that a moderator took back. */
export interface Moderation {
  /** The room's name for the message. */
  readonly target: RemoteMessageId;
  /** The nickname and the occupant id (XEP-0421) of who did it, as far as the room says. */
  readonly nick: string | undefined;
  readonly occupantId: string | undefined;
  readonly reason: string | undefined;
}

const longestReason = 1000;

/**
 * Reads it; `undefined` where the stanza is none. Whether it counts is for the caller to see: only what comes from the
 * room itself does (section 6). What is left of a message in an archive is none.
 */
export function moderationIn(stanza: Element, room: string): Moderation | undefined {
  for (const retract of stanza.getChildren('retract', namespaces.retract1)) {
    const moderated = retract.getChild('moderated', namespaces.moderate1);
    if (moderated !== undefined) return read(retract, moderated, retract, room);
  }
  for (const fastening of stanza.getChildren('apply-to', namespaces.fasten)) {
    const moderated = fastening.getChild('moderated', namespaces.moderate0);
    if (moderated?.getChild('retract', namespaces.retract0) !== undefined)
      return read(fastening, moderated, moderated, room);
  }
  return undefined;
}

function read(named: Element, moderated: Element, reasoned: Element, room: string): Moderation | undefined {
  const target = idIn(named);
  if (target === undefined) return undefined;
  const by = attribute(moderated, 'by') ?? '';
  const nick = by.slice(0, room.length + 1).toLowerCase() === `${room}/` ? by.slice(room.length + 1) : '';
  const reason = xmlText(reasoned.getChildText('reason') ?? '').trim();
  return {
    target,
    nick: nick === '' ? undefined : nick,
    occupantId: occupantIdOf(moderated),
    reason: reason === '' ? undefined : Array.from(reason).slice(0, longestReason).join(''),
  };
}

/** The newest version among a room's features that is spoken here. */
export function moderationVersion(features: ReadonlySet<string | undefined>): ModerationVersion | undefined {
  if (features.has(namespaces.moderate1)) return 1;
  return features.has(namespaces.moderate0) ? 0 : undefined;
}

/** What a moderator asks the room for. */
export function moderationRequest(
  version: ModerationVersion,
  target: string,
  reason: string | undefined,
): Element {
  const reasons = reason === undefined ? [] : [xml('reason', {}, reason)];
  if (version === 1) {
    const retract = xml('retract', { xmlns: namespaces.retract1 });
    return scrubbed(xml('moderate', { xmlns: namespaces.moderate1, id: target }, retract, ...reasons));
  }
  const retract = xml('retract', { xmlns: namespaces.retract0 });
  const moderate = xml('moderate', { xmlns: namespaces.moderate0 }, retract, ...reasons);
  return scrubbed(xml('apply-to', { xmlns: namespaces.fasten, id: target }, moderate));
}
