import { z } from 'zod';

const messages = (most: number, fallback: number): z.ZodDefault<z.ZodNumber> =>
  z.number().int().min(0).max(most).default(fallback);

const aliases = z
  .strictObject({
    offered: z
      .boolean()
      .default(true)
      .describe('Whether the rooms of groups have aliases, such as `#_xmpp_room=40conference.example.org`.'),
    enter: z
      .boolean()
      .default(true)
      .describe(
        'Whether a group that is open to everybody on its network can be entered by its alias: its room is made when somebody asks for it, and can be joined without an invitation. Only where `permissions` lets everybody who could join use the bridge.',
      ),
    perMinute: z
      .number()
      .positive()
      .max(10_000)
      .default(10)
      .describe('How many rooms are made in a minute for those who ask for an alias, on average.'),
    burst: z.number().int().min(1).max(10_000).default(20).describe('How many such rooms are made at once.'),
    closeUnjoined: z
      .number()
      .int()
      .min(1_000)
      .meta({ unit: 'ms' })
      .default(3_600_000)
      .describe('When a room that was made so is closed again, where nobody has come to it.'),
  })
  .prefault({})
  .describe('Aliases of the rooms of groups. They need `namespaces.aliases` in the registration.');

/** What is done for groups beside mirroring what is said in them. */
export const groupsSchema = z
  .strictObject({
    backfill: messages(1_000, 50).describe(
      'How many of the last messages of a group are brought in when its room is made; none with 0.',
    ),
    maxHistory: messages(10_000, 1_000).describe(
      'How many messages a user may ask for with `history` at most; with 0 the command is off.',
    ),
    aliases,
    agreementMs: z
      .number()
      .int()
      .min(5_000)
      .max(604_800_000)
      .default(3_600_000)
      .describe(
        'How long both sides have to agree that a room which is there already is bridged with a group (`bridge`).',
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
