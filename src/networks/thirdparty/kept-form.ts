/** What an arrival is kept as: what a ciphertext opened to, with what stood around it. Parsed when it is opened. */
import * as z from 'zod';
import type { Fingerprint, RemoteMessageId } from '../../core/ids.ts';
import { parseFingerprint } from '../../core/ids.ts';
import { parseMessageId } from '../../interop/message/message-id.ts';

export type KeptForm =
  | {
      readonly kind: 'message';
      readonly id: RemoteMessageId;
      /** The internal id of the homeserver user whom it was sent to. */
      readonly resident: string;
      readonly padded: Uint8Array;
      /** The name that the sender went by. */
      readonly notify: string | undefined;
    }
  | {
      readonly kind: 'identity';
      readonly identity: Fingerprint;
      /** What the homeserver user was told last. */
      readonly previous: Fingerprint | undefined;
    };

const shape = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('message'),
    id: z.string(),
    resident: z.string(),
    padded: z.string(),
    notify: z.string().optional(),
  }),
  z.object({ kind: z.literal('identity'), identity: z.string(), previous: z.string().optional() }),
]);

export function renderKept(form: KeptForm): string {
  return JSON.stringify(
    form.kind === 'message' ? { ...form, padded: Buffer.from(form.padded).toString('base64') } : form,
  );
}

/** Total: `undefined` for whatever is not the text of one. */
export function parseKept(text: string): KeptForm | undefined {
  const parsed = shape.safeParse(jsonIn(text));
  if (!parsed.success) return undefined;
  if (parsed.data.kind === 'identity') {
    const identity = parseFingerprint(parsed.data.identity);
    const previous = parseFingerprint(parsed.data.previous ?? '');
    return identity && { kind: 'identity', identity, previous };
  }
  const { resident, padded, notify } = parsed.data;
  const id = parseMessageId(parsed.data.id);
  return id && { kind: 'message', id, resident, padded: Buffer.from(padded, 'base64'), notify };
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
