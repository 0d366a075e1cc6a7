/**
 * Which steps of ratchets were used: of Olm (https://gitlab.matrix.org/matrix-org/olm/-/blob/master/docs/olm.md#the-olm-message-format)
 * in what is handed to devices, of Megolm in what is said in rooms.
 */
import { Direction } from 'matrix-js-sdk';
import { ratchetStepOf } from '../../scripts/verify/secrets.ts';
import type { MatrixUser } from './matrix-user.ts';

type Json = Readonly<Record<string, unknown>>;

/** A step of a ratchet, and the ciphertext that it was used for. */
export interface UsedStep {
  readonly step: string;
  readonly ciphertext: string;
}

/** The steps that were used for more than one ciphertext. */
export function usedAgain(steps: readonly UsedStep[]): readonly string[] {
  const first = new Map<string, string>();
  return steps.flatMap(({ step, ciphertext }) => {
    const before = first.get(step);
    if (before === undefined) first.set(step, ciphertext);
    return before === undefined || before === ciphertext ? [] : [step];
  });
}

/** The steps of what others than the user have said in a room, as the server has it. */
export async function saidSteps(user: MatrixUser, room: string): Promise<readonly UsedStep[]> {
  const steps: UsedStep[] = [];
  let from: string | null = null;
  for (;;) {
    const page = await user.sdk.createMessagesRequest(room, from, 100, Direction.Backward);
    for (const { sender, type, content } of page.chunk) {
      const ciphertext = content['ciphertext'] as unknown;
      const step = ratchetStepOf(content);
      if (sender === user.userId || type !== 'm.room.encrypted' || step === undefined) continue;
      steps.push({ step, ciphertext: String(ciphertext) });
    }
    if (page.end === undefined || page.chunk.length === 0) return steps;
    from = page.end;
  }
}

/** The steps that were used for what was handed to devices by a request (`PUT /sendToDevice/m.room.encrypted/…`). */
export function handedSteps(body: string): readonly UsedStep[] {
  const { messages } = JSON.parse(body) as { readonly messages: Record<string, Record<string, Json>> };
  return Object.values(messages)
    .flatMap((devices) => Object.values(devices))
    .flatMap(({ ciphertext = {} }) => Object.values(ciphertext as Record<string, Json>))
    .map(({ type, body: ciphertext }) => {
      const bytes = Buffer.from(String(ciphertext), 'base64');
      const fields = fieldsOf(type === 0 ? (fieldsOf(bytes).get(4) ?? Buffer.alloc(0)) : bytes);
      const [key, counter] = [fields.get(1), fields.get(2)];
      if (key === undefined || counter === undefined) throw new Error('not an Olm message');
      return { step: `${key.toString('hex')} ${counter.toString('hex')}`, ciphertext: String(ciphertext) };
    });
}

/** The fields of a message after its version, by their number; those that are numbers as the bytes that they are written in. */
function fieldsOf(bytes: Buffer): ReadonlyMap<number, Buffer> {
  const fields = new Map<number, Buffer>();
  for (let at = 1; at < bytes.length;) {
    const tag = bytes[at] ?? 0;
    const value = varint(bytes, at + 1);
    if ((tag & 7) === 0) fields.set(tag >> 3, bytes.subarray(at + 1, value.end));
    else if ((tag & 7) === 2) fields.set(tag >> 3, bytes.subarray(value.end, value.end + value.number));
    // The code at the end is no field.
    else return fields;
    at = (tag & 7) === 0 ? value.end : value.end + value.number;
    if (fields.has(4)) return fields;
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
