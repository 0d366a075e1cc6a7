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
      /** What the message was whose caption this one changes, where it is one and was known. */
      readonly before: Uint8Array | undefined;
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
    before: z.string().optional(),
    notify: z.string().optional(),
  }),
  z.object({ kind: z.literal('identity'), identity: z.string(), previous: z.string().optional() }),
]);

export function renderKept(form: KeptForm): string {
  if (form.kind === 'identity') return JSON.stringify(form);
  const { padded, before, ...rest } = form;
  const more = before === undefined ? {} : { before: textOf(before) };
  return JSON.stringify({ ...rest, padded: textOf(padded), ...more });
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
  const { resident, padded, before, notify } = parsed.data;
  const id = parseMessageId(parsed.data.id);
  return (
    id && {
      ...{ kind: 'message', id, resident, padded: bytesOf(padded), notify },
      before: before === undefined ? undefined : bytesOf(before),
    }
  );
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64'));
}
