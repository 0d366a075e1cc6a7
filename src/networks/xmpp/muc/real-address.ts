/** The address behind an occupant, as a moderator may see it: https://xmpp.org/extensions/xep-0045.html#modifymember */
import xml from '@xmpp/xml';
import type { Link } from '../client.ts';
import { parseAddress } from '../ids.ts';
import { attribute } from '../stanza.ts';
import { namespaces } from './namespaces.ts';

const patienceMs = 10_000;

/** Asks as an occupant who may know; `undefined` where the room does not tell. */
export async function askAddress(
  link: Link,
  by: string,
  room: string,
  nick: string,
): Promise<string | undefined> {
  for (const role of ['participant', 'visitor', 'moderator']) {
    const child = xml('query', namespaces.mucAdmin, xml('item', { role }));
    const answer = await link.ask({ type: 'get', from: by, to: room, child }, patienceMs);
    if (answer.kind !== 'result') return undefined;
    const items = answer.stanza.getChild('query', namespaces.mucAdmin)?.getChildren('item') ?? [];
    const item = items.find((one) => attribute(one, 'nick') === nick);
    const address = parseAddress((item && attribute(item, 'jid')) ?? '');
    if (address !== undefined) return address.bare;
  }
  return undefined;
}
