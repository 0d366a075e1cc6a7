import type { Answer, MatrixRequest } from '../../src/matrix/request.ts';
import { failedForGood, failedForNow, type Failed } from '../../src/core/outcome.ts';
import { MatrixRefusal } from '../../src/matrix/request.ts';

/** The state of one room as a homeserver would tell it, for what asks by a `Requester`. */
export class RoomServer {
  readonly asked: MatrixRequest[] = [];
  encryption: Readonly<Record<string, unknown>> | undefined = { algorithm: 'm.megolm.v1.aes-sha2' };
  visibility: string | undefined = 'invited';
  readonly members = new Map<string, string>();
  /** Whether it is away. */
  away = false;
  /** Whether state may be written. */
  power = true;
  /** Done before an answer is given. */
  meanwhile: (request: MatrixRequest) => void | Promise<void> = () => undefined;

  request = async (request: MatrixRequest): Promise<Answer | Failed> => {
    this.asked.push(request);
    const answer = this.#answer(request);
    await this.meanwhile(request);
    return answer;
  };

  /** How often a path with these words was asked for. */
  count(words: string): number {
    return this.asked.filter(({ path }) => path.includes(words)).length;
  }

  #answer({ method, path, body }: MatrixRequest): Answer | Failed {
    if (this.away) return failedForNow('link-down');
    if (path.includes('/send/')) return { kind: 'ok', body: { event_id: '$sent' } };
    if (path.includes('m.room.encryption')) {
      if (method === 'PUT' && !this.power)
        return failedForGood('forbidden', new MatrixRefusal(403, 'M_FORBIDDEN'));
      if (method === 'PUT') this.encryption = body;
      return method === 'PUT' ? { kind: 'ok', body: {} } : found(this.encryption);
    }
    if (path.includes('m.room.history_visibility'))
      return found(this.visibility === undefined ? undefined : { history_visibility: this.visibility });
    if (path.endsWith('/members')) {
      const chunk = [...this.members].map(([user, membership]) => ({
        state_key: user,
        content: { membership },
      }));
      return { kind: 'ok', body: { chunk } };
    }
    return { kind: 'ok', body: {} };
  }
}

function found(content: Readonly<Record<string, unknown>> | undefined): Answer | Failed {
  return content === undefined
    ? failedForGood('unknown-target', new MatrixRefusal(404, 'M_NOT_FOUND'))
    : { kind: 'ok', body: content };
}
