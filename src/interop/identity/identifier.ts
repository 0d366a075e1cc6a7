/**
 * User-visible identifiers: the e-mail address, phone number or username by which a provider's user is found. They name
 * people: they are compared, stored and shown, and never logged (the field `user` of a log line is redacted).
 */
import { domainToASCII } from 'node:url';

/** What a provider's users are known by. A provider has one type for all its users. */
export const identifierTypes = ['email', 'phone', 'username'] as const;
export type IdentifierType = (typeof identifierTypes)[number];

/** Longer ones are refused before they are looked at: the longest address (RFC 5321, 4.5.3.1) is shorter. */
const maxLength = 320;
const emailLocal = /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u;
const domain = /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const username = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}._-]{0,63}$/u;

/**
 * The one form of an identifier, by which two are compared; undefined where it is none. Doing it twice changes nothing.
 * E-mail: in lower case, the domain in ASCII; quoted local parts and address literals are refused. Phone: `+` and 7 to 15
 * digits (E.164), `00` and missing `+` mended, the signs that people write between digits dropped. Username: a leading `@`
 * dropped, folded to lower case and to compatible characters (as RFC 8265, 3.3 with full-width forms).
 */
export function normaliseIdentifier(type: IdentifierType, text: string): string | undefined {
  if (text.length === 0 || text.length > maxLength || !text.isWellFormed()) return undefined;
  switch (type) {
    case 'email':
      return email(text);
    case 'phone':
      return phone(text);
    case 'username': {
      const folded = fold(text.startsWith('@') ? text.slice(1) : text);
      return username.test(folded) ? folded : undefined;
    }
  }
}

/** Whether two identifiers of a type are the same. What is none is the same as nothing. */
export function isSameIdentifier(type: IdentifierType, one: string, other: string): boolean {
  const normal = normaliseIdentifier(type, one);
  return normal !== undefined && normal === normaliseIdentifier(type, other);
}

export function isIdentifierType(value: unknown): value is IdentifierType {
  return identifierTypes.some((type) => type === value);
}

function email(text: string): string | undefined {
  const at = text.lastIndexOf('@');
  if (at < 1) return undefined;
  const local = fold(text.slice(0, at));
  const host = domainToASCII(text.slice(at + 1)).toLowerCase();
  // Counted in bytes, as servers do.
  const fits = Buffer.byteLength(local) <= 64;
  return fits && emailLocal.test(local) && domain.test(host) ? `${local}@${host}` : undefined;
}

function phone(text: string): string | undefined {
  const bare = text.replace(/[ \u00a0().\-\u2010-\u2015/]/g, '');
  const [, digits] = /^(?:\+|00)?([1-9][0-9]{6,14})$/.exec(bare) ?? [];
  return digits === undefined ? undefined : `+${digits}`;
}

/** Until nothing changes: a lower-case letter may have a compatible form that was not there before. */
function fold(text: string): string {
  let folded = text;
  for (let round = 0; round < 4; round++) {
    const next = folded.normalize('NFKC').toLowerCase();
    if (next === folded) break;
    folded = next;
  }
  return folded;
}
