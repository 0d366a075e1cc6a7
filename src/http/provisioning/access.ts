/** Who may use the API: whoever sends its secret as a bearer token (RFC 6750, section 2.1). */
import { createHash, timingSafeEqual } from 'node:crypto';
import { isIPv6 } from 'node:net';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { BoundedMap } from '../../core/bounded-map.ts';
import type { Log } from '../../core/task.ts';
import { TokenBucket } from '../../core/token-bucket.ts';
import { refuse } from './answer.ts';

/** So many wrong secrets an address may send at once, and then one in so many seconds. */
const burst = 10;
const perSecond = 1 / 6;
const mostAddresses = 10_000;

/**
 * Lets requests with the secret pass, compared in constant time. An address that sent too many wrong ones gets 429 for a
 * while, whatever it sends: else it could go on trying. The secret and what was sent in its place are never logged.
 */
export function access(secret: string, log: Log, now: () => number = Date.now): RequestHandler {
  const expected = digest(secret);
  const wrong = new BoundedMap<string, TokenBucket>(mostAddresses);
  return (request: Request, response: Response, next: NextFunction) => {
    response.set('Cache-Control', 'no-store');
    const from = networkOf(request.socket.remoteAddress ?? '');
    const bucket = wrong.get(from);
    const wait = bucket?.wait() ?? 0;
    if (wait > 0) {
      response.set('Retry-After', String(Math.ceil(wait / 1_000)));
      refuse(
        response,
        'too-many-attempts',
        'Too many wrong secrets came from this address. Try again later.',
      );
      return;
    }
    const [, given] = /^Bearer ([^\s]{1,1024})$/i.exec(request.headers.authorization ?? '') ?? [];
    if (given !== undefined && timingSafeEqual(digest(given), expected)) {
      next();
      return;
    }
    const counted = bucket ?? new TokenBucket(perSecond, burst, now);
    counted.take();
    wrong.set(from, counted);
    log.warn({ given: given !== undefined }, 'a request without the secret of the provisioning API');
    response.set('WWW-Authenticate', 'Bearer');
    refuse(response, 'unauthorized', 'Send the secret of the configuration: Authorization: Bearer <secret>.');
  };
}

/** Of the same length whatever is given. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** An address; of IPv6 the half that names a network, since anybody has many of the other. */
function networkOf(address: string): string {
  if (!isIPv6(address) || address.toLowerCase().startsWith('::ffff:')) return address;
  const [head = '', tail] = address.split('::', 2);
  const groups = head.split(':').filter((group) => group !== '');
  const zeros = tail === undefined ? 0 : 8;
  return [...groups, ...Array<string>(zeros).fill('0')].slice(0, 4).join(':');
}
