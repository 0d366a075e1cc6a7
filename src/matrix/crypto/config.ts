/** The section `encryption` of the configuration. */
import { z } from 'zod';

const time = (fallback: number, description: string): z.ZodDefault<z.ZodNumber> =>
  z.number().int().positive().max(86_400_000).meta({ unit: 'ms', description }).default(fallback);

export const encryptionSchema = z
  .strictObject({
    allow: z
      .boolean()
      .default(true)
      .describe(
        'Whether the bridge works in encrypted rooms, and follows rooms that become encrypted. Where it does not, nothing goes into such rooms.',
      ),
    default: z
      .boolean()
      .default(true)
      .describe(
        'Whether rooms that the bridge makes are encrypted, and direct chats that are opened with it are made so. Rooms that are there already stay as they are. Without `allow` they are not.',
      ),
    require: z
      .boolean()
      .default(false)
      .describe('Whether nothing is relayed from and into rooms that are not encrypted. It needs `allow`.'),
    strategy: z
      .enum(['all-devices', 'signed-devices'])
      .default('all-devices')
      .describe(
        "Which of the users' devices can read what ghosts say: all of them (`all-devices`), or those that their owners have verified (`signed-devices`, MSC4153).",
      ),
    file: z
      .string()
      .min(1)
      .optional()
      .meta({ examples: ['causeway-keys.db'] })
      .describe(
        'The file that keeps the keys of the bridge. It is made where there is none, and only one process may use it. Where absent it lies beside the file of `storage`, with `-keys` in its name.',
      ),
    maxOpen: z
      .number()
      .int()
      .min(1)
      .max(10_000)
      .default(200)
      .describe('How many ghosts may have their keys in memory at once.'),
    idle: time(300_000, 'After how long without work the keys of a ghost leave the memory.'),
    fresh: time(
      60_000,
      'How old what the bridge knows of the devices of a user may be, where it is not told of changes: of users who share no room with the bot.',
    ),
    maxGroupMembers: z
      .number()
      .int()
      .min(1)
      .max(100_000)
      .default(1_000)
      .describe(
        'How many people a group may have for its room to be made encrypted: each ghost that speaks there hands its key to the devices of all Matrix users in the room.',
      ),
  })
  .refine(({ allow, require }) => allow || !require, {
    path: ['require'],
    message: 'expected `allow: true` where encryption is required',
  })
  .prefault({})
  .describe('End-to-end encryption on the Matrix side.');

export type EncryptionConfig = z.output<typeof encryptionSchema>;
