/**
 * Who may come in after the handshake: an enlisted user, by the key that was enlisted, with a token of the provider about
 * the same user (checked at every connection [O]), as long as the provider may be reached.
 */
import { timingSafeEqual } from 'node:crypto';
import { withDeadline } from '../../core/deadline.ts';
import type { ClientPeer } from '../../interop/noise/wire.ts';
import { failureReasons } from '../../interop/profile/session-profile.ts';
import type { TokenFault } from '../../interop/identity/token.ts';
import type { Accounts, KeptAccount } from './accounts.ts';
import type { Admission } from './host-counts.ts';
import type { Providers } from './providers.ts';

export type Admitted =
  | { readonly kind: 'admitted'; readonly account: KeptAccount }
  | { readonly kind: 'refused'; readonly why: Admission; readonly reason: number };

export interface AdmissionDeps {
  readonly accounts: Pick<Accounts, 'ofUser'>;
  readonly providers: Providers;
}

/** How long it may take: so many milliseconds, and not after the host has stopped. */
export interface AdmissionTime {
  readonly ms: number;
  readonly stop: AbortSignal;
}

/** Judges within the time that is left. Rejects where the records cannot be read. */
export async function admit(deps: AdmissionDeps, peer: ClientPeer, time: AdmissionTime): Promise<Admitted> {
  const done = await withDeadline(time.ms, () => judge(deps, peer), time.stop);
  return done.kind === 'done' ? done.value : refused('late', failureReasons.unavailable);
}

async function judge({ accounts, providers }: AdmissionDeps, peer: ClientPeer): Promise<Admitted> {
  const account = await accounts.ofUser(String(peer.payload.accountId));
  if (account === undefined) return refused('no-account', failureReasons.dismissed);
  if (!isSame(account.authKey, peer.clientKey)) return refused('wrong-key', failureReasons.dismissed);
  const { integrator } = account.login;
  if (!(await providers.isOpen(integrator))) return refused('shut-out', failureReasons.shutOut);
  const known = { provider: integrator, identifier: account.identifier };
  const verified = await providers.verify(peer.payload.token, known);
  return verified.kind === 'failed'
    ? refused(`token-${verified.reason}`, reasonOf(verified.reason))
    : { kind: 'admitted', account };
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

function refused(why: Admission, reason: number): Admitted {
  return { kind: 'refused', why, reason };
}

function reasonOf(fault: TokenFault): number {
  if (fault === 'keys-unavailable') return failureReasons.unavailable;
  return fault === 'expired' ? failureReasons.tokenExpired : failureReasons.tokenInvalid;
}
