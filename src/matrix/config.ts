import { z } from 'zod';
import { encryptionSchema } from './crypto/config.ts';

const milliseconds = (fallback: number): z.ZodDefault<z.ZodNumber> =>
  z.number().int().min(1).max(3_600_000).default(fallback);

const localpart = z.string().regex(/^[a-z0-9._=/+-]+$/, 'expected a Matrix localpart: a-z 0-9 . _ = / + -');

const homeserver = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/ })
      .describe('Where the bridge reaches the homeserver: the base of its client-server API.'),
    domain: z
      .string()
      .regex(/^[A-Za-z0-9.:[\]-]{1,230}$/, 'expected a server name such as example.org')
      .describe("The homeserver's name: what stands after the colon in its users' IDs."),
    connections: z
      .number()
      .int()
      .min(1)
      .max(1000)
      .default(32)
      .describe('How many requests the homeserver is asked to answer at once.'),
    requestTimeoutMs: milliseconds(65_000).describe(
      'How long a single request may take before it counts as failed, in milliseconds. Keep it above 60000 for slow homeservers.',
    ),
    probeIntervalMs: milliseconds(5_000).describe(
      'How often the bridge looks whether the homeserver is there, in milliseconds.',
    ),
    pingIntervalMs: milliseconds(60_000).describe(
      'How often the homeserver is asked to call the bridge, so that a way back that is broken is noticed, in milliseconds.',
    ),
  })
  .describe('The homeserver that the bridge belongs to.');

const appservice = z
  .strictObject({
    id: z
      .string()
      .min(1)
      .max(200)
      .default('causeway')
      .describe("The id of this application service, as in the homeserver's registration file."),
    url: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe('Where the homeserver reaches the bridge; goes into the registration file.'),
    bind: z
      .strictObject({
        host: z.string().min(1).default('127.0.0.1').describe('The address that the bridge listens on.'),
        port: z
          .number()
          .int()
          .min(0)
          .max(65_535)
          .default(29_340)
          .describe('The port that the bridge listens on.'),
      })
      .prefault({})
      .describe('Where the bridge listens for the homeserver.'),
    asToken: z.string().min(16).describe('The token by which the homeserver knows the bridge. Secret.'),
    hsToken: z.string().min(16).describe('The token by which the bridge knows the homeserver. Secret.'),
    botLocalpart: localpart.default('causeway').describe("The localpart of the bridge bot's account."),
    botDisplayName: z.string().min(1).max(200).default('Causeway').describe('What the bot is called.'),
    senderLocalpart: localpart
      .default('_causeway')
      .describe(
        "The sender_localpart of the registration. It is never used, because a homeserver refuses /sync to it; it is not the bot's.",
      ),
    ghostPrefix: z
      .string()
      .regex(/^[a-z0-9._-]{1,32}$/, 'expected 1 to 32 of a-z 0-9 . _ -')
      .default('_')
      .describe('What the localparts of all ghosts begin with; the name of the network follows.'),
    deviceId: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,64}$/)
      .default('CAUSEWAY')
      .describe('The id of the device that every ghost and the bot have.'),
    maxTransactionBytes: z
      .number()
      .int()
      .min(1024)
      .default(52_428_800)
      .describe('The largest transaction that is taken from the homeserver, in bytes.'),
  })
  .describe('The bridge as an application service of the homeserver.');

const ghosts = z
  .strictObject({
    displayName: z
      .string()
      .min(1)
      .max(200)
      .default('{name}')
      .describe('What ghosts are called. {name}, {id} and {network} stand for what is known of the person.'),
    perSecond: z
      .number()
      .positive()
      .default(10)
      .describe('How many ghosts may be made in a second, on average.'),
    burst: z.number().int().min(1).default(50).describe('How many ghosts may be made at once.'),
    maxAvatarBytes: z
      .number()
      .int()
      .min(1)
      .default(1_048_576)
      .describe('Pictures of people above this size, in bytes, are not brought to their ghosts.'),
    maxAvatarPixels: z
      .number()
      .int()
      .min(1)
      .default(4_096)
      .describe('Nor are pictures with a side longer than this, in pixels.'),
  })
  .prefault({})
  .describe('The accounts that stand for people on other networks.');

const rooms = z
  .strictObject({
    federate: z.boolean().default(false).describe('Whether users of other homeservers may be in portals.'),
    version: z
      .string()
      .min(1)
      .optional()
      .describe("The room version of new portals; the homeserver's own default where absent."),
    spaces: z
      .boolean()
      .default(true)
      .describe(
        'Whether each user has a space for each network, which holds their chats there. Users switch theirs off with `space off`.',
      ),
    ghostsPerRoom: z
      .number()
      .int()
      .min(2)
      .max(10_000)
      .default(500)
      .describe(
        'How many ghosts are in the room of a group at most: beyond that the one who has been silent for the longest leaves it.',
      ),
    ghostsPerMinute: z
      .number()
      .int()
      .min(1)
      .max(10_000)
      .default(120)
      .describe('How many ghosts come into the room of a group in a minute at most; the others wait.'),
  })
  .prefault({})
  .describe('The rooms that mirror chats.');

const reconcile = z
  .strictObject({
    concurrency: z
      .number()
      .int()
      .min(1)
      .max(64)
      .default(4)
      .describe('How many rooms are looked through at once for events that were missed.'),
    maxPages: z
      .number()
      .int()
      .min(1)
      .default(20)
      .describe('How many pages of 100 events are read back in one room at most.'),
    maxAgeHours: z
      .number()
      .positive()
      .default(168)
      .describe(
        'Events older than this are never fetched later, in hours. Keep it below the time that ended events are remembered.',
      ),
  })
  .prefault({})
  .describe('Fetching what was missed while the bridge or the homeserver was down.');

/** Double puppeting, without the registration that it may have. */
export const doublePuppetingSchema = z
  .strictObject({
    asToken: z
      .string()
      .min(16)
      .optional()
      .describe("The token of the second registration, which covers the homeserver's users. Secret."),
    users: z
      .record(z.string().min(1), z.enum(['none', 'token', 'automatic']))
      .default({})
      .describe(
        'Who is shown as themselves when they write at their other client: `*`, the name of the homeserver, or a user ID (in quotes), each with `none`, `token` (with an access token that they give the bot) or `automatic` (also without doing anything, where there is a second registration). The most precise entry decides; everybody is `automatic` where this is not set.',
      ),
  })
  .describe('Double puppeting: what users do at their other clients appears on Matrix as their own.');

/** The part of the configuration that concerns the Matrix side. */
export const matrixSchema = z.strictObject({
  homeserver,
  appservice,
  ghosts,
  rooms,
  reconcile,
  encryption: encryptionSchema,
  doublePuppeting: doublePuppetingSchema.prefault({}),
  maxMediaBytes: z
    .number()
    .int()
    .min(1)
    .default(52_428_800)
    .describe('The largest file that crosses the bridge, in bytes.'),
  messageStatus: z
    .enum(['all', 'delivery', 'failures', 'none'])
    .default('delivery')
    .describe(
      'Which message-status events are sent into portals: `failures`, also what was delivered to a device (`delivery`), also what was handed to the network (`all`), or `none`. Each is one more event for the homeserver.',
    ),
});

/** The validated configuration of the Matrix side. */
export type MatrixConfig = z.infer<typeof matrixSchema>;
