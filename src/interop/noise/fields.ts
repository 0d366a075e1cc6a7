// Small protobuf messages by a table of their fields: https://protobuf.dev/programming-guides/encoding/
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { FieldSpec, FieldType, MessageSpec } from '../profile/noise-profile.ts';

type ValueOf<T extends FieldType> = T extends 'bytes'
  ? Uint8Array
  : T extends 'bool'
    ? boolean
    : T extends 'uint64'
      ? bigint
      : number;

/** The values of a message; what was not sent is not there. */
export type Fields<S extends MessageSpec> = { readonly [K in keyof S]?: ValueOf<S[K]['type']> };

type Value = Uint8Array | boolean | bigint | number;

/**
 * Reads the fields of a message, or nothing where its bytes are broken, a field has another wire type, or one occurs
 * twice (which no writer of these messages does, and which readers understand differently). Other fields are skipped.
 * Bytes are copies: the message can be let go.
 */
export function readFields<S extends MessageSpec>(spec: S, bytes: Uint8Array): Fields<S> | undefined {
  const names = new Map(Object.entries(spec).map(([name, field]) => [field.no, { name, field }]));
  const values: Record<string, Value> = {};
  try {
    const reader = new BinaryReader(bytes);
    while (reader.pos < reader.len) {
      const [no, wireType] = reader.tag();
      const known = names.get(no);
      if (known === undefined) {
        reader.skip(wireType, no);
        continue;
      }
      if (Object.hasOwn(values, known.name) || wireType !== wireTypeOf(known.field)) return undefined;
      values[known.name] = readValue(reader, known.field);
    }
  } catch {
    return undefined;
  }
  return values as Fields<S>;
}

/** Writes the fields that are there, in the order of the table. */
export function writeFields<S extends MessageSpec>(spec: S, fields: Fields<S>): Uint8Array {
  const values = fields as Readonly<Record<string, Value | undefined>>;
  const writer = new BinaryWriter();
  for (const [name, field] of Object.entries(spec)) {
    const value = values[name];
    if (value === undefined) continue;
    writer.tag(field.no, wireTypeOf(field));
    if (value instanceof Uint8Array) writer.bytes(value);
    else if (typeof value === 'boolean') writer.bool(value);
    else if (typeof value === 'bigint') writer.uint64(value);
    else writer.uint32(value);
  }
  return writer.finish();
}

function wireTypeOf(field: FieldSpec): WireType {
  return field.type === 'bytes' ? WireType.LengthDelimited : WireType.Varint;
}

function readValue(reader: BinaryReader, field: FieldSpec): Value {
  switch (field.type) {
    case 'bytes':
      return Uint8Array.from(reader.bytes());
    case 'bool':
      return reader.bool();
    case 'uint32':
      return reader.uint32();
    case 'uint64':
      return BigInt(reader.uint64());
  }
}
