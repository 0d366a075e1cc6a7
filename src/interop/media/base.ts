/** The places that files may be fetched from: a configured base, and what lies straight below it. */
import type { Trust } from '../web/guarded-connector.ts';
import { hostedPath, isPartnerRef, parseHostedPath } from './paths.ts';

/** A checked base: `https`, no credentials, no query, no slash at its end. */
export interface MediaBase {
  readonly kind: 'media-base';
  readonly href: string;
}

/**
 * Reads a base out of the configuration; `undefined` where it is not one. Plain HTTP is for hosts that are trusted by
 * name, and for tests.
 */
export function parseMediaBase(text: string, trust: Trust): MediaBase | undefined {
  const url = URL.parse(text);
  if (url === null || text.length > 2000) return undefined;
  const hosts = [url.hostname.replace(/^\[|\]$/g, ''), url.host];
  const isTrusted = trust.allowPrivate || hosts.some((host) => trust.hosts.has(host));
  const isWeb = url.protocol === 'https:' || (url.protocol === 'http:' && isTrusted);
  const isBare = url.username === '' && url.password === '' && !/[?#]/.test(text);
  if (!isWeb || !isBare || url.hostname === '') return undefined;
  return { kind: 'media-base', href: url.href.replace(/\/+$/, '') };
}

/** `{base}/{ref}` of a partner [O]; `undefined` where the reference is not one segment, or the address is another. */
export function partnerAddress(base: MediaBase, ref: string): URL | undefined {
  return isPartnerRef(ref) ? exactly(`${base.href}/${ref}`) : undefined;
}

/** A file on the gatekeeper's media host, from the path in a message [O]. */
export function hostedAddress(base: MediaBase, path: string): URL | undefined {
  const ref = parseHostedPath(path);
  return ref === undefined ? undefined : exactly(`${base.href}${hostedPath(ref)}`);
}

/** What a URL parser changes is not what was checked. */
function exactly(text: string): URL | undefined {
  const url = URL.parse(text);
  return url?.href === text ? url : undefined;
}
