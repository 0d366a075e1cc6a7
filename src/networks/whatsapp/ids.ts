/** Who is who: addresses on the wire, and the ids that people and chats have here. No id has a phone number in it. */
import { createHmac } from 'node:crypto';
import { remoteChatId, remoteUserId, type RemoteChatId, type RemoteUserId } from '../../core/ids.ts';
import { renderLogin, type Login } from '../../interop/enlistment/login.ts';
import type { Address } from '../../interop/node/address.ts';

/** The internal number of a person [P]: it says nothing of who they are. */
const lid = /^[0-9]{1,24}$/;
/** Somebody who is known by a number alone: a keyed digest of it. */
const opaque = /^n[0-9a-f]{20}$/;

/** A person behind an address. `hidden` people are found back by what is kept of them alone. */
export interface Person {
  readonly id: RemoteUserId;
  /** The address without device. */
  readonly address: Address;
  readonly isHidden: boolean;
}

/** The person at an address; `undefined` for groups, servers, lists, and partners' users. */
export function personAt(address: Address, key: Uint8Array): Person | undefined {
  if (address.kind !== 'pair' && address.kind !== 'device') return undefined;
  const { user, server } = address;
  if (server === 'lid' && lid.test(user))
    return { id: remoteUserId(user), address: lidAddress(user), isHidden: false };
  if (user === '' || (server !== 'lid' && server !== 's.whatsapp.net')) return undefined;
  const bare: Address = { kind: 'pair', user, server };
  return { id: opaqueId(`${user}@${server}`, key), address: bare, isHidden: true };
}

/** The address that an id says by itself; `undefined` for a hidden one, or for no id. */
export function addressIn(id: string): Address | undefined {
  return lid.test(id) ? lidAddress(id) : undefined;
}

/** Whether a text is the id of a person. */
export function isPersonId(text: string): boolean {
  return lid.test(text) || opaque.test(text);
}

/** The direct chat with a person is named by the person. */
export function chatOf(person: RemoteUserId): RemoteChatId {
  return remoteChatId(person);
}

/** How an account of one's own is called among the user's logins: `1-10853634039893`. */
export function accountId(login: Login): RemoteUserId {
  return remoteUserId(renderLogin(login).split('@', 1)[0] ?? '');
}

/** The address of a user of one's own. */
export function ownAddress({ integrator, user }: Login): Address {
  return { kind: 'interop', integrator, user, device: 0 };
}

function lidAddress(user: string): Address {
  return { kind: 'pair', user, server: 'lid' };
}

function opaqueId(address: string, key: Uint8Array): RemoteUserId {
  const digest = createHmac('sha256', key).update(`whatsapp person ${address}`).digest('hex');
  return remoteUserId(`n${digest.slice(0, 20)}`);
}
