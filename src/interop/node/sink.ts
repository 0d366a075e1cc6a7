// Bytes that are being written, within a bound: what would pass it is not kept, and the sink says so.

export interface Sink {
  readonly bytes: (bytes: Uint8Array | readonly number[]) => void;
  /** An unsigned big-endian number of so many bytes. */
  readonly number: (value: number, bytes: number) => void;
  /** What was written, or nothing where it was more than the bound. */
  readonly end: () => Uint8Array | undefined;
  readonly full: () => boolean;
}

/** An empty sink that takes up to `limit` bytes. */
export function sinkOf(limit: number): Sink {
  let kept = new Uint8Array(256);
  let length = 0;
  let full = false;
  const put = (bytes: Uint8Array | readonly number[]): void => {
    if (full || length + bytes.length > limit) {
      full = true;
      return;
    }
    if (length + bytes.length > kept.length) {
      const larger = new Uint8Array(Math.max(kept.length * 2, length + bytes.length));
      larger.set(kept.subarray(0, length));
      kept = larger;
    }
    kept.set(bytes, length);
    length += bytes.length;
  };
  return {
    bytes: put,
    number: (value, bytes) => {
      const digits = Array.from(
        { length: bytes },
        (_, index) => Math.floor(value / 256 ** (bytes - 1 - index)) % 256,
      );
      put(digits);
    },
    end: () => (full ? undefined : kept.slice(0, length)),
    full: () => full,
  };
}
