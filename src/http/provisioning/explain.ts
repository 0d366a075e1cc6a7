import { z } from 'zod';
import { parseMatrixUserId } from '../../core/ids.ts';
import type { Decider } from '../../rules/desks.ts';
import type { FeatureExplained } from '../../rules/explain.ts';
import { refuse } from './answer.ts';
import { parsed } from './body.ts';
import { doorJson } from './door-json.ts';
import type { Endpoint } from './router.ts';
import { authorJson, decidedJson, ruleJson, timeJson } from './rule-json.ts';

type Json = Readonly<Record<string, unknown>>;

const name = z.string().min(1).max(3_000);
const query = z.union([
  z.strictObject({ event: name }),
  z.strictObject({
    person: name,
    user: name.refine((user) => parseMatrixUserId(user) !== undefined, { message: 'a Matrix user ID' }),
    network: z.string().min(1).max(32).optional(),
  }),
]);

/** `GET /explain?event=…` or `?person=…&user=…[&network=…]`: who or what decided, and who set that. */
export const explain: Endpoint =
  ({ explain: desk }) =>
  async (request, response) => {
    const read = parsed(query, request.query, response);
    if (read === undefined) return;
    if ('event' in read) {
      const found = await desk.event(read.event, { kind: 'admin' });
      if (found === undefined) {
        refuse(response, 'not-found', 'No such event is known.');
        return;
      }
      const { id, record, decided, now } = found;
      response.json({
        ...{ event: id, source: record.source, state: record.state },
        reason: record.outcome !== undefined && 'reason' in record.outcome ? record.outcome.reason : null,
        ...{ received_at: timeJson(record.receivedAt), ended_at: timeJson(record.endedAt) },
        decided_by: decided.map(({ decider, feature }) => ({
          feature: feature ?? null,
          ...deciderJson(decider),
        })),
        now: now === undefined ? null : now.map(featureJson),
      });
      return;
    }
    const user = parseMatrixUserId(read.user);
    const which = { network: read.network, person: read.person };
    const found = user && (await desk.person(which, user, { kind: 'admin' }));
    if (found === undefined) {
      refuse(response, 'not-found', 'There is no such person.');
      return;
    }
    response.json({
      ...{ user: found.user, network: found.network, person: found.person },
      to_matrix: found.rules['to-matrix'].map(featureJson),
      to_network: found.rules['to-network'].map(featureJson),
      doors: {
        to_matrix: found.doors?.['to-matrix'] === undefined ? null : deciderJson(found.doors['to-matrix']),
        to_network: found.doors?.['to-network'] === undefined ? null : deciderJson(found.doors['to-network']),
      },
      stopped: found.stopped.map(({ id, direction, endedAt, decider }) => ({
        ...{ event: id, direction, ended_at: timeJson(endedAt), decided_by: deciderJson(decider) },
      })),
    });
  };

function featureJson({ feature, decided, next }: FeatureExplained): Json {
  return {
    feature,
    decided_by: decided === undefined ? null : decidedJson(decided),
    next: next.map(decidedJson),
  };
}

function deciderJson(decider: Decider): Json {
  switch (decider.kind) {
    case 'rule':
      return { kind: 'rule', name: decider.name, changed_since: decider.since, ...ruleJson(decider.rule) };
    case 'past-rule': {
      const { by, at } = decider.last;
      return { kind: 'past-rule', name: decider.name, removed_by: authorJson(by), removed_at: timeJson(at) };
    }
    case 'door':
      return { kind: 'door', name: decider.name, ...(decider.door && doorJson(decider.door)) };
  }
}
