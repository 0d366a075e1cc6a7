import { remoteChatId } from '../../core/ids.ts';
import type { ThirdParty } from '../../core/third-party.ts';
import { parseAddress, type Address } from './ids.ts';

/**
 * People are looked up by their address (`jid`), rooms by the name of the room and of its service, or by the address of the
 * room alone. The component's own addresses (`domain`) are nobody on XMPP.
 */
export function thirdParty(domain: string): ThirdParty {
  const account = (text: string): Address | undefined => {
    const address = parseAddress(text.trim().replace(/^xmpp:/i, ''));
    if (address === undefined || address.local === '' || address.full !== address.bare) return undefined;
    return address.domain === domain ? undefined : address;
  };
  return {
    userFields: ['jid'],
    locationFields: ['server', 'room'],
    fieldTypes: {
      jid: { regexp: '[^@/\\s]+@[^@/\\s]+', placeholder: 'name@example.org' },
      server: { regexp: '[^@/\\s]+', placeholder: 'conference.example.org' },
      room: { regexp: '[^@/\\s]+(@[^@/\\s]+)?', placeholder: 'room' },
    },
    user: ({ jid = '' }) => account(jid)?.bare,
    // Somebody who is known by a room alone has no address.
    fieldsOfUser: (user) => (account(user)?.bare === user ? { jid: user } : undefined),
    location: ({ server = '', room = '' }) => {
      const address = account(server === '' ? room : `${room.trim()}@${server.trim()}`);
      return address && remoteChatId(address.bare);
    },
    fieldsOfLocation: (chat) => {
      const address = account(chat);
      return address?.bare === chat.toString() ? { server: address.domain, room: address.local } : undefined;
    },
  };
}
