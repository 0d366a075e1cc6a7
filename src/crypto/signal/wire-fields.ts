/** The fields of protobuf messages (https://protobuf.dev/programming-guides/encoding/), as far as to find things in them. */

/** A field: where it begins and ends, its tag included, and its value: bytes for what has a length. */
export interface WireField {
  readonly no: number;
  readonly value: number | Uint8Array;
  readonly whole: Uint8Array;
}

const maxTagBytes = 5;
const maxVarintBytes = 10;

/** All fields in order; `undefined` for what is no message, or has groups. Numbers beyond 2^53 lose their last bits. */
export function wireFields(bytes: Uint8Array): readonly WireField[] | undefined {
  const fields: WireField[] = [];
  for (let at = 0; at < bytes.length;) {
    const tag = varint(bytes, at, maxTagBytes);
    if (tag === undefined || tag.value < 8) return undefined;
    const read = readValue(bytes, tag.end, tag.value % 8);
    if (read === undefined) return undefined;
    fields.push({
      no: Math.floor(tag.value / 8),
      value: read.value,
      whole: bytes.subarray(at, read.end),
    });
    at = read.end;
  }
  return fields;
}

/** The bytes of a field by its number, the last where there are more. */
export function bytesField(fields: readonly WireField[], no: number): Uint8Array | undefined {
  const found = fields.findLast((one) => one.no === no)?.value;
  return found instanceof Uint8Array ? found : undefined;
}

/** Whether no field is there twice. */
export function isPlain(fields: readonly WireField[]): boolean {
  return new Set(fields.map(({ no }) => no)).size === fields.length;
}

type Read<T> = { readonly value: T; readonly end: number } | undefined;

function readValue(bytes: Uint8Array, at: number, type: number): Read<number | Uint8Array> {
  switch (type) {
    case 0:
      return varint(bytes, at, maxVarintBytes);
    case 1:
      return slice(bytes, at, at + 8);
    case 2: {
      const length = varint(bytes, at, maxTagBytes);
      return length && slice(bytes, length.end, length.end + length.value);
    }
    case 5:
      return slice(bytes, at, at + 4);
    default:
      return undefined;
  }
}

function slice(bytes: Uint8Array, from: number, end: number): Read<Uint8Array> {
  return end <= bytes.length ? { value: bytes.subarray(from, end), end } : undefined;
}

function varint(bytes: Uint8Array, at: number, most: number): Read<number> {
  let value = 0;
  let scale = 1;
  for (let end = at; end < bytes.length && end < at + most; end += 1, scale *= 128) {
    const byte = bytes[end] ?? 0;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return { value, end: end + 1 };
  }
  return undefined;
}
