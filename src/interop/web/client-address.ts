/**
 * Whose request it is, for limits by address: who is at the other end of the connection or, where that is a proxy that is
 * trusted, whom the proxy names last in `X-Forwarded-For`
 * (https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/X-Forwarded-For).
 */
import { isIP } from 'node:net';

/** Proxies on the same machine. */
export const localProxies: readonly string[] = ['127.0.0.1', '::1'];

/** Entries beyond these are not looked at. */
const mostEntries = 16;

/** The nearest address that is not a trusted proxy's; what is no address ends the search at the proxy that said it. */
export function clientAddress(
  remoteAddress: string | undefined,
  forwardedFor: string | readonly string[] | undefined,
  trusted: readonly string[],
): string {
  const said = typeof forwardedFor === 'string' ? forwardedFor : (forwardedFor?.join(',') ?? '');
  let address = bare(remoteAddress ?? '');
  for (const entry of said.split(',').toReversed().slice(0, mostEntries)) {
    const next = bare(entry.trim());
    if (!trusted.includes(address) || isIP(next) === 0) return address;
    address = next;
  }
  return address;
}

/** IPv4 in the clothes of IPv6 is IPv4. */
function bare(address: string): string {
  return address.replace(/^::ffff:(?=[0-9.]+$)/i, '');
}
