import type { Login } from '../../interop/enlistment/login.ts';
import type { Address } from '../../interop/node/address.ts';

/** Whether somebody of this homeserver may have the address: no groups, no devices, nobody of other providers. */
export function isHomeserverUser(
  address: Address | undefined,
): address is Extract<Address, { readonly kind: 'pair' }> {
  return address?.kind === 'pair' && address.server === 'lid' && address.user !== '';
}

/** The address of a provider's user inside of nodes. */
export function addressOf({ integrator, user }: Login): Address {
  return { kind: 'interop', integrator, user, device: 0 };
}
