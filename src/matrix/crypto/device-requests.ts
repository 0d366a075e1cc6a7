import type { DeviceAnswer, EngineOptions } from '../../crypto/megolm/engine.ts';
import { parseMatrixUserId, type MatrixUserId } from '../../core/ids.ts';
import { failedForGood } from '../../core/outcome.ts';
import type { Requester } from '../client.ts';
import { parseJsonObject } from '../json-object.ts';
import type { Credential } from '../request.ts';
import { answerFor } from './failures.ts';

/** By what the bridge acts as a user who is none of its own; undefined where it may not, or the user is its own. */
export type CredentialOf = (user: MatrixUserId) => Promise<Credential | undefined>;

/** Makes the engine's requests through the client of the bridge, which knows the token and the pace. Never rejects. */
export function deviceRequests(client: Requester, credentialOf: CredentialOf): EngineOptions['request'] {
  return async ({ userId, deviceId }, { method, path, query, body }, signal): Promise<DeviceAnswer> => {
    try {
      const user = parseMatrixUserId(userId);
      const parsed = body === undefined ? undefined : parseJsonObject(body);
      if (user === undefined || (body !== undefined && parsed === undefined))
        return answerFor(failedForGood('internal'));
      const credential = await credentialOf(user);
      const answer = await client.request({
        ...{ method, path, signal },
        ...(query === undefined ? {} : { query }),
        ...(parsed === undefined ? {} : { body: parsed }),
        as: { userId: user, deviceId, ...(credential === undefined ? {} : { credential }) },
        attempts: 2,
      });
      return answer.kind === 'ok' ? { kind: 'ok', body: JSON.stringify(answer.body) } : answerFor(answer);
    } catch (error) {
      return answerFor({
        kind: 'failed',
        reason: 'internal',
        retry: { kind: 'later', afterMs: undefined },
        cause: error,
      });
    }
  };
}
