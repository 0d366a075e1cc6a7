/** Requests of the client-server API and what its answers mean: https://spec.matrix.org/v1.15/client-server-api/#api-standards */
import type { MatrixUserId } from '../core/ids.ts';
import { failedForGood, failedForNow, type Failed } from '../core/outcome.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** Whom a request is made as; with a device, sends are remembered by it (MSC4326). */
export interface Masquerade {
  readonly userId: MatrixUserId;
  readonly deviceId: string | undefined;
  /** Where the bridge's own as_token does not cover the user. Never logged. */
  readonly credential?: Credential;
}

/** What lets the bridge act as a user of the homeserver: a second registration, or the user's own access token. */
export interface Credential {
  readonly kind: 'registration' | 'token';
  readonly token: string;
}

export interface MatrixRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Made with `path`, so that each segment is encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: JsonObject;
  readonly as?: Masquerade;
  readonly signal?: AbortSignal | undefined;
  /** How often it is tried at most; by default 4 times. */
  readonly attempts?: number;
  /** `once` where doing it twice does it twice: then it is tried again only where it was surely not done. */
  readonly repeat?: 'safe' | 'once';
  /** The bridge can do without it: where the registration does not cover it, nobody has to mend anything. */
  readonly optional?: true;
}

export interface Answer {
  readonly kind: 'ok';
  readonly body: JsonObject;
}

/** The homeserver's own words for a refusal, as the cause of a failure: a status and an error code, never a body. */
export class MatrixRefusal extends Error {
  override readonly name = 'MatrixRefusal';
  readonly status: number;
  readonly errcode: string | undefined;
  constructor(status: number, errcode: string | undefined) {
    super(`HTTP ${status} ${errcode ?? 'without an error code'}`);
    this.status = status;
    this.errcode = errcode;
  }
}

/** The error code that the homeserver gave for a failure, where it gave one. */
export function errcodeOf(failed: Failed): string | undefined {
  return failed.cause instanceof MatrixRefusal ? failed.cause.errcode : undefined;
}

/** An answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly text: string;
  readonly date?: string;
}

/** Whether an answer can have come from a homeserver, rather than from a proxy in front of one that is away. */
export function fromHomeserver(answer: RawAnswer): boolean {
  const body = parseObject(answer.text);
  return body !== undefined && (answer.status < 300 || typeof body['errcode'] === 'string');
}

/** What an answer means. What only an operator can mend, and what no homeserver says, is a failure that passes. */
export function interpret(answer: RawAnswer, now: number): Answer | Failed {
  const body = parseObject(answer.text);
  if (answer.status >= 200 && answer.status < 300) {
    return body === undefined
      ? failedForNow('link-down', new MatrixRefusal(answer.status, undefined))
      : { kind: 'ok', body };
  }
  const errcode = typeof body?.['errcode'] === 'string' ? body['errcode'].slice(0, 100) : undefined;
  const refusal = new MatrixRefusal(answer.status, errcode);
  if (answer.status === 429 || errcode === 'M_LIMIT_EXCEEDED') {
    return failedForNow('rate-limited', refusal, hint(answer, body, now));
  }
  if (answer.status === 413) return failedForGood('too-large', refusal);
  if (answer.status >= 500 || answer.status === 408 || errcode === undefined) {
    return failedForNow('link-down', refusal, hint(answer, body, now));
  }
  return refused(errcode, refusal);
}

function refused(errcode: string, refusal: MatrixRefusal): Failed {
  switch (errcode) {
    case 'M_UNKNOWN_TOKEN':
    case 'M_MISSING_TOKEN':
    case 'M_EXCLUSIVE':
    case 'M_RESOURCE_LIMIT_EXCEEDED':
      return failedForNow('link-down', refusal);
    case 'M_FORBIDDEN':
    case 'M_GUEST_ACCESS_FORBIDDEN':
    case 'M_CONSENT_NOT_GIVEN':
    case 'M_USER_DEACTIVATED':
      return failedForGood('forbidden', refusal);
    case 'M_TOO_LARGE':
      return failedForGood('too-large', refusal);
    case 'M_NOT_FOUND':
      return failedForGood('unknown-target', refusal);
    case 'M_UNKNOWN':
      // Synapse 1.163 says so, with 404, of the profile of a user who does not exist.
      return failedForGood(refusal.status === 404 ? 'unknown-target' : 'internal', refusal);
    default:
      return failedForGood('internal', refusal);
  }
}

/** What only the operator can mend: the tokens or the namespaces do not match the homeserver's registration file. */
export function isOperatorFault(failed: Failed): boolean {
  const errcode = errcodeOf(failed);
  return errcode === 'M_UNKNOWN_TOKEN' || errcode === 'M_MISSING_TOKEN' || errcode === 'M_EXCLUSIVE';
}

/** An answer that lacks what it is for: no homeserver gives it, so the one that is there will be asked again. */
export function nothingSaid(what: string): Failed {
  return failedForNow('link-down', new Error(`the homeserver answered without ${what}`));
}

/** A list that an answer has to have. */
export function listIn({ body }: Answer, key: string): readonly unknown[] | Failed {
  const list: unknown = body[key];
  return Array.isArray(list) ? (list as readonly unknown[]) : nothingSaid(key);
}

/** No longer a wait is believed; a timer would take far longer ones for none at all. */
const longestHint = 3_600_000;

/** The wait that the homeserver asks for; none where it names no time, so that nobody asks without a pause. */
function hint(answer: RawAnswer, body: JsonObject | undefined, now: number): number | undefined {
  const named = namedWait(answer, body, now) ?? 0;
  return named > 0 ? Math.min(named, longestHint) : undefined;
}

function namedWait(answer: RawAnswer, body: JsonObject | undefined, now: number): number | undefined {
  const inBody = body?.['retry_after_ms'];
  if (typeof inBody === 'number' && inBody >= 0 && Number.isFinite(inBody)) return inBody;
  if (answer.retryAfter === undefined) return undefined;
  const seconds = Number(answer.retryAfter);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(answer.retryAfter);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
