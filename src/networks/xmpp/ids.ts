/**
 * Addresses: https://www.rfc-editor.org/rfc/rfc7622 (JIDs), https://xmpp.org/extensions/xep-0106.html (JID escaping).
 *
 * A Matrix user of the bridge's own homeserver, `@alice:hs`, has the localpart `alice`; a user of another server,
 * `@bob:other.org`, has `bob\3aother.org`. Characters that a localpart may not hold are written as XEP-0106 has it
 * (`\3a`); upper case (which addresses do not distinguish), `=`, spaces and all that is not ASCII as `=xx`, a byte of
 * UTF-8. Each user has exactly one such name, and a name that this rule would not write is nobody's.
 */
import jid from '@xmpp/jid';
import type { Party } from '../../core/event.ts';
import {
  localpartOf,
  parseMatrixUserId,
  remoteChatId,
  remoteMessageId,
  remoteUserId,
  serverOf,
  type MatrixUserId,
  type RemoteChatId,
  type RemoteMessageId,
  type RemoteUserId,
} from '../../core/ids.ts';
import { createHash } from 'node:crypto';

/** A JID in its parts, normalised. `bare` names the account (or the server, where there is no localpart). */
export interface Address {
  readonly bare: RemoteUserId;
  readonly local: string;
  readonly domain: string;
  readonly full: string;
}

const forbiddenInLocal = /[\s"&'/:<>@\p{Cc}\p{Cn}\p{Cs}]/u;
const domainLabel = /^(?!-)[\p{L}\p{M}\p{N}-]{1,63}(?<!-)$/u;
const controls = /[\p{Cc}\p{Cs}]/u;

/** Parses and normalises an address, or answers `undefined` where the text is none. */
export function parseAddress(text: string): Address | undefined {
  if (text === '' || Buffer.byteLength(text) > 3071) return undefined;
  const slash = text.indexOf('/');
  const bareText = (slash === -1 ? text : text.slice(0, slash)).normalize('NFKC').toLowerCase();
  const resource = slash === -1 ? '' : text.slice(slash + 1);
  const at = bareText.indexOf('@');
  const local = bareText.slice(0, Math.max(at, 0));
  const domain = bareText.slice(at + 1).replace(/\.$/, '');
  if (at === 0 || !isLocalpart(local) || !isDomain(domain) || controls.test(resource)) return undefined;
  const bare = at === -1 ? domain : `${local}@${domain}`;
  const parsed = jid(bare);
  if (parsed.local !== local || parsed.domain !== domain) return undefined;
  return {
    bare: remoteUserId(bare),
    local,
    domain,
    full: resource === '' ? bare : `${bare}/${resource}`,
  };
}

function isLocalpart(local: string): boolean {
  return Buffer.byteLength(local) <= 1023 && !forbiddenInLocal.test(local) && isEscapedWell(local);
}

/** A backslash stands only at the head of an escape: else the JID library would escape the whole localpart again. */
function isEscapedWell(local: string): boolean {
  return !jid.detectEscape(local);
}

function isDomain(domain: string): boolean {
  if (domain === '' || Buffer.byteLength(domain) > 1023) return false;
  return /^\[[0-9a-f:.]+\]$/.test(domain) || domain.split('.').every((label) => domainLabel.test(label));
}

/** The direct chat with a person is named by the person. */
export function chatOf(user: RemoteUserId): RemoteChatId {
  return remoteChatId(user);
}

/** The id of a message that the bridge sends: the same at every attempt, for it derives from the event's cause. */
export function messageIdFor(cause: string): RemoteMessageId {
  return remoteMessageId(createHash('sha256').update(cause).digest('base64url').slice(0, 24));
}

/** The two directions between Matrix users and the addresses of a component. */
export interface AddressBook {
  /** The address of the component itself, which speaks for the bridge. */
  readonly bot: string;
  /** The bare address of a Matrix user. */
  addressOf(user: MatrixUserId): string;
  /** The Matrix user who is reached at a localpart of the component, if it is one's name. */
  userAt(local: string): MatrixUserId | undefined;
}

/** The addresses of the component `domain` for the users of `homeserver` and, escaped, of others. */
export function createAddressBook(domain: string, homeserver: string): AddressBook {
  const nameOf = (user: MatrixUserId): string =>
    escapeLocal(serverOf(user) === homeserver ? localpartOf(user) : user.slice(1));
  return {
    bot: domain,
    addressOf: (user) => `${nameOf(user)}@${domain}`,
    userAt: (local) => {
      const name = unescapeLocal(local);
      if (name === undefined) return undefined;
      const user = parseMatrixUserId(name.includes(':') ? `@${name}` : `@${name}:${homeserver}`);
      return user !== undefined && nameOf(user) === local ? user : undefined;
    },
  };
}

/** Who has an address: a Matrix user at the component, or a person on XMPP; nobody where it is none. */
export function personAt(address: string, domain: string, book: AddressBook): Party | undefined {
  const parsed = parseAddress(address);
  if (parsed === undefined || parsed.local === '') return undefined;
  if (parsed.domain !== domain) return { in: 'remote', userId: parsed.bare };
  const user = book.userAt(parsed.local);
  return user && { in: 'matrix', userId: user };
}

/** The name of the user whose localpart is empty; no other name is a lone `=`. */
const emptyName = '=';

function escapeLocal(name: string): string {
  if (name === '') return emptyName;
  return name.replace(/["&'/:<>@\\]|[^\x21-\x7e]|[A-Z=]/gu, (char) =>
    /["&'/:<>@\\]/.test(char)
      ? `\\${hex(char.charCodeAt(0))}`
      : [...Buffer.from(char)].map((byte) => `=${hex(byte)}`).join(''),
  );
}

function unescapeLocal(local: string): string | undefined {
  if (local === emptyName) return '';
  const bytes: number[] = [];
  for (const [whole, backslash, equals] of local.matchAll(/\\([0-9a-f]{2})|=([0-9a-f]{2})|./gsu)) {
    const code = backslash ?? equals;
    if (code === undefined) bytes.push(...Buffer.from(whole));
    else bytes.push(Number.parseInt(code, 16));
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes));
  } catch {
    return undefined;
  }
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}
