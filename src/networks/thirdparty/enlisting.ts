/** Who may be enlisted: whom a provider's token is about, as long as the provider may be reached. */
import { BoundedMap } from '../../core/bounded-map.ts';
import type { Log } from '../../core/task.ts';
import { TokenBucket } from '../../core/token-bucket.ts';
import type { HostAnswer } from '../../interop/enlistment/answer.ts';
import type { EnlistmentRequest } from '../../interop/enlistment/request.ts';
import type { EnlistmentLimits, EnlistUser } from '../../interop/enlistment/router.ts';
import { readUnverified, type TokenFault } from '../../interop/identity/token.ts';
import type { Accounts } from './accounts.ts';
import { addressGroup } from './address-group.ts';
import type { HostCounts } from './host-counts.ts';
import type { HostLimits, HostProvider } from './host-options.ts';
import type { Providers } from './providers.ts';
import type { Sessions } from './sessions.ts';
import type { Tellings } from './telling.ts';

export interface EnlistingDeps {
  readonly providers: Providers;
  readonly accounts: Accounts;
  readonly tellings: Tellings;
  readonly sessions: Pick<Sessions, 'close'>;
  readonly counts: HostCounts;
  readonly limits: HostLimits;
  readonly log: Log;
  readonly now: () => number;
  /** The listener did not take what it was told; it is told again. */
  readonly tellAgain: () => void;
}

type Reason = Extract<HostAnswer, { readonly kind: 'refused' }>['reason'];

const busyMs = 5_000;

export function enlisting(deps: EnlistingDeps): EnlistUser {
  const { counts, providers, limits, now } = deps;
  const rates = new Map<number, TokenBucket>();
  const active = new Map<number, number>();
  const refused = (reason: Reason, retryAfterMs?: number): HostAnswer => {
    counts.add(`enlistment-refused-${reason}`);
    return { kind: 'refused', reason, retryAfterMs };
  };
  const admitted = async (provider: HostProvider, request: EnlistmentRequest): Promise<HostAnswer> => {
    const verified = await providers.verify(request.token);
    if (verified.kind === 'failed') return refused(...reasonOf(verified.reason));
    const { integrator, identifierType } = provider;
    const { perSecond, burst } = limits.enlistmentsOfProvider;
    const rate = rates.get(integrator) ?? new TokenBucket(perSecond, burst, now);
    rates.set(integrator, rate);
    const wait = rate.take();
    if (wait > 0) return refused('too_many', wait);
    const person = { integrator, identifierType, identifier: verified.identifier };
    const known = await deps.accounts.ofIdentifier(integrator, verified.identifier);
    if (known === undefined && deps.accounts.count >= limits.mostAccounts)
      return refused('too_many', 3_600_000);
    return enlistPerson(deps, person, request, refused);
  };
  return async (request) => {
    const read = readUnverified(request.token);
    if (read.kind === 'failed') return refused(...reasonOf(read.reason));
    const provider = providers.ofIssuer(read.issuer);
    if (provider === undefined) return refused('bad_integrator');
    const { integrator } = provider;
    if (!(await providers.isOpen(integrator))) return refused('blocked');
    const working = active.get(integrator) ?? 0;
    if (working >= limits.enlistmentsAtOnce) return refused('temporarily_unavailable', busyMs);
    active.set(integrator, working + 1);
    try {
      return await admitted(provider, request);
    } finally {
      active.set(integrator, (active.get(integrator) ?? 1) - 1);
    }
  };
}

async function enlistPerson(
  { accounts, tellings, sessions, counts, log, tellAgain }: EnlistingDeps,
  person: Parameters<Accounts['enlist']>[0],
  request: EnlistmentRequest,
  refused: (reason: Reason, retryAfterMs?: number) => HostAnswer,
): Promise<HostAnswer> {
  const { account, keys } = await accounts.enlist(person, request);
  const { user } = account.login;
  // A connection that proved another key is not this one's.
  if (keys === 'changed') sessions.close(user, 'replaced');
  try {
    await tellings.tell(user);
  } catch (error) {
    log.warn({ err: error }, 'an enlistment was not taken over yet');
    tellAgain();
    return refused('temporarily_unavailable', busyMs);
  }
  counts.add(`enlisted-${keys}`);
  return { kind: 'enlisted', login: account.login };
}

/** How often one address may ask. */
export function enlistmentLimits({ enlistmentsOfAddress }: HostLimits, now: () => number): EnlistmentLimits {
  const { perSecond, burst } = enlistmentsOfAddress;
  const rates = new BoundedMap<string, TokenBucket>(10_000);
  return (remoteAddress) => {
    const group = addressGroup(remoteAddress);
    const rate = rates.get(group) ?? new TokenBucket(perSecond, burst, now);
    rates.set(group, rate);
    return rate.take();
  };
}

function reasonOf(fault: TokenFault): [Reason, number?] {
  switch (fault) {
    case 'wrong-issuer':
      return ['bad_integrator'];
    case 'keys-unavailable':
      return ['temporarily_unavailable', busyMs];
    case 'too-large':
    case 'malformed':
    case 'algorithm':
    case 'unknown-key':
    case 'bad-signature':
    case 'expired':
    case 'not-yet':
    case 'lives-too-long':
    case 'no-expiry':
    case 'wrong-audience':
    case 'bad-identifier':
    case 'other-identifier':
      return ['bad_token'];
  }
}
