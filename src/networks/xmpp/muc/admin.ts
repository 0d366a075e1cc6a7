/** What moderators and administrators of a room do: https://xmpp.org/extensions/xep-0045.html#moderator, #admin, #owner */
import xml, { type Element } from '@xmpp/xml';
import type { Role } from '../../../core/event.ts';
import { failedForGood, type Failed } from '../../../core/outcome.ts';
import type { Link } from '../client.ts';
import { scrubbed } from '../stanza.ts';
import { namespaces } from './namespaces.ts';
import { failureOf } from './room-info.ts';

const patienceMs = 20_000;

/** Whom something is done to. What is not known is `undefined`: an address that the room hides, a nickname of one who left. */
export interface Affected {
  readonly nick: string | undefined;
  readonly address: string | undefined;
  readonly role: Role | undefined;
}
/** What can be done to somebody by who may. */
export type Administration =
  | { readonly kind: 'kick' | 'ban'; readonly reason: string | undefined }
  | { readonly kind: 'unban' }
  | { readonly kind: 'role'; readonly role: Role };

/** Does it as one of the room's occupants. The room decides whether that one may: `forbidden`. */
export async function administer(
  link: Link,
  by: string,
  room: string,
  whom: Affected,
  change: Administration,
): Promise<undefined | Failed> {
  const item = itemFor(whom, change);
  if (item === undefined) return failedForGood('no-such-user');
  const child = scrubbed(xml('query', namespaces.mucAdmin, item));
  const answer = await link.ask({ type: 'set', from: by, to: room, child }, patienceMs);
  return answer.kind === 'result' ? undefined : failureOf(answer, 'no-such-user');
}

/** The item that asks for a change, or `undefined` where the one whom it is about cannot be named. */
export function itemFor({ nick, address, role }: Affected, change: Administration): Element | undefined {
  const byNick = nick === undefined ? undefined : { nick };
  // Affiliations belong to addresses; servers look the address up for a nickname that is in the room.
  const byAddress = address === undefined ? byNick : { jid: address };
  const item = (
    who: Record<string, string> | undefined,
    what: Record<string, string>,
  ): Element | undefined => {
    if (who === undefined) return undefined;
    const reason = 'reason' in change ? change.reason : undefined;
    return xml('item', { ...who, ...what }, ...(reason === undefined ? [] : [xml('reason', {}, reason)]));
  };
  switch (change.kind) {
    case 'kick':
      return item(byNick, { role: 'none' });
    case 'ban':
      return item(byAddress, { affiliation: 'outcast' });
    case 'unban':
      return item(byAddress, { affiliation: 'none' });
    case 'role':
      switch (change.role) {
        case 'owner':
        case 'admin':
          return item(byAddress, { affiliation: change.role });
        case 'moderator':
        case 'visitor':
          return item(byNick, { role: change.role });
        case 'member':
          return role === 'owner' || role === 'admin'
            ? item(byAddress, { affiliation: 'member' })
            : item(byNick, { role: 'participant' });
      }
  }
}
