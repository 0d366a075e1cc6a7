import { formatAddress, type Address } from '../node/address.ts';

/** The name under which a peer's session is kept: the address without device, since each has one encryption identity [O]. */
export function peerName(address: Address): string {
  switch (address.kind) {
    case 'interop':
    case 'fb':
      return formatAddress({ ...address, device: 0 });
    case 'device':
      return formatAddress({ kind: 'pair', user: address.user, server: address.server });
    case 'pair':
      return formatAddress(address);
  }
}
