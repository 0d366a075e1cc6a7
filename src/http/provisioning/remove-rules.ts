import { z } from 'zod';
import { parsed } from './body.ts';
import { change } from './change-rules.ts';
import type { Endpoint } from './router.ts';

const id = z.string().min(1).max(64);
const query = z.strictObject({ id: z.union([id, z.array(id).min(1).max(100)]) });

/** `DELETE /rules?id=…`: takes rules away that were set while the bridge ran; `id` may be there several times. */
export const removeRules: Endpoint =
  ({ rules }) =>
  async (request, response) => {
    const read = parsed(query, request.query, response);
    if (read === undefined) return;
    const remove = [...new Set([read.id].flat())];
    await change(rules, { put: [], remove, place: 'last', replace: false, by: { kind: 'api' } }, response);
  };
