/** What the listener is owed about an account, as it is kept. */
import { z } from 'zod';
import { identifierTypes } from '../../interop/identity/identifier.ts';

const account = z.object({
  login: z.object({ integrator: z.int(), user: z.string() }),
  identifier: z.string(),
  identifierType: z.enum(identifierTypes),
  name: z.string().optional(),
  enlistedAt: z.int(),
  seenAt: z.int(),
});
export const tellingShape = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('enlisted'),
    user: z.string(),
    keys: z.enum(['new', 'same', 'changed']),
    /** Who they were before their account was gone. */
    former: z.string().optional(),
  }),
  z.object({ kind: z.literal('gone'), account, why: z.enum(['deleted', 'unseen', 'removed']) }),
]);
export type Telling = z.infer<typeof tellingShape>;
