/** What a host answers to an enlistment: HTTP 200 either way, and JSON that says which (overview v1.0.3, "Enlistment"). */
import { enlistmentProfile, enlistmentReasons } from '../profile/identity-profile.ts';
import { parseLogin, renderLogin, type Login } from './login.ts';

export type EnlistmentReason = keyof typeof enlistmentReasons;
/** The answer. `retryAfterMs` only where the reason is one that passes. */
export type EnlistmentAnswer =
  | { readonly kind: 'enlisted'; readonly login: Login }
  | {
      readonly kind: 'refused';
      /** `unknown`: a word that our profile has not. */
      readonly reason: EnlistmentReason | 'unknown';
      readonly retryAfterMs: number | undefined;
    };
/** What a host may answer: it knows its reasons. */
export type HostAnswer =
  | Extract<EnlistmentAnswer, { readonly kind: 'enlisted' }>
  | {
      readonly kind: 'refused';
      readonly reason: EnlistmentReason;
      readonly retryAfterMs?: number | undefined;
    };
/** What came is not an answer. Its text is not kept: it is a stranger's. */
export interface NotAnAnswer {
  readonly kind: 'failed';
  readonly reason: 'not-understood' | 'too-large';
  readonly text: string;
}

const maxRetryAfterMs = 7 * 86_400_000;

/** Reads an answer. Never throws. Fields that are not known are passed over: hosts may add some. */
export function parseAnswer(body: Uint8Array): EnlistmentAnswer | NotAnAnswer {
  if (body.byteLength > enlistmentProfile.maxAnswerBytes)
    return { kind: 'failed', reason: 'too-large', text: 'the answer is too large' };
  const fields = objectIn(body);
  if (fields?.['status'] === 'ok' && typeof fields['login'] === 'string') {
    const login = parseLogin(fields['login']);
    if (login !== undefined) return { kind: 'enlisted', login };
  }
  const reason = fields?.['reason'];
  if (fields?.['status'] === 'fail' && typeof reason === 'string')
    return {
      kind: 'refused',
      reason: isEnlistmentReason(reason) ? reason : 'unknown',
      retryAfterMs: retryAfter(fields[enlistmentProfile.retryAfterField]),
    };
  return { kind: 'failed', reason: 'not-understood', text: 'the answer is none of an enlistment' };
}

/** Writes an answer, its members in the order of the overview. */
export function renderAnswer(answer: HostAnswer): string {
  if (answer.kind === 'enlisted') return JSON.stringify({ login: renderLogin(answer.login), status: 'ok' });
  const { reason, retryAfterMs } = answer;
  const wait =
    retryAfterMs === undefined ? {} : { [enlistmentProfile.retryAfterField]: seconds(retryAfterMs) };
  return JSON.stringify({ reason, status: 'fail', ...wait });
}

export function isEnlistmentReason(word: string): word is EnlistmentReason {
  return Object.hasOwn(enlistmentReasons, word);
}

function objectIn(body: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** Hosts of ordinary registration write it as a number, or as a text with one. */
function retryAfter(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^[0-9]{1,9}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) && number >= 0
    ? Math.min(number * 1_000, maxRetryAfterMs)
    : undefined;
}

function seconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1_000));
}
