import type { DeviceAnswer, Trouble } from '../../crypto/megolm/engine.ts';
import { failedForGood, failedForNow, type Failed, type ReasonCode } from '../../core/outcome.ts';
import { MatrixRefusal } from '../request.ts';

/** What a trouble of the engine means for an event; a refusal of the homeserver keeps its error code. */
export function failedBy(trouble: Trouble): Failed {
  const cause = trouble.errcode === undefined ? trouble.cause : new MatrixRefusal(403, trouble.errcode);
  return trouble.retry === 'later'
    ? failedForNow(reasonOf(trouble), cause, trouble.afterMs)
    : failedForGood(trouble.what === 'refused' ? 'forbidden' : 'internal', cause);
}

/**
 * The same for what must not be given up: without its keys nobody of the bridge speaks in an encrypted room, and what the
 * homeserver refuses there an operator can mend.
 */
export function passing(trouble: Trouble): Failed {
  return failedBy({ ...trouble, retry: 'later' });
}

function reasonOf({ what }: Trouble): ReasonCode {
  return what === 'homeserver' || what === 'refused' ? 'link-down' : 'internal';
}

/** What the engine is told of a request that failed. */
export function answerFor(failed: Failed): DeviceAnswer {
  const refusal = failed.cause instanceof MatrixRefusal ? failed.cause : undefined;
  return {
    kind: 'failed',
    status: refusal?.status,
    errcode: refusal?.errcode,
    retry: failed.retry.kind,
    afterMs: failed.retry.kind === 'later' ? failed.retry.afterMs : undefined,
  };
}
