import { usualTrial } from '../../rules/desks.ts';
import type { Endpoint } from './router.ts';
import { refuseChange, wantedOf } from './rule-json.ts';

/** `POST /rules/test`: what a change would have done with the last `events` events. Changes nothing. */
export const testRules: Endpoint =
  ({ rules }) =>
  async (request, response) => {
    const read = wantedOf(request.body, response);
    if (read === undefined) return;
    const result = await rules.test(read.wanted, read.events ?? usualTrial);
    switch (result.kind) {
      case 'tested':
        response.json(result.trial);
        return;
      case 'unchanged':
        response.json({ judged: 0, unread: 0, changes: 0, changed: [] });
        return;
      default:
        refuseChange(response, result);
    }
  };
