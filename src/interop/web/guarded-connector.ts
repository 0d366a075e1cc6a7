/**
 * Connections that strangers choose the address of. The check is made on the very address that is connected to, after
 * names are resolved, so that a name which resolves differently the second time gains nothing.
 */
import { lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { isPublicAddress } from './public-address.ts';

/** Which places may be fetched from besides public ones. */
export interface Trust {
  readonly allowPrivate: boolean;
  /** `host` or `host:port`, in lower case. */
  readonly hosts: ReadonlySet<string>;
}

/** Thrown where an address is not one to connect to. */
export class ForbiddenAddressError extends Error {
  override readonly name = 'ForbiddenAddressError';
}

/** A connector for undici that connects to public addresses alone, and to hosts that are trusted. */
export function guardedConnector(trust: Trust, timeoutMs: number): buildConnector.connector {
  const open = buildConnector({ timeout: timeoutMs });
  const guarded = buildConnector({ timeout: timeoutMs, lookup: publicLookup });
  return (options, callback) => {
    const host = options.hostname.toLowerCase().replace(/^\[|\]$/g, '');
    const port = options.port === '' ? (options.protocol === 'https:' ? '443' : '80') : options.port;
    if (trust.allowPrivate || trust.hosts.has(host) || trust.hosts.has(`${host}:${port}`)) {
      open(options, callback);
    } else if (isIP(host) !== 0 && !isPublicAddress(host)) {
      // An address that is given as such is connected to without a look-up.
      callback(new ForbiddenAddressError('address not public'), null);
    } else {
      guarded(options, callback);
    }
  };
}

/** Resolves a name and refuses it where any of its addresses is not public. */
const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) {
      callback(error, []);
      return;
    }
    const [first] = addresses;
    if (first === undefined || !addresses.every(({ address }) => isPublicAddress(address))) {
      callback(new ForbiddenAddressError('address not public'), []);
    } else if (options.all === true) callback(null, addresses);
    else callback(null, first.address, first.family);
  });
};
