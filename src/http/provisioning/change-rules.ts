import type { Response } from 'express';
import type { RuleDesk } from '../../rules/desks.ts';
import type { WantedChange } from '../../rules/rulebook.ts';
import { refuse } from './answer.ts';
import type { Endpoint } from './router.ts';
import { refuseChange, wantedOf, warningsJson } from './rule-json.ts';

/** `POST /rules`: adds, replaces and removes rules, all or nothing. A repeat changes nothing and is no error. */
export const changeRules: Endpoint =
  ({ rules }) =>
  async (request, response) => {
    const read = wantedOf(request.body, response);
    if (read === undefined) return;
    if (read.events !== undefined) refuse(response, 'bad-request', 'events: there is no such field');
    else await change(rules, read.wanted, response);
  };

/** Makes a change and answers what came of it. */
export async function change(rules: RuleDesk, wanted: WantedChange, response: Response): Promise<void> {
  const result = await rules.change(wanted);
  switch (result.kind) {
    case 'changed': {
      const { added, replaced, removed, warnings } = result;
      response.json({ changed: true, added, replaced, removed, warnings: warningsJson(warnings) });
      return;
    }
    case 'unchanged':
      response.json({ changed: false, added: [], replaced: [], removed: [], warnings: [] });
      return;
    default:
      refuseChange(response, result);
  }
}
