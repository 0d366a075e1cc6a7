import { createHash, randomInt, randomUUID, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import type { LoginFlows, LoginStep } from '../../core/network.ts';
import type { MatrixUserId, RemoteUserId } from '../../core/ids.ts';
import { failedForGood, failedForNow } from '../../core/outcome.ts';
import { parsePerson } from './ids.ts';
import type { Received } from './person.ts';
import type { WorldLink } from './world.ts';

const validMs = 15 * 60_000;
const patienceMs = 10_000;

const pendingState = z.object({
  user: z.string(),
  remote: z.string(),
  code: z.string(),
  expiresAt: z.number(),
});

/** Proves that a person of the world is the Matrix user's own: a code is sent to their inbox and asked back. */
export function loginFlows(link: WorldLink, now: () => number): LoginFlows {
  return {
    begin: async (user, typed) => begin(link, now(), user, typed),
    answer: async (user, state, typed) => answer(now(), user, state, typed),
  };
}

async function begin(link: WorldLink, now: number, user: MatrixUserId, typed: string): Promise<LoginStep> {
  const remote = parsePerson(typed.trim());
  if (remote === undefined || link.find(remote) === undefined) return failedForGood('no-such-user');
  const code = String(randomInt(1_000_000)).padStart(6, '0');
  const sent = await link
    .send(codePacket(user, remote, code, now), AbortSignal.timeout(patienceMs))
    .catch(() => 'down');
  if (sent !== 'taken') return failedForNow('link-down');
  const expiresAt = now + validMs;
  const state = JSON.stringify({ user, remote, code, expiresAt });
  return { kind: 'ask', ask: 'code', address: remote, state, expiresAt };
}

function codePacket(user: MatrixUserId, remote: RemoteUserId, code: string, at: number): Received {
  return { id: `code.${randomUUID()}`, from: user, to: remote, at, body: { kind: 'code', code } };
}

function answer(now: number, user: MatrixUserId, state: string, typed: string): LoginStep {
  const pending = pendingState.parse(JSON.parse(state));
  const remote = parsePerson(pending.remote);
  if (remote === undefined || pending.user !== user) return failedForGood('not-permitted');
  if (now > pending.expiresAt) return failedForGood('expired');
  if (!sameText(pending.code, typed.trim())) return failedForGood('not-permitted');
  return { kind: 'done', remote };
}

/** Compares in a time that does not tell where the two differ. */
function sameText(one: string, other: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
