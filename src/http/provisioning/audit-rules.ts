import { z } from 'zod';
import { mostAudited } from '../../rules/rule-store.ts';
import { parsed } from './body.ts';
import type { Endpoint } from './router.ts';
import { authorJson, timeJson } from './rule-json.ts';

const number = z
  .string()
  .regex(/^\d{1,15}$/, { message: 'a number is expected' })
  .transform(Number);
const query = z.strictObject({
  before: number.optional(),
  limit: number.pipe(z.number().min(1).max(500)).default(100),
  id: z.string().min(1).max(64).optional(),
});

/** `GET /rules/audit`: every change of rules, the newest first; `before` is the `seq` of the last that was seen. */
export const auditRules: Endpoint =
  ({ rules }) =>
  async (request, response) => {
    const read = parsed(query, request.query, response);
    if (read === undefined) return;
    const { before, limit, id } = read;
    const { entries, dropped } = await rules.audit({ before, limit, id });
    response.json({
      changes: entries.map(({ seq, at, by, id: rule, before: was, after }) => ({
        ...{ seq, at: timeJson(at), by: authorJson(by), rule },
        ...{ before: jsonIn(was), after: jsonIn(after) },
      })),
      dropped,
      most: mostAudited,
    });
  };

/** Rules in the trail are as they were kept, also those that this release does not know. */
function jsonIn(text: string | undefined): unknown {
  if (text === undefined) return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
