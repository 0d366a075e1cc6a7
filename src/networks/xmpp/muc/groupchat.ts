/**
 * What a stanza made for a direct chat becomes in a room. Replies (https://xmpp.org/extensions/xep-0461.html), reactions
 * (https://xmpp.org/extensions/xep-0444.html) and retractions (https://xmpp.org/extensions/xep-0424.html) name a message as
 * the room does; corrections (https://xmpp.org/extensions/xep-0308.html), and retractions of the older kind, by the id that
 * its author gave it. Receipts are not asked for in rooms (https://xmpp.org/extensions/xep-0184.html).
 */
import type { Element } from '@xmpp/xml';
import type { Target } from '../../../core/event.ts';
import type { RemoteMessageId } from '../../../core/ids.ts';
import { namespaces } from '../namespaces.ts';
import { attribute, elementsOf } from '../stanza.ts';
import { parseOwnIdName } from './occupant-names.ts';

/** The names of one stanza that a message went over as. */
export interface PartNames {
  /** As the room names it; its own id where the room gives no names. */
  readonly room: RemoteMessageId;
  readonly own: RemoteMessageId;
}

/** The parts of a message: each has its name from the room, followed by the one from its author. */
export function partsIn(target: Target): readonly PartNames[] {
  const parts: PartNames[] = [];
  let room: RemoteMessageId | undefined;
  for (const name of target.messageIds) {
    const own = parseOwnIdName(name);
    if (own === undefined) room = name;
    else if (room !== undefined) {
      parts.push({ room, own: name });
      room = undefined;
    }
  }
  return parts;
}

/** The target as the rendering for direct chats expects it: named by what its author named it. */
export function byOwnIds(target: Target, ownId: (name: RemoteMessageId) => RemoteMessageId): Target {
  const [first, ...others] = partsIn(target).map(({ own }) => ownId(own));
  return first === undefined ? target : { ...target, messageIds: [first, ...others] };
}

/** The target as the room names it. */
export function byRoomNames(target: Target): Target {
  const [first, ...others] = partsIn(target).map(({ room }) => room);
  return { ...target, messageIds: [first ?? target.messageIds[0], ...others] };
}

export interface GroupchatContext {
  /** The occupant's own address. */
  readonly from: string;
  /** The room's name for what an author's id names. */
  readonly roomNames: ReadonlyMap<string, string>;
  /** The occupant whom a reply is addressed to, where they are there. */
  readonly replyTo: string | undefined;
}

/** Changes the stanza in place. */
export function toGroupchat(stanza: Element, { from, roomNames, replyTo }: GroupchatContext): Element {
  stanza.attrs['type'] = 'groupchat';
  stanza.attrs['from'] = from;
  stanza.children = stanza.children.filter(
    (child) => typeof child === 'string' || !child.is('request', namespaces.receipts),
  );
  for (const child of elementsOf(stanza)) {
    if (child.is('reply', namespaces.reply)) {
      if (replyTo === undefined) delete child.attrs['to'];
      else child.attrs['to'] = replyTo;
    } else if (child.is('retract', namespaces.retract1)) {
      const id = attribute(child, 'id') ?? '';
      child.attrs['id'] = roomNames.get(id) ?? id;
    }
  }
  return stanza;
}
