/** Text as both databases can hold and index it. */
import { createHash } from 'node:crypto';

/** PostgreSQL's text holds no NUL and neither holds half a surrogate pair; such characters are replaced by visible ones. */
export function storable(text: string): string {
  return text.includes('\0') ? text.toWellFormed().replaceAll('\0', '\u2400') : text.toWellFormed();
}

const longest = 255;

/** A name to look up by: itself, or its hash where it is longer than an index takes (networks choose their own names). */
export function indexed(name: string): string {
  const text = storable(name);
  if (Buffer.byteLength(text) <= longest && !text.startsWith('#')) return text;
  return `#${createHash('sha256').update(text).digest('base64url')}`;
}
