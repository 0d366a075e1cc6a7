/** Any messages of the shape that the bridge speaks, made from the shape itself. */
import fc from 'fast-check';
import type { AnyField, AnyShape } from '../../src/interop/message/shape.ts';
import type { WireMessage } from '../../src/interop/message/wire-message.ts';
import { messageShape } from '../../src/interop/profile/message-profile.ts';

const text = fc.string({ unit: 'binary', maxLength: 20 });

/** Messages whose parts nest `depth` deep; every field may be absent. */
export function anyMessage(depth = 4): fc.Arbitrary<WireMessage> {
  return valuesOf(messageShape, depth).map((values) => values as WireMessage);
}

function valuesOf(shape: AnyShape, depth: number): fc.Arbitrary<Record<string, unknown>> {
  const fields = Object.entries(shape.fields).filter(([, field]) => depth > 0 || !('of' in field));
  const names = fc.subarray(
    fields.map(([name]) => name),
    { maxLength: Math.min(fields.length, 5) },
  );
  return names.chain((chosen) =>
    fc.record(
      Object.fromEntries(
        fields
          .filter(([name]) => chosen.includes(name))
          .map(([name, field]) => [name, valueOf(field, depth)]),
      ),
      { noNullPrototype: true },
    ),
  );
}

function valueOf(field: AnyField, depth: number): fc.Arbitrary<unknown> {
  switch (field.type) {
    case 'string':
      return text;
    case 'bytes':
      return fc.uint8Array({ maxLength: 40 });
    case 'bool':
      return fc.boolean();
    case 'uint32':
      return fc.integer({ min: 0, max: 0xffff_ffff });
    case 'int32':
      return fc.integer();
    case 'uint64':
      return fc.maxSafeNat();
    case 'int64':
      return fc.maxSafeInteger();
    case 'double':
      return fc.double({ noNaN: true });
    case 'strings':
      return fc.array(text, { minLength: 1, maxLength: 3 });
    case 'message':
      return valuesOf(field.of(), depth - 1);
    case 'messages':
      return fc.array(valuesOf(field.of(), depth - 1), { minLength: 1, maxLength: 3 });
  }
}
