/** The configured providers, and what their tokens say. */
import type { Log } from '../../core/task.ts';
import type { Asker } from '../../interop/identity/bounded-request.ts';
import { createJwksClient } from '../../interop/identity/jwks-client.ts';
import { userTokenVerifier, type UserTokenVerifier } from '../../interop/identity/user-token.ts';
import type { HostOptions, HostProvider } from './host-options.ts';

export interface Providers {
  ofIssuer(issuer: string | undefined): HostProvider | undefined;
  of(integrator: number): HostProvider | undefined;
  /** Configured, and not switched off. */
  isOpen(integrator: number): Promise<boolean>;
  readonly verify: UserTokenVerifier<number>;
}

type ProvidersOptions = Pick<HostOptions, 'providers' | 'isOpen' | 'audience'> & {
  readonly ask: Asker;
  readonly log: Log;
  readonly now: () => number;
};

/** Throws where two providers have the same number or issuer. */
export function createProviders({ providers, isOpen, audience, ask, log, now }: ProvidersOptions): Providers {
  const byNumber = new Map(providers.map((one) => [one.integrator, one]));
  const byIssuer = new Map(providers.map((one) => [one.issuer, one]));
  if (byNumber.size !== providers.length || byIssuer.size !== providers.length)
    throw new RangeError('two providers have the same number or issuer');
  const jwks = createJwksClient({ ask, log, now });
  const known = providers.map(({ integrator, issuer, identifierType, jwksUrl }) => ({
    ...{ id: integrator, issuer, identifierType },
    keys: jwks.keysOf(jwksUrl),
  }));
  return {
    ofIssuer: (issuer) => (issuer === undefined ? undefined : byIssuer.get(issuer)),
    of: (integrator) => byNumber.get(integrator),
    isOpen: async (integrator) => byNumber.has(integrator) && (await isOpen(integrator)),
    verify: userTokenVerifier(() => known, { audience, now }),
  };
}
