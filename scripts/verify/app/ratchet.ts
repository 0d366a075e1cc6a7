/**
 * Which steps of which ratchets were used for sealed parts: Signal's messages as the library writes them
 * (https://signal.org/docs/specifications/doubleratchet/#header-encryption has the header in general terms).
 */
import type { WirePart } from './plan.ts';

/** Faults: a step that two different ciphertexts were sealed with. `steps` is how many there were. */
export function reusedSteps(parts: readonly WirePart[]): {
  readonly steps: number;
  readonly faults: readonly string[];
} {
  const first = new Map<string, WirePart>();
  const faults: string[] = [];
  for (const part of parts) {
    const step = stepOf(part);
    if (step === undefined) {
      faults.push(`${part.id} of ${part.user} is no message of Signal's`);
      continue;
    }
    const before = first.get(step.name);
    if (before === undefined) first.set(step.name, part);
    else if (stepOf(before)?.sealed !== step.sealed)
      faults.push(`${part.way} ${part.id} and ${before.way} ${before.id} have step ${step.name}`);
  }
  return { steps: first.size, faults };
}

/** The ratchet key and counter, and what was sealed with them. */
function stepOf({ type, bytes }: WirePart): { readonly name: string; readonly sealed: string } | undefined {
  const whole = Buffer.from(bytes, 'base64');
  const message = type === 'pkmsg' ? fieldsOf(whole).get(4) : whole;
  if (!(message instanceof Buffer)) return undefined;
  const fields = fieldsOf(message.subarray(0, -macBytes));
  const [key, counter, sealed] = [fields.get(1), fields.get(2) ?? 0, fields.get(4)];
  if (!(key instanceof Buffer) || !(sealed instanceof Buffer) || typeof counter !== 'number')
    return undefined;
  return { name: `${key.toString('hex')} ${counter}`, sealed: sealed.toString('base64') };
}

const macBytes = 8;

/** The fields of a protobuf message behind its version byte, by number: numbers, and bytes. */
function fieldsOf(bytes: Buffer): ReadonlyMap<number, Buffer | number> {
  const fields = new Map<number, Buffer | number>();
  for (let at = 1; at < bytes.length;) {
    const tag = varint(bytes, at);
    const value = varint(bytes, tag.end);
    const wire = tag.number & 7;
    if (wire === 0) fields.set(tag.number >> 3, value.number);
    else if (wire === 2) fields.set(tag.number >> 3, bytes.subarray(value.end, value.end + value.number));
    else return fields;
    at = wire === 0 ? value.end : value.end + value.number;
  }
  return fields;
}

function varint(bytes: Buffer, at: number): { readonly number: number; readonly end: number } {
  let number = 0;
  for (let end = at, scale = 1; ; end += 1, scale *= 128) {
    const byte = bytes[end] ?? 0;
    number += (byte & 0x7f) * scale;
    if (byte < 0x80) return { number, end: end + 1 };
  }
}
