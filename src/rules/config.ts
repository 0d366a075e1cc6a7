/** The section `rules` of the configuration. */
import { z } from 'zod';
import type { UserGroups } from '../core/eligibility.ts';
import { presetNames } from './presets.ts';
import { ruleSchema } from './schema.ts';

const patterns = z.array(z.string().min(1).max(500)).max(10_000);

export const rulesSchema = z
  .strictObject({
    presets: z
      .record(z.string().min(1), z.enum(presetNames))
      .default({})
      .describe(
        'Rules that come with the bridge, by network: `whatsapp` leaves out stickers and disappearing messages, `default` nothing. A network called `whatsapp` has the first, all others the second, where nothing is said.',
      ),
    regions: z
      .record(z.string().regex(/^[A-Z]{2}$/, { message: 'two capital letters (ISO 3166-1)' }), patterns)
      .default({})
      .describe('Which users are of which region, by its code (ISO 3166-1), with patterns as in a group.'),
    files: z
      .array(z.string().min(1))
      .default([])
      .describe(
        'Files with more rules, read after those of `list`, in this order. Each holds a list under `rules`.',
      ),
    list: z
      .array(ruleSchema)
      .default([])
      .describe('The rules, the first one first. docs/rules.md says what a rule is.'),
    roomsPerSecond: z
      .number()
      .positive()
      .max(1_000)
      .default(10)
      .describe(
        'To how many rooms a second, at most, it is told what can be sent in them after the rules have changed, those with something said in the last day first.',
      ),
  })
  .prefault({})
  .describe(
    'What may pass. Read again with SIGHUP; where something is wrong all is refused, and the rules in force stay.',
  );
/** The section, with the groups of users that its rules may name. */
export interface RulesSection extends z.output<typeof rulesSchema> {
  readonly userGroups: UserGroups;
}
