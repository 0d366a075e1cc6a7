/**
 * Names without numbers. On a network whose capabilities say `addressIsPrivate`, people are known by ids of the network's
 * own (a username, an opaque id), and the address by which one finds them (a phone number, an e-mail address) is theirs to
 * share. Ids go into Matrix IDs, room aliases, state events and the log, so such a network hands over no id that has an
 * address in it: `find` takes an address and answers the id. What it hands over as a name is looked at here.
 */
import type { Directory, RemoteProfile, RunningNetwork } from './network.ts';

const email = /[^\s@<>()]{1,64}@[^\s@<>()]{1,255}\.[^\s@<>().]{1,63}/u;
/** At least six figures, with what people write between those of a number (ITU-T E.123). */
const number = /(?:\p{Nd}[\s().\-/\u2010-\u2015\u00a0]{0,3}){5}\p{Nd}/u;

/** Whether a text has a phone number or an e-mail address in it. */
export function hasAddress(text: string): boolean {
  // Format characters between the figures hide nothing.
  const bare = text.slice(0, 2_000).replace(/\p{Cf}/gu, '');
  return email.test(bare) || number.test(bare);
}

/** The network as it may be shown: nobody's name is their address, unless they share it. */
export function withPrivateAddresses(network: RunningNetwork): RunningNetwork {
  return network.capabilities.addressIsPrivate === true
    ? { ...network, directory: privateDirectory(network.directory) }
    : network;
}

function privateDirectory(directory: Directory): Directory {
  return {
    ...directory,
    find: async (typed, asker) => {
      const found = await directory.find(typed, asker);
      return 'kind' in found ? found : shown(found);
    },
    profile: async (user) => {
      const found = await directory.profile(user);
      return 'kind' in found ? found : shown(found);
    },
  };
}

function shown(person: RemoteProfile): RemoteProfile {
  const isHidden = person.sharesAddress !== true && person.name !== undefined && hasAddress(person.name);
  return isHidden ? { ...person, name: undefined } : person;
}
