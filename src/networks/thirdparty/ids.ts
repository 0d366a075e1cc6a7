/**
 * Names on the network. A provider's user is `<integrator>-<user>`, the text of their login without its server; the direct
 * chat with them has the same name. A user of the homeserver goes by a number of the network's own on the server `lid`.
 */
import {
  networkId,
  remoteChatId,
  remoteUserId,
  type RemoteChatId,
  type RemoteUserId,
} from '../../core/ids.ts';
import { parseLogin, renderLogin, type Login } from '../../interop/enlistment/login.ts';
import type { Address } from '../../interop/node/address.ts';

export const id = networkId('thirdparty');

const server = renderLogin({ integrator: 1, user: '1' }).slice('1-1'.length);
const residentPattern = /^[1-9][0-9]{0,18}$/;

/** The remote user that an account is. */
export function userOf(login: Login): RemoteUserId {
  return remoteUserId(renderLogin(login).slice(0, -server.length));
}

/** The login of a remote user; `undefined` where the text is the name of none. */
export function loginOf(user: string): Login | undefined {
  return parseLogin(`${user}${server}`);
}

/** The direct chat with a provider's user. */
export function chatOf(user: RemoteUserId): RemoteChatId {
  return remoteChatId(user);
}

/** The owner of what a provider's user and a resident have between them. */
export function pairOf(user: RemoteUserId, resident: string): string {
  return `${user} ${resident}`;
}

/** The address of a provider's user in stanzas. */
export function addressOf({ integrator, user }: Login): Address {
  return { kind: 'interop', integrator, user, device: 0 };
}

/** The address of a homeserver user in stanzas, by their internal id. */
export function residentAddress(resident: string): Address {
  return { kind: 'pair', user: resident, server: 'lid' };
}

/** The internal id in an address; `undefined` where it is no homeserver user's. */
export function residentIn(address: Address | undefined): string | undefined {
  const isOne = address?.kind === 'pair' && address.server === 'lid' && residentPattern.test(address.user);
  return isOne ? address.user : undefined;
}

/** The login in an address; `undefined` where it is no provider's user's. */
export function loginIn(address: Address): Login | undefined {
  return address.kind === 'interop' ? loginOf(`${address.integrator}-${address.user}`) : undefined;
}
