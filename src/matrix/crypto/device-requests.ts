import type { DeviceAnswer, EngineOptions } from '../../crypto/megolm/engine.ts';
import { parseMatrixUserId, type MatrixUserId } from '../../core/ids.ts';
import { failedForGood, failedForNow } from '../../core/outcome.ts';
import type { Requester } from '../client.ts';
import { parseJsonObject } from '../json-object.ts';
import type { Credential } from '../request.ts';
import { answerFor } from './failures.ts';

/** By what the bridge acts as a device of a user: `own` where it needs nothing for it, `none` where it may not. */
export type CredentialOf = (
  user: MatrixUserId,
  deviceId: string | undefined,
) => Promise<Credential | 'own' | 'none'>;

/** Makes the engine's requests through the client of the bridge, which knows the token and the pace. Never rejects. */
export function deviceRequests(client: Requester, credentialOf: CredentialOf): EngineOptions['request'] {
  return async ({ userId, deviceId }, { method, path, query, body }, signal): Promise<DeviceAnswer> => {
    try {
      const user = parseMatrixUserId(userId);
      const parsed = body === undefined ? undefined : parseJsonObject(body);
      if (user === undefined || (body !== undefined && parsed === undefined))
        return answerFor(failedForGood('internal'));
      const credential = await credentialOf(user, deviceId);
      if (credential === 'none') return answerFor(failedForNow('link-down'));
      const answer = await client.request({
        ...{ method, path, signal },
        ...(query === undefined ? {} : { query }),
        ...(parsed === undefined ? {} : { body: parsed }),
        as: { userId: user, deviceId, ...(credential === 'own' ? {} : { credential }) },
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
