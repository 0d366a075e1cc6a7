/**
 * Protobuf (https://protobuf.dev/programming-guides/encoding/), read and written by a shape. What comes in is hostile until
 * checked: size, depth and repetition are bounded, text is UTF-8, groups are refused, unknown fields are left out.
 */
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { messageLimits, messageShape } from '../profile/message-profile.ts';
import type { AnyField, AnyShape } from './shape.ts';
import type { WireMessage } from './wire-message.ts';

export interface DecodingFailed {
  readonly kind: 'failed';
  readonly reason: 'too-large' | 'too-deep' | 'too-many' | 'not-text' | 'broken';
  /** What was wrong, without anything of what came. */
  readonly text: string;
}

/** A decoded message. `unknown` has numbers of fields that the bridge does not know, at the top; at most 16 of them. */
export interface DecodedMessage {
  readonly kind: 'decoded';
  readonly message: WireMessage;
  readonly unknown: readonly number[];
}

const texts = {
  'too-large': 'the message has too many bytes',
  'too-deep': 'messages nest too deep in the message',
  'too-many': 'a field of the message is repeated too often',
  'not-text': 'a text of the message is not UTF-8',
  broken: 'the message is no protobuf of the expected shape',
} as const;

/**
 * Reads a message. Total: whatever the bytes are, the answer is a message or a reason. Of what is there twice the last
 * counts, and messages are merged, as the format has it. Bytes in the message are views of `bytes`.
 */
export function decodeMessage(bytes: Uint8Array): DecodedMessage | DecodingFailed {
  if (bytes.byteLength > messageLimits.bytes) return failed('too-large');
  const unknown = new Set<number>();
  try {
    const message = decoded({}, bytes, messageShape, { depth: 0, unknown });
    return { kind: 'decoded', message: message, unknown: [...unknown] };
  } catch (error) {
    // What the reader of the library throws says that the bytes are none of the format.
    return failed(error instanceof Unreadable ? error.reason : 'broken');
  }
}

/** Writes a message, its fields in the order of their numbers. Undefined fields are not written. */
export function encodeMessage(message: WireMessage): Uint8Array {
  const writer = new BinaryWriter();
  write(writer, { ...message }, messageShape);
  return writer.finish();
}

function failed(reason: DecodingFailed['reason']): DecodingFailed {
  return { kind: 'failed', reason, text: texts[reason] };
}

class Unreadable extends Error {
  readonly reason: DecodingFailed['reason'];
  constructor(reason: DecodingFailed['reason']) {
    super(texts[reason]);
    this.reason = reason;
  }
}

type Values = Record<string, unknown>;
interface Reading {
  readonly depth: number;
  readonly unknown?: Set<number>;
}

function decoded(into: Values, bytes: Uint8Array, shape: AnyShape, { depth, unknown }: Reading): Values {
  if (depth > messageLimits.depth) throw new Unreadable('too-deep');
  const known = fieldsByNumber(shape);
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [no, wire] = reader.tag();
    if (wire === WireType.StartGroup || wire === WireType.EndGroup) throw new Unreadable('broken');
    const found = known.get(no);
    if (found === undefined) {
      if (unknown !== undefined && unknown.size < 16) unknown.add(no);
      reader.skip(wire);
      continue;
    }
    const [name, field] = found;
    if (wire !== wireTypes[field.type]) throw new Unreadable('broken');
    into[name] = valueOf(reader, field, into[name], depth);
    // Some of the library's readers look beyond the end before they tell.
    if (reader.pos > reader.len) throw new Unreadable('broken');
  }
  return into;
}

const byNumber = new WeakMap<AnyShape, ReadonlyMap<number, readonly [string, AnyField]>>();

function fieldsByNumber(shape: AnyShape): ReadonlyMap<number, readonly [string, AnyField]> {
  const known = byNumber.get(shape);
  if (known !== undefined) return known;
  const made = new Map(
    Object.entries(shape.fields).map(([name, field]) => [field.no, [name, field] as const]),
  );
  byNumber.set(shape, made);
  return made;
}

const wireTypes: Readonly<Record<AnyField['type'], WireType>> = {
  string: WireType.LengthDelimited,
  strings: WireType.LengthDelimited,
  bytes: WireType.LengthDelimited,
  message: WireType.LengthDelimited,
  messages: WireType.LengthDelimited,
  bool: WireType.Varint,
  uint32: WireType.Varint,
  int32: WireType.Varint,
  uint64: WireType.Varint,
  int64: WireType.Varint,
  double: WireType.Bit64,
};

function valueOf(reader: BinaryReader, field: AnyField, before: unknown, depth: number): unknown {
  switch (field.type) {
    case 'string':
      return textOf(reader);
    case 'bytes':
      return reader.bytes();
    case 'bool':
      return reader.bool();
    case 'uint32':
      return reader.uint32();
    case 'int32':
      return reader.int32();
    case 'uint64':
      return safe(reader.uint64());
    case 'int64':
      return safe(reader.int64());
    case 'double':
      return reader.double();
    case 'strings':
      return [...fewer(before), textOf(reader)];
    case 'messages':
      return [...fewer(before), decoded({}, reader.bytes(), field.of(), { depth: depth + 1 })];
    case 'message':
      return decoded((before as Values | undefined) ?? {}, reader.bytes(), field.of(), { depth: depth + 1 });
  }
}

function fewer(before: unknown): readonly unknown[] {
  const list = (before as readonly unknown[] | undefined) ?? [];
  if (list.length >= messageLimits.repeated) throw new Unreadable('too-many');
  return list;
}

function textOf(reader: BinaryReader): string {
  const bytes = reader.bytes();
  try {
    return utf8.decode(bytes);
  } catch {
    throw new Unreadable('not-text');
  }
}
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function safe(value: bigint | string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new Unreadable('broken');
  return number;
}

function write(writer: BinaryWriter, values: Values, shape: AnyShape): void {
  for (const [name, field] of Object.entries(shape.fields)) {
    const value = values[name];
    if (value === undefined) continue;
    const list =
      field.type === 'strings' || field.type === 'messages' ? (value as readonly unknown[]) : [value];
    for (const one of list) {
      writer.tag(field.no, wireTypes[field.type]);
      writeOne(writer, one, field);
    }
  }
}

function writeOne(writer: BinaryWriter, value: unknown, field: AnyField): void {
  switch (field.type) {
    case 'string':
    case 'strings':
      writer.string((value as string).toWellFormed());
      return;
    case 'bytes':
      writer.bytes(value as Uint8Array);
      return;
    case 'bool':
      writer.bool(value as boolean);
      return;
    case 'uint32':
      writer.uint32(value as number);
      return;
    case 'int32':
      writer.int32(value as number);
      return;
    case 'uint64':
      writer.uint64(value as number);
      return;
    case 'int64':
      writer.int64(value as number);
      return;
    case 'double':
      writer.double(value as number);
      return;
    case 'message':
    case 'messages':
      writer.fork();
      write(writer, value as Values, field.of());
      writer.join();
  }
}
