import type { Endpoint } from './router.ts';
import { ruleJson, warningsJson } from './rule-json.ts';

/** `GET /rules`: all rules in force in the order in which they are listed, who set each and when. */
export const listRules: Endpoint =
  ({ rules }) =>
  async (_request, response) => {
    const { rules: all, warnings } = rules.list();
    response.json({ rules: all.map(ruleJson), warnings: warningsJson(warnings) });
  };
