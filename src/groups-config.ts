import { z } from 'zod';

const messages = (most: number, fallback: number): z.ZodDefault<z.ZodNumber> =>
  z.number().int().min(0).max(most).default(fallback);

/** What is done for groups beside mirroring what is said in them. */
export const groupsSchema = z
  .strictObject({
    backfill: messages(1_000, 50).describe(
      'How many of the last messages of a group are brought in when its room is made; none with 0.',
    ),
    maxHistory: messages(10_000, 1_000).describe(
      'How many messages a user may ask for with `history` at most; with 0 the command is off.',
    ),
    agreementMs: z
      .number()
      .int()
      .min(5_000)
      .max(604_800_000)
      .default(3_600_000)
      .describe(
        'How long both sides have to agree that a room which is there already is bridged with a group (`bridge`).',
      ),
  })
  .prefault({})
  .describe('Groups: chats of many people.');
export type GroupsConfig = z.output<typeof groupsSchema>;
