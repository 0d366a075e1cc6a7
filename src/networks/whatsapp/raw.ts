/** What an arrival is kept as: what was opened, with what is known of it from around it. */
import * as z from 'zod';

const message = z.object({
  kind: z.literal('message'),
  /** What the ciphertext opened to, with its padding; base64. */
  padded: z.base64(),
  /** What the message opened to whose caption this one changes, where it is one and was known. */
  before: z.base64().optional(),
  id: z.string().max(256),
  /** The addresses of the sender, and of the user whom it is for. */
  from: z.string().max(256),
  self: z.string().max(256),
  notify: z.string().max(1_100).optional(),
  /** Seconds since 1970, as the server says. */
  time: z.number().optional(),
});
const identity = z.object({ kind: z.literal('identity'), identity: z.string().max(200) });
const shape = z.discriminatedUnion('kind', [message, identity]);

export type KeptMessage = z.infer<typeof message>;
export type KeptIdentity = z.infer<typeof identity>;
export type Kept = z.infer<typeof shape>;

export function writeKept(kept: Kept): string {
  return JSON.stringify(kept);
}

/** Total: `undefined` where it is none. */
export function readKept(raw: string): Kept | undefined {
  try {
    const parsed = shape.safeParse(JSON.parse(raw));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
