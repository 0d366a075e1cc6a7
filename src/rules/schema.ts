/** How rules are written in the configuration, in rule files and over HTTP. What they mean is checked by `compile.ts`. */
import { z } from 'zod';
import { features } from '../core/network.ts';
import { actions, weekdays, type Rule } from './rule.ts';

const most = 200;
const list = (what: string): z.ZodOptional<z.ZodArray<z.ZodString>> =>
  z.array(z.string().min(1).max(500)).min(1).max(most).describe(what).optional();
const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, { message: 'HH:MM' });

const time = z
  .strictObject({
    days: z.array(z.enum(weekdays)).min(1).max(7).optional().describe('The days on which it begins.'),
    from: clock.optional().describe('When it begins, `HH:MM`.'),
    to: clock.optional().describe('When it ends, `HH:MM`; on the next day where that is earlier.'),
    zone: z.string().min(1).max(64).optional().describe('A time zone (IANA), such as `Europe/Berlin`; UTC.'),
  })
  .describe('Only at these times.');

/** The id of a rule: it is told to people, and stands in commands. */
export const ruleIdPattern = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** One rule. */
export const ruleSchema: z.ZodType<Rule> = z.strictObject({
  id: z
    .string()
    .regex(ruleIdPattern, { message: 'lower-case letters, digits, `.`, `_` and `-`, at most 64' })
    .describe('What it is called; people are told it.'),
  networks: list('Only on these networks.'),
  userGroups: list('Only for users of these groups (`user_groups`).'),
  users: list(
    'Only for these Matrix users: `*`, the name of a server, a user ID, or an expression between slashes.',
  ),
  people: list('Only for these people of the network: `*`, an address, or an expression between slashes.'),
  rooms: list("Only in these rooms: a room ID, the network's address of a chat, or an expression."),
  regions: z
    .array(z.string().regex(/^[A-Z]{2}$/, { message: 'two capital letters (ISO 3166-1)' }))
    .min(1)
    .max(most)
    .optional()
    .describe('Only for users of these regions, such as `DE`.'),
  time: time.optional(),
  features: z.array(z.enum(features)).min(1).max(features.length).describe('What it is about.'),
  direction: z.enum(['to-matrix', 'to-network']).optional().describe('Only this way; both where absent.'),
  chats: z.enum(['direct', 'group']).optional().describe('Only in such chats.'),
  largerThanBytes: z.number().int().min(0).optional().describe('Only what is larger.'),
  types: list('Only files of these types: `image/webp`, `image/*`, or an expression between slashes.'),
  moreThan: z
    .strictObject({
      events: z.number().int().min(0).max(1_000).describe('How many still pass.'),
      withinMs: z.number().int().min(1_000).max(86_400_000).describe('Within which time.'),
    })
    .optional()
    .describe('Only what somebody sends beyond so many.'),
  action: z.enum(actions).describe('What is done.'),
});

/** A file of rules. */
export const ruleFileSchema = z.strictObject({
  rules: z.array(ruleSchema).max(100_000).default([]).describe('The rules, the first one first.'),
});
