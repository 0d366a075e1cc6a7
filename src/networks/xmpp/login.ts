/** Proves that an XMPP address is a Matrix user's own: a code is sent to it and asked back. */
import { createHmac, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import type { MatrixUserId } from '../../core/ids.ts';
import type { LoginFlows, LoginStep } from '../../core/network.ts';
import { failedForGood, failedForNow } from '../../core/outcome.ts';
import { parseAddress } from './ids.ts';

const digits = 8;
const validMs = 10 * 60_000;
/** An address gets at most so many codes in the time that one is valid, whoever asks for them. */
const mostCodes = 3;

export interface LoginDeps {
  readonly domain: string;
  /** Sends a text from the component itself. */
  readonly send: (to: string, text: string) => Promise<'sent' | 'no-such-user' | 'link-down'>;
  readonly codeText: (values: { user: string; code: string; minutes: number }) => string;
  readonly now: () => number;
}

const pending = z.object({
  address: z.string(),
  salt: z.string(),
  hash: z.string(),
  expiresAt: z.number(),
});

/**
 * The link flow. The state holds a salted digest of the user, the address and the code, never the code. A wrong code answers `not-permitted`, one
 * that is too old `expired`; how often a code may be tried is the caller's to bound.
 */
export function createLogins(deps: LoginDeps): LoginFlows {
  const codes = new CodeLimit(deps.now);
  return {
    begin: (user, typed) => begin(deps, codes, user, typed),
    answer: async (user, state, typed) => answer(deps.now(), user, state, typed),
  };
}

async function begin(
  deps: LoginDeps,
  codes: CodeLimit,
  user: MatrixUserId,
  typed: string,
): Promise<LoginStep> {
  const address = parseAddress(typed.trim().replace(/^xmpp:/i, ''));
  if (address === undefined || address.local === '' || address.full !== address.bare) {
    return failedForGood('no-such-user');
  }
  if (address.domain === deps.domain) return failedForGood('forbidden');
  const waitMs = codes.take(address.bare);
  if (waitMs > 0) return failedForNow('rate-limited', undefined, waitMs);
  const code = String(randomInt(10 ** digits)).padStart(digits, '0');
  const text = deps.codeText({ user, code, minutes: validMs / 60_000 });
  const sent = await deps.send(address.bare, text);
  if (sent === 'link-down') return failedForNow('link-down');
  if (sent === 'no-such-user') return failedForGood('no-such-user');
  const expiresAt = deps.now() + validMs;
  const salt = randomBytes(16).toString('base64');
  const hash = digest(salt, user, address.bare, code).toString('base64');
  const state = JSON.stringify({ address: address.bare, salt, hash, expiresAt } satisfies z.infer<
    typeof pending
  >);
  return { kind: 'ask', ask: 'code', address: address.bare, state, expiresAt };
}

function answer(now: number, user: MatrixUserId, state: string, typed: string): LoginStep {
  const { address, salt, hash, expiresAt } = pending.parse(JSON.parse(state));
  const remote = parseAddress(address)?.bare;
  if (remote === undefined) return failedForGood('not-permitted');
  if (now >= expiresAt) return failedForGood('expired');
  const expected = Buffer.from(hash, 'base64');
  const found = digest(salt, user, remote, digitsOf(typed));
  const same = expected.byteLength === found.byteLength && timingSafeEqual(expected, found);
  return same ? { kind: 'done', remote } : failedForGood('not-permitted');
}

function digest(salt: string, ...parts: readonly string[]): Buffer {
  return createHmac('sha256', Buffer.from(salt, 'base64')).update(JSON.stringify(parts)).digest();
}

/** The digits of what was typed, in Latin, Arabic or Persian figures, with or without spaces between them. */
function digitsOf(typed: string): string {
  return typed
    .replace(/[\u0660-\u0669\u06f0-\u06f9]/g, (figure) => String((figure.codePointAt(0) ?? 0) & 0xf))
    .replace(/[\s\p{Cf}-]/gu, '');
}

/** Keeps the bridge from being used to flood an address with codes. */
class CodeLimit {
  readonly #now: () => number;
  readonly #sent = new Map<string, readonly number[]>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Counts a code; answers 0, or how long to wait where there were too many. */
  take(address: string): number {
    const now = this.#now();
    for (const [key, times] of this.#sent) {
      if (times.every((time) => time <= now - validMs)) this.#sent.delete(key);
    }
    const recent = (this.#sent.get(address) ?? []).filter((time) => time > now - validMs);
    const [oldest] = recent;
    if (oldest !== undefined && recent.length >= mostCodes) return oldest + validMs - now;
    this.#sent.set(address, [...recent, now]);
    return 0;
  }
}
