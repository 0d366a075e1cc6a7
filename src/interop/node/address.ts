/**
 * Addresses inside nodes: four wire forms, one text form each. `12@s.whatsapp.net`, `12:5@lid` (device 5),
 * `1-10853634039893@interop` (integrator 1), `12:3@msgr`. The text is canonical: an address that parses from a text
 * formats to that very text, so a codec may go through either. Device 0, the only one of a partner's user, is not
 * written. Public client knowledge [P] but for the interop text form [O].
 */

import { deviceDomains, fbServer, interopServer, pairServers } from '../profile/node-profile.ts';

export type DeviceServer = keyof typeof deviceDomains;
export type PairServer = (typeof pairServers)[number];

export type Address =
  /** A user's device other than the first, on a server that has devices. */
  | { readonly kind: 'device'; readonly user: string; readonly device: number; readonly server: DeviceServer }
  /** A user of a third-party app, by internal identifier. */
  | {
      readonly kind: 'interop';
      readonly integrator: number;
      readonly user: string;
      readonly device: number;
    }
  /** A device of Messenger's. */
  | { readonly kind: 'fb'; readonly user: string; readonly device: number }
  /** Anyone else: users without device, groups, lists, the server itself (no user). */
  | { readonly kind: 'pair'; readonly user: string; readonly server: PairServer };

/** Reads an address from its text; `undefined` for whatever is not the text of one in canonical form. */
export function parseAddress(text: string): Address | undefined {
  const at = text.indexOf('@');
  const server = at < 0 ? text : text.slice(at + 1);
  if (at < 0) return isPairServer(server) ? { kind: 'pair', user: '', server } : undefined;
  const [user, device, rest] = text.slice(0, at).split(':');
  if (!isUser(user) || !isPairServer(server) || rest !== undefined) return undefined;
  const number = device === undefined ? 0 : toNumber(device);
  if (number === undefined || (device !== undefined && number === 0)) return undefined;
  if (server === interopServer) return parseInterop(user, number);
  if (number === 0) return { kind: 'pair', user, server };
  if (server === fbServer) return { kind: 'fb', user, device: number };
  return isDeviceServer(server) && number <= 255
    ? { kind: 'device', user, device: number, server }
    : undefined;
}

/** The text of an address. */
export function formatAddress(address: Address): string {
  switch (address.kind) {
    case 'device':
      return `${withDevice(address.user, address.device)}@${address.server}`;
    case 'interop':
      return `${address.integrator}-${withDevice(address.user, address.device)}@${interopServer}`;
    case 'fb':
      return `${withDevice(address.user, address.device)}@${fbServer}`;
    case 'pair':
      return address.user === '' ? address.server : `${address.user}@${address.server}`;
  }
}

/** The server that a domain byte of tag 247 names. */
export function serverOfDomain(domain: number): DeviceServer | undefined {
  return deviceServers.find((server) => deviceDomains[server] === domain);
}

const deviceServers = ['s.whatsapp.net', 'lid', 'hosted', 'hosted.lid'] as const satisfies DeviceServer[];

/** An identifier without integrator is a plain pair: not every codec writes it. */
function parseInterop(user: string, device: number): Address | undefined {
  const dash = user.indexOf('-');
  const integrator = dash < 0 ? undefined : toNumber(user.slice(0, dash));
  const rest = user.slice(dash + 1);
  if (integrator !== undefined && rest !== '') return { kind: 'interop', integrator, user: rest, device };
  return device === 0 ? { kind: 'pair', user, server: interopServer } : undefined;
}

/** A number of 16 bits, written as this file writes it: no sign, no leading zeros. */
function toNumber(text: string): number | undefined {
  if (!/^(0|[1-9][0-9]{0,4})$/.test(text)) return undefined;
  const number = Number(text);
  return number <= 0xffff ? number : undefined;
}

/** What the user's part of an address may be: nothing that would read as another part of its text. */
export function isUser(text: string | undefined): text is string {
  return text !== undefined && /^[^@:\s\0]+$/u.test(text) && text.isWellFormed();
}

function isPairServer(text: string): text is PairServer {
  return pairServers.some((server) => server === text);
}

function isDeviceServer(text: string): text is DeviceServer {
  return deviceServers.some((server) => server === text);
}

function withDevice(user: string, device: number): string {
  return device === 0 ? user : `${user}:${device}`;
}
