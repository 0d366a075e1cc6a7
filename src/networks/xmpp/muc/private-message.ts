/** Private messages in rooms: https://xmpp.org/extensions/xep-0045.html#privatemessage */
import { parseAddress, type Address } from '../ids.ts';
import { roomOf } from './occupant-names.ts';
import type { Rooms } from './rooms.ts';

/**
 * The person behind an occupant's address, where the room shows everybody everybody's: who writes privately there hides
 * from nobody whom they write to. A room only says whose its occupants are, and a hostile one says what it likes: it is
 * believed of people of its own server alone. `undefined` for all others, for one of ours, and for who is not there.
 */
export function personBehind(
  rooms: Pick<Rooms, 'room'>,
  occupant: Address,
  ours: string,
): Address | undefined {
  const room = rooms.room(occupant.bare);
  const nick = occupant.full.slice(occupant.bare.length + 1);
  if (nick === '' || room?.info?.showsAddresses !== true) return undefined;
  const user = room.ear.people.occupants.get(nick)?.user;
  // An occupant whose address the room did not tell has a name that is none.
  const person = user === undefined || roomOf(user) !== undefined ? undefined : parseAddress(user);
  if (person === undefined || person.local === '' || person.domain === ours) return undefined;
  return isOfServer(occupant.domain, person.domain) ? person : undefined;
}

/** Whether a room's domain is that of a server, or below it: the server of the accounts that the room may speak for. */
export function isOfServer(room: string, server: string): boolean {
  return room === server || room.endsWith(`.${server}`);
}
