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
    waitForBot: z
      .number()
      .int()
      .min(60_000)
      .max(3 * 86_400_000)
      .meta({
        unit: 'ms',
        description:
          'How long a group whose bot was put out of its room waits to have it invited again; then the chat is closed. What people on the network said meanwhile comes in as far as its content is kept (`storage.keep_payloads`). Default 24h.',
      })
      .default(86_400_000),
  })
  .prefault({})
  .describe('Groups: chats of many people.');
export type GroupsConfig = z.output<typeof groupsSchema>;
