/** What lies in the records, to and from text. What does not parse is a broken database, and throws. */
import { z } from 'zod';

export const identityShape = z.object({ registration: z.int(), key: z.string() });
export const prekeyShape = z.object({ key: z.string() });
export const signedShape = z.object({
  key: z.string(),
  signature: z.string(),
  created: z.int(),
  /** Since when another is at the server. */
  retired: z.int().optional(),
  published: z.boolean(),
});
export const peerShape = z.object({
  /** Base64 of 32 bytes. */
  identity: z.string(),
  /** Whether it took the place of another and nobody was told yet. */
  changed: z.boolean(),
  /** How often the session was made anew; all in all, and since `since`. */
  sessions: z.int(),
  resets: z.int(),
  since: z.int(),
});
export const sealedShape = z.object({
  type: z.enum(['pkmsg', 'msg']),
  body: z.string(),
  /** The number of the session. */
  session: z.int(),
  /** What was sealed, for when the peer asks for it again. */
  plain: z.string().optional(),
});

export type KeptPeer = z.infer<typeof peerShape>;
export type KeptSigned = z.infer<typeof signedShape>;

export function parseKept<T>(shape: z.ZodType<T>, value: string): T {
  const parsed = shape.safeParse(JSON.parse(value));
  if (!parsed.success) throw new Error('a record of a session is not what it should be');
  return parsed.data;
}
