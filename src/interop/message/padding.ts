import { padding } from '../profile/message-profile.ts';

export interface PaddingFailed {
  readonly kind: 'failed';
  readonly reason: 'bad-padding';
  readonly text: string;
}

/** A plaintext with `length` bytes of padding (1 to 15, to be drawn at random), each of which says how many they are. */
export function pad(bytes: Uint8Array, length: number): Uint8Array {
  if (!Number.isInteger(length) || length < 1 || length > padding.most)
    throw new Error(`padding is 1 to ${padding.most} bytes`);
  const padded = new Uint8Array(bytes.byteLength + length).fill(length, bytes.byteLength);
  padded.set(bytes);
  return padded;
}

/** A plaintext without its padding, as a view of what is given. All of the padding is checked. */
export function unpad(padded: Uint8Array): Uint8Array | PaddingFailed {
  const length = padded.at(-1) ?? 0;
  if (length < 1 || length > padding.read || length > padded.byteLength) return bad;
  const end = padded.byteLength - length;
  return padded.subarray(end).every((byte) => byte === length) ? padded.subarray(0, end) : bad;
}

const bad: PaddingFailed = {
  kind: 'failed',
  reason: 'bad-padding',
  text: 'the plaintext does not end with padding',
};
