/** Presence in rooms: https://xmpp.org/extensions/xep-0045.html#enter, #exit, #admin */
import type { Element } from '@xmpp/xml';
import type { MembershipEvent, Role } from '../../../core/event.ts';
import type { RemoteUserId } from '../../../core/ids.ts';
import { parseAddress } from '../ids.ts';
import { conditionOf } from '../iq.ts';
import { xmlText } from '../characters.ts';
import { attribute } from '../stanza.ts';
import { namespaces } from './namespaces.ts';

/** What a room says of an occupant. `code` is a status of XEP-0045, section 15.6. */
export interface RoomPresence {
  readonly type: 'available' | 'unavailable' | 'error';
  readonly nick: string;
  /** Whether it is about the receiver's own occupant. */
  readonly own: boolean;
  readonly codes: ReadonlySet<number>;
  readonly role: Role;
  /** The real bare address, where the receiver may see it. */
  readonly address: RemoteUserId | undefined;
  readonly occupantId: string | undefined;
  /** The nickname from now on, with code 303. */
  readonly newNick: string | undefined;
  /** The nickname of whoever did it, and why. */
  readonly actor: string | undefined;
  readonly reason: string | undefined;
  readonly destroyed: boolean;
  /** The condition of an error (RFC 6120, 8.3.3). */
  readonly condition: string | undefined;
}

const longestReason = 1000;

/** Reads a presence stanza that came from an occupant's address. Total: what is not there is `undefined`. */
export function readPresence(stanza: Element, nick: string): RoomPresence {
  const x = stanza.getChild('x', namespaces.mucUser);
  const item = x?.getChild('item');
  const type = attribute(stanza, 'type');
  const codes = new Set(
    (x?.getChildren('status') ?? []).slice(0, 32).map((status) => Number(status.attrs['code'])),
  );
  const destroy = x?.getChild('destroy');
  const jid = item === undefined ? undefined : attribute(item, 'jid');
  const newNick = item === undefined ? undefined : attribute(item, 'nick');
  const actor = item?.getChild('actor');
  return {
    type: type === 'error' || type === 'unavailable' ? type : 'available',
    nick,
    own: codes.has(110),
    codes,
    role: roleOf(attribute(item ?? stanza, 'affiliation'), attribute(item ?? stanza, 'role')),
    address: jid === undefined ? undefined : parseAddress(jid)?.bare,
    occupantId: occupantIdOf(stanza),
    newNick: newNick === undefined ? undefined : xmlText(newNick),
    actor: actor === undefined ? undefined : attribute(actor, 'nick'),
    reason: reasonIn(item) ?? reasonIn(destroy),
    destroyed: destroy !== undefined,
    condition: type === 'error' ? conditionOf(stanza) : undefined,
  };
}

/** XEP-0421. Counts only from a room that says it gives them out. */
export function occupantIdOf(stanza: Element): string | undefined {
  const element = stanza.getChild('occupant-id', namespaces.occupantId);
  return element === undefined ? undefined : attribute(element, 'id');
}

/** What an affiliation and a role (XEP-0045, section 5) come to. */
export function roleOf(affiliation: string | undefined, role: string | undefined): Role {
  if (affiliation === 'owner' || affiliation === 'admin') return affiliation;
  if (role === 'moderator' || role === 'visitor') return role;
  return 'member';
}

function reasonIn(element: Element | undefined): string | undefined {
  const text = xmlText(element?.getChildText('reason') ?? '').trim();
  return text === '' ? undefined : Array.from(text).slice(0, longestReason).join('');
}

/** XEP-0045, 15.6.2: how somebody went out. */
export function departure(
  codes: ReadonlySet<number>,
  reason: string | undefined,
): Extract<MembershipEvent['change'], { kind: 'leave' | 'kick' | 'ban' }> {
  if (codes.has(301)) return { kind: 'ban', reason };
  if (codes.has(307) || codes.has(321) || codes.has(322)) return { kind: 'kick', reason };
  return { kind: 'leave', reason };
}
