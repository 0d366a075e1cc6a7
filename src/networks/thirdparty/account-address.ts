import type { Login } from '../../interop/enlistment/login.ts';
import type { Address } from '../../interop/node/address.ts';

/** The address of a provider's user inside of nodes. */
export function addressOf({ integrator, user }: Login): Address {
  return { kind: 'interop', integrator, user, device: 0 };
}
