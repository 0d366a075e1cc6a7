/** Invitations to rooms: https://xmpp.org/extensions/xep-0045.html#invite, https://xmpp.org/extensions/xep-0249.html */
import { createHash } from 'node:crypto';
import type { Element } from '@xmpp/xml';
import { BoundedMap } from '../../../core/bounded-map.ts';
import { remoteChatId, type MatrixUserId } from '../../../core/ids.ts';
import type { Arrival } from '../../../core/network.ts';
import { TokenBucket } from '../../../core/token-bucket.ts';
import { parseAddress, type Address } from '../ids.ts';
import { attribute } from '../stanza.ts';
import { writeHappening } from './happening.ts';
import { namespaces } from './namespaces.ts';
import { isOfServer } from './private-message.ts';

/** Who invites, and where to. */
export interface Invitation {
  readonly room: Address;
  readonly by: Address;
  /** Whether that is who invites: rooms may hide it, and those of another server can say what they like. */
  readonly vouched: boolean;
}

/** What is known of rooms that Matrix users are in. */
export interface KnownRooms {
  readonly isRoom: (address: Address) => boolean;
  /** Who an occupant is, where their room shows it to everybody there and may speak for them. */
  readonly personBehind: (occupant: Address) => Address | undefined;
}

/** The invitation that a message is, through the room or from person to person; `undefined` where it is none. */
export function invitationIn(stanza: Element, known: KnownRooms): Invitation | undefined {
  const from = parseAddress(attribute(stanza, 'from') ?? '');
  const type = attribute(stanza, 'type');
  if (from === undefined || type === 'error' || type === 'groupchat') return undefined;
  const invite = stanza.getChild('x', namespaces.mucUser)?.getChild('invite');
  if (invite !== undefined && from.full === from.bare && from.local !== '') {
    return { room: from, ...inviter(from, parseAddress(attribute(invite, 'from') ?? '') ?? from, known) };
  }
  const direct = stanza.getChild('x', namespaces.conference);
  const room = parseAddress((direct && attribute(direct, 'jid')) ?? '');
  if (room === undefined || room.local === '' || room.full !== room.bare) return undefined;
  // A room that invites in both ways at once speaks as itself; an occupant who writes privately hides behind theirs.
  const isOccupant = stanza.getChild('x', namespaces.mucUser) !== undefined || known.isRoom(from);
  const by = isOccupant ? known.personBehind(from) : from;
  return { room, by: by ?? from, vouched: by !== undefined };
}

/** Who invites through a room, as far as the room says it and may say it. */
function inviter(room: Address, named: Address, known: KnownRooms): Pick<Invitation, 'by' | 'vouched'> {
  if (named.bare !== room.bare)
    return { by: named, vouched: named.local !== '' && isOfServer(room.domain, named.domain) };
  const by = known.personBehind(named);
  return { by: by ?? named, vouched: by !== undefined };
}

/** Each makes a room on Matrix, whoever sends it: so many for a user at once, and then one a minute. */
const invitations = { atOnce: 20, perSecond: 1 / 60 };
const mostUsers = 10_000;

/** How many invitations each user gets. */
export class InvitationLimit {
  readonly #now: () => number;
  readonly #users = new BoundedMap<MatrixUserId, TokenBucket>(mostUsers);

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Whether one more may come. */
  take(user: MatrixUserId): boolean {
    const bucket =
      this.#users.get(user) ?? new TokenBucket(invitations.perSecond, invitations.atOnce, this.#now);
    this.#users.set(user, bucket);
    return bucket.take() === 0;
  }
}

/** The invitation as an arrival of the room. */
export function invitationArrival(
  { room, by, vouched }: Invitation,
  stanza: Element,
  user: MatrixUserId,
  at: number,
): Arrival {
  const chat = remoteChatId(room.bare);
  const raw = writeHappening({
    kind: 'membership',
    member: { in: 'matrix', userId: user },
    change: { kind: 'invite', ...(!vouched && { unvouched: true }) },
  });
  const id = attribute(stanza, 'id') ?? String(at);
  const digest = createHash('sha256')
    .update(JSON.stringify([stanza.attrs['from'], id, by.full]))
    .digest('base64url');
  const outerId = JSON.stringify(['room', chat, 'invite', user, digest]);
  return { outerId, chat, sender: by.bare, receiver: undefined, at, raw };
}
