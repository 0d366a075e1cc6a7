/** One round of enlisting a user: with the keys of the channel and of Signal's protocol, and a token about them. */
import type { MatrixUserId } from '../../core/ids.ts';
import type { Log } from '../../core/task.ts';
import type { SignalParty } from '../../crypto/signal/signal.ts';
import { enlist, type EnlistmentPolicy } from '../../interop/enlistment/client.ts';
import type { Login } from '../../interop/enlistment/login.ts';
import type { Asker } from '../../interop/identity/bounded-request.ts';
import type { SigningKeys } from '../../interop/identity/signing-keys.ts';
import { makeUserToken } from '../../interop/identity/user-token.ts';
import type { CurveKeyPair } from '../../interop/noise/curve-key.ts';
import { enlistmentReasons } from '../../interop/profile/identity-profile.ts';
import { issuerOf, type WhatsappConfig } from './config.ts';
import type { EnlistmentTrouble } from './deps.ts';
import { identifierOf } from './identifiers.ts';

export interface EnlistingDeps {
  readonly config: WhatsappConfig;
  readonly homeserver: string;
  readonly keys: SigningKeys;
  readonly ask: Asker;
  readonly policy: EnlistmentPolicy | undefined;
  readonly log: Log;
}

/** How a round ended; `later` is tried again after a while. */
export type EnlistingEnd =
  | { readonly kind: 'enlisted'; readonly login: Login }
  | { readonly kind: 'refused'; readonly reason: EnlistmentTrouble }
  | { readonly kind: 'later'; readonly reason: EnlistmentTrouble; readonly afterMs: number | undefined };

/** Repeating it with the same keys is harmless: a host gives the same user the same login. */
export async function enlistOnce(
  deps: EnlistingDeps,
  {
    user,
    party,
    keys,
  }: { readonly user: MatrixUserId; readonly party: SignalParty; readonly keys: CurveKeyPair },
  signal: AbortSignal,
): Promise<EnlistingEnd> {
  const { config, homeserver, ask, log, policy } = deps;
  if (identifierOf(user, config.identifier, homeserver) === undefined)
    return { kind: 'refused', reason: 'no-identifier' };
  await party.identity();
  const own = await party.upload(0);
  if (own.kind === 'failed') throw new Error(`there are no keys to enlist with: ${own.text}`);
  const ended = await enlist(
    {
      authKey: keys.publicKey,
      registrationId: own.registration,
      identityKey: own.identity,
      signedPrekey: own.signed,
    },
    {
      ...{ ask, baseUrl: config.enlist_url, log, signal },
      token: () => tokenOf(deps, user),
      ...(policy === undefined ? {} : { policy }),
    },
  );
  switch (ended.kind) {
    case 'enlisted':
      return ended.login.integrator === config.integrator
        ? ended
        : { kind: 'later', reason: 'no-answer', afterMs: undefined };
    case 'refused': {
      const { reason, retryAfterMs } = ended;
      const passes = reason !== 'unknown' && enlistmentReasons[reason].retry === 'later';
      return passes ? { kind: 'later', reason, afterMs: retryAfterMs } : { kind: 'refused', reason };
    }
    case 'failed':
      return { kind: 'later', reason: 'no-answer', afterMs: undefined };
  }
}

/** A fresh token about a user. Rejects where the user has no identifier. */
export function tokenOf(
  { config, homeserver, keys }: Pick<EnlistingDeps, 'config' | 'homeserver' | 'keys'>,
  user: MatrixUserId,
): Promise<string> {
  return makeUserToken(keys, {
    issuer: issuerOf(config),
    audience: config.audience,
    identifierType: config.identifier,
    identifier: identifierOf(user, config.identifier, homeserver) ?? '',
  });
}
