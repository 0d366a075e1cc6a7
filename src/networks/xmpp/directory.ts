import { domainToASCII, domainToUnicode } from 'node:url';
import { remoteUserId, type RemoteUserId } from '../../core/ids.ts';
import type { Directory, RemoteProfile } from '../../core/network.ts';
import { failedForGood } from '../../core/outcome.ts';
import type { Link } from './client.ts';
import { roomOf } from './muc/occupant-names.ts';
import { chatOf, parseAddress, type Address, type AddressBook } from './ids.ts';
import { askProfile } from './profile.ts';

/**
 * Finds people by their address. Whether an address exists, its server need not tell anybody: an address that is well
 * formed is found, and what is sent to nobody comes back. The component's own addresses are no remote users.
 */
export function createDirectory(
  link: Link,
  domain: string,
  rooms: { nameOf(user: RemoteUserId): string | undefined },
  addresses: Pick<AddressBook, 'addressOf'>,
  askerFor: (user: RemoteUserId) => string | undefined = () => undefined,
): Directory {
  // Who is known by a room alone goes by their nickname; the room itself by its own name.
  const profileOf = async (user: RemoteUserId): Promise<Pick<RemoteProfile, 'name' | 'avatar'>> => {
    const nick = rooms.nameOf(user);
    if (roomOf(user) !== undefined) return { name: nick };
    const asked = await askProfile(link, askerFor(user) ?? domain, user);
    return { ...asked, name: asked.name ?? nick };
  };
  const profile = async (user: RemoteUserId): Promise<RemoteProfile> => ({
    userId: user,
    chat: chatOf(user),
    ...(await profileOf(user)),
  });
  return {
    find: async (typed) => {
      const address = addressIn(typed);
      if (address === undefined) return failedForGood('no-such-user');
      return address.domain === domain ? failedForGood('forbidden') : profile(address.bare);
    },
    chatWith: chatOf,
    addressOf: (user) => addresses.addressOf(user),
    profile,
    named: (typed) => {
      const address = addressIn(typed);
      return address?.domain === domain ? undefined : address?.bare;
    },
    serverOf: domainOf,
    spellings: spellingsOf,
  };
}

/** The address of a person in what somebody typed. */
function addressIn(typed: string): Address | undefined {
  const address = parseAddress(typed.trim().replace(/^xmpp:/i, ''));
  return address === undefined || address.local === '' || address.full !== address.bare ? undefined : address;
}

/** The domain of an account or a room, in letters (RFC 7622, 3.2.1); an occupant's is that of the room. */
function domainOf(name: string): string | undefined {
  const bare = roomOf(remoteUserId(name)) ?? name;
  return bare === '' ? undefined : unicodeDomain(bare.slice(bare.indexOf('@') + 1));
}

/** One domain can be written in letters and as DNS has it, and servers let both pass: each is an address of the account. */
function spellingsOf(user: RemoteUserId): readonly RemoteUserId[] {
  const at = user.indexOf('@') + 1;
  const end = user.slice(at).search(/[?/]/);
  const domain = end === -1 ? user.slice(at) : user.slice(at, at + end);
  if (/^[\x21-\x7e]*$/.test(domain) && !isPuny(domain)) return [];
  return [unicodeDomain(domain), domainToASCII(domain)]
    .filter((other) => other !== '' && other !== domain)
    .map((other) => remoteUserId(user.slice(0, at) + other + user.slice(at + domain.length)));
}

function unicodeDomain(domain: string): string {
  return isPuny(domain) ? domainToUnicode(domain).normalize('NFKC') || domain : domain;
}

function isPuny(domain: string): boolean {
  return /(?:^|\.)xn--/.test(domain);
}
