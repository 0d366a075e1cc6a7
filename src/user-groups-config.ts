import { z } from 'zod';
import type { UserGroups } from './core/eligibility.ts';

/** What a group of users may be called. */
export const groupName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, { message: 'small letters, digits, - and _' });

/** How people write patterns, for descriptions. */
export const patternHelp =
  '`*`, a user ID, the name of a server, either with `*` (any characters) and `?` (one) in it, or an expression between slashes';

/** The section `user_groups`: groups of Matrix users that `rules` and `reach` name. */
export const userGroupsSchema: z.ZodType<UserGroups> = z
  .record(groupName, z.array(z.string().min(1).max(500)).max(10_000))
  .default({})
  .describe(
    `Groups of Matrix users, which \`rules\` and \`reach\` may name, each with patterns (in quotes) of its members: ${patternHelp}.`,
  );
