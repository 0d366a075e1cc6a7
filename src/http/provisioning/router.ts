/** The provisioning API: docs/provisioning.md describes it. */
import { Router, type Request, type RequestHandler, type Response } from 'express';
import type { Log } from '../../core/task.ts';
import type { ExplainDesk, RuleDesk } from '../../rules/desks.ts';
import { access } from './access.ts';
import { refuse } from './answer.ts';
import { auditRules } from './audit-rules.ts';
import { errors, jsonBody } from './body.ts';
import { changeRules } from './change-rules.ts';
import { explain } from './explain.ts';
import { listRules } from './list-rules.ts';
import { removeRules } from './remove-rules.ts';
import { testRules } from './test-rules.ts';

/** What the endpoints work on. */
export interface Provisioned {
  readonly rules: RuleDesk;
  readonly explain: ExplainDesk;
}
/** One endpoint. What it throws is answered as a mistake of the bridge. */
export type Endpoint = (provisioned: Provisioned) => (request: Request, response: Response) => Promise<void>;

export interface ProvisioningOptions {
  readonly secret: string;
  readonly log: Log;
  readonly now?: () => number;
}

const prefix = '/_causeway/v1';
type Method = 'get' | 'post' | 'delete';

const endpoints: readonly (readonly [path: string, endpoints: Partial<Record<Method, Endpoint>>])[] = [
  ['/rules', { get: listRules, post: changeRules, delete: removeRules }],
  ['/rules/test', { post: testRules }],
  ['/rules/audit', { get: auditRules }],
  ['/explain', { get: explain }],
];

/** Nothing below its prefix, known or not, is answered without the secret. Paths are taken as they are written. */
export function provisioningRouter(
  provisioned: Provisioned,
  { secret, log, now }: ProvisioningOptions,
): Router {
  const exact = { caseSensitive: true, strict: true };
  const inner = Router(exact);
  inner.use(access(secret, log, now));
  for (const [path, methods] of endpoints) {
    const route = inner.route(path);
    const { get, post, delete: remove } = methods;
    if (get !== undefined) route.get(handled(get, provisioned));
    if (post !== undefined) route.post(...jsonBody(), handled(post, provisioned));
    if (remove !== undefined) route.delete(handled(remove, provisioned));
    route.all((_request, response) => {
      response.set('Allow', Object.keys(methods).join(', ').toUpperCase());
      refuse(response, 'method-not-allowed', 'There is no such method here.');
    });
  }
  inner.use((_request, response) => {
    refuse(response, 'not-found', 'There is nothing here.');
  });
  inner.use(errors(log));
  const router = Router(exact);
  router.use(prefix, inner);
  return router;
}

function handled(endpoint: Endpoint, provisioned: Provisioned): RequestHandler {
  const run = endpoint(provisioned);
  return async (request, response) => run(request, response);
}
