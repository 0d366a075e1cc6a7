import { z } from 'zod';
import { networkPattern } from './core/ids.ts';

/** Who is shut out. */
export const blocksSchema = z
  .strictObject({
    decideThemselves: z
      .array(z.string().regex(networkPattern))
      .default([])
      .describe(
        'Networks that decide for themselves: whom an administrator has banned as a person on another network is not banned there for that alone.',
      ),
    unnamedInvitations: z
      .enum(['drop', 'pass'])
      .default('drop')
      .describe(
        'Invitations into groups where nobody vouches for who invites, as in XMPP rooms that hide addresses. `drop`: not for users who have blocked anybody, and for nobody while an administrator has banned a person, since it may be that very person. `pass`: they come in all the same.',
      ),
  })
  .prefault({})
  .describe('Blocking people (`block`) and banning them for everybody (`ban`).');
export type BlocksConfig = z.output<typeof blocksSchema>;
