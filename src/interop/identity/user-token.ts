/**
 * The partner's token about one of its users, checked by the host at enlistment and at every chat connection (overview
 * v1.0.3, "Identity"). That it holds the user-visible identifier is published; the claims' names are our guess.
 */
import { identityProfile } from '../profile/identity-profile.ts';
import { isIdentifierType, normaliseIdentifier, type IdentifierType } from './identifier.ts';
import type { SigningKeys } from './signing-keys.ts';
import { readUnverified, tokenFailed, verifyToken, type TokenFailed, type TokenKeys } from './token.ts';

/** A provider as the host knows it. */
export interface TokenProvider<Id> {
  readonly id: Id;
  readonly issuer: string;
  readonly identifierType: IdentifierType;
  readonly keys: TokenKeys;
}
/** Whose token it is. */
export interface TokenUser<Id> {
  readonly kind: 'user';
  readonly provider: Id;
  /** In its normalised form. */
  readonly identifier: string;
  readonly expiresAt: number;
}
export interface UserTokenOptions {
  /** Who the tokens are for: what the host calls itself. Any of these. */
  readonly audience: readonly string[];
  readonly now: () => number;
  /** In milliseconds; the profile's where absent. */
  readonly longestLifeMs?: number;
  readonly skewMs?: number;
}
/** What a token is to be about, where that is known: at a chat connection, the enlisted user. */
export interface KnownUser<Id> {
  readonly provider: Id;
  readonly identifier: string;
}
export type UserTokenVerifier<Id> = (
  token: string,
  known?: KnownUser<Id>,
) => Promise<TokenUser<Id> | TokenFailed>;

/** Verifies tokens of the providers: each with its own keys, found by the issuer that the token names. */
export function userTokenVerifier<Id>(
  providers: () => readonly TokenProvider<Id>[],
  options: UserTokenOptions,
): UserTokenVerifier<Id> {
  const { longestLifeMs = identityProfile.tokenLifeMs, skewMs = identityProfile.clockSkewMs } = options;
  return async (token, known) => {
    const read = readUnverified(token);
    if (read.kind === 'failed') return read;
    const provider = providers().find(({ issuer }) => issuer === read.issuer);
    if (provider === undefined) return tokenFailed('wrong-issuer');
    const { issuer, keys } = provider;
    const verified = await verifyToken(token, { ...options, longestLifeMs, skewMs, issuer, keys });
    if (verified.kind === 'failed') return verified;
    const identifier = identifierIn(verified.claims, provider.identifierType);
    if (identifier === undefined) return tokenFailed('bad-identifier');
    if (known !== undefined && !isKnown(known, provider, identifier)) return tokenFailed('other-identifier');
    return { kind: 'user', provider: provider.id, identifier, expiresAt: verified.expiresAt };
  };
}

export interface UserTokenContents {
  readonly issuer: string;
  readonly audience: string;
  readonly identifierType: IdentifierType;
  readonly identifier: string;
  /** In milliseconds; the profile's where absent. */
  readonly lifeMs?: number;
}

/** Makes a token about one's own user. Throws where the identifier is none of its type. */
export async function makeUserToken(keys: SigningKeys, contents: UserTokenContents): Promise<string> {
  const { issuer, audience, identifierType, lifeMs = identityProfile.tokenLifeMs } = contents;
  const identifier = normaliseIdentifier(identifierType, contents.identifier);
  if (identifier === undefined) throw new RangeError('not an identifier of its type');
  const { claims } = identityProfile;
  const named = { [claims.identifier]: identifier, [claims.identifierType]: identifierType };
  return keys.sign({ iss: issuer, aud: audience, ...named }, lifeMs);
}

function identifierIn(claims: Readonly<Record<string, unknown>>, type: IdentifierType): string | undefined {
  const { identifier: name, identifierType: typeName } = identityProfile.claims;
  const identifier = claims[name];
  const said = claims[typeName];
  if (said !== undefined && !(isIdentifierType(said) && said === type)) return undefined;
  return typeof identifier === 'string' ? normaliseIdentifier(type, identifier) : undefined;
}

function isKnown<Id>(known: KnownUser<Id>, provider: TokenProvider<Id>, identifier: string): boolean {
  return (
    known.provider === provider.id &&
    normaliseIdentifier(provider.identifierType, known.identifier) === identifier
  );
}
