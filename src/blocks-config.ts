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
  })
  .prefault({})
  .describe('Blocking people (`block`) and banning them for everybody (`ban`).');
export type BlocksConfig = z.output<typeof blocksSchema>;
