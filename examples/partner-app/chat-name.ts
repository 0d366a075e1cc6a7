/** A chat is called by the address of the other person, without a device. */
import { parseAddress, type Address } from '../../src/interop/node/address.ts';

/** The text of an address, which is what the app calls a chat. */
export function chatOf(address: Address): string {
  return address.kind === 'interop'
    ? `${address.integrator}-${address.user}@interop`
    : `${address.user}@${address.kind === 'fb' ? 'msgr' : address.server}`;
}

/** The address that a chat is called by; throws where it is none. */
export function addressOf(chat: string): Address {
  const address = parseAddress(chat);
  if (address === undefined) throw new Error(`"${chat}" is not an address.`);
  return address;
}
