/** base64url without padding, in its one form: https://www.rfc-editor.org/rfc/rfc4648#section-5 */

const alphabet = /^[A-Za-z0-9_-]*$/;

/**
 * The bytes of a text; undefined where it has other signs, padding, an impossible length, or bits set that no byte has
 * (so two texts never stand for the same bytes).
 */
export function fromBase64url(text: string): Uint8Array | undefined {
  if (!alphabet.test(text) || text.length % 4 === 1) return undefined;
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? new Uint8Array(bytes) : undefined;
}

export function toBase64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');
}
