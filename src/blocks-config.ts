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
    accountLists: z
      .strictObject({
        follow: z
          .boolean()
          .default(true)
          .describe(
            'Whether the lists of blocked people that linked accounts have on their own platforms (XMPP: XEP-0191) and the blocks of their users are kept the same.',
          ),
        every: z
          .number()
          .int()
          .min(100)
          .max(86_400_000)
          .meta({
            unit: 'ms',
            description:
              'How often each list is looked at. What users block in another app of theirs holds here after this time at the latest, where their platform does not tell the bridge.',
          })
          .default(5 * 60_000),
      })
      .prefault({})
      .describe('The lists that accounts have on their own platforms.'),
  })
  .prefault({})
  .describe('Blocking people (`block`) and banning them for everybody (`ban`).');
export type BlocksConfig = z.output<typeof blocksSchema>;
