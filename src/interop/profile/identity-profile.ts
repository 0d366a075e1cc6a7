/** What the identity and enlistment parts take from outside, each with how sure it is: see `mark.ts` and `profile.ts`. */
import type { Mark } from './mark.ts';

/** What a host says about a refused enlistment, and what a partner does about it. */
export interface ReasonFact {
  readonly mark: Mark;
  /** `never`: another attempt does not mend it. `new-token`: with a fresh token, once. `later`: after a while. */
  readonly retry: 'never' | 'new-token' | 'later';
}

/**
 * Every reason of `{"reason": …, "status": "fail"}`. Only `bad_integrator` is published for enlistment [O]. The others
 * are words that ordinary registration uses on the same host [P]; that enlistment uses them too is a guess [G].
 */
export const enlistmentReasons = {
  /** The integrator is not known, or not allowed. */
  bad_integrator: { mark: 'O', retry: 'never' },
  /** A field has a wrong form: its size, its base64url, a signature that is not of that key. */
  bad_param: { mark: 'G', retry: 'never' },
  missing_param: { mark: 'G', retry: 'never' },
  /** The token is not genuine, too old, or not about a user. */
  bad_token: { mark: 'G', retry: 'new-token' },
  /** The user, or the provider, is shut out. */
  blocked: { mark: 'G', retry: 'never' },
  old_version: { mark: 'G', retry: 'never' },
  too_many: { mark: 'G', retry: 'later' },
  too_recent: { mark: 'G', retry: 'later' },
  temporarily_unavailable: { mark: 'G', retry: 'later' },
} as const satisfies Readonly<Record<string, ReasonFact>>;

export const identityProfile = {
  /** Where a partner serves its keys [O]. */
  jwksPath: '/.well-known/oauth/openid/jwks',
  /** The overview's example of a key set is RSA with RS256 [O]; that nothing else is taken is ours. */
  algorithm: 'RS256',
  /** The largest token, in bytes [O]. */
  maxTokenBytes: 4_096,
  /** The claims of a partner's token: registered names (RFC 7519) and one of our own [G]. */
  claims: {
    /** The user-visible identifier [G]. */
    identifier: 'sub',
    /** What kind it is of: `email`, `phone` or `username` [G]. Optional; where it is there it has to be the provider's. */
    identifierType: 'identifier_type',
  },
  /** Who a host says to be in a push token [O]. */
  pushIssuer: 'WHATSAPP',
  /** Below the partner's base URL [O]. */
  pushPath: '/push',
  /** What a partner answers where it does not answer an empty 200 [G]. */
  pushStatus: {
    badBody: 400,
    badToken: 401,
    unknownUser: 404,
    tooLarge: 413,
    notJson: 415,
    tooMany: 429,
    unavailable: 503,
  },
  /** The longest life of a token that is taken, in milliseconds [G]. */
  tokenLifeMs: 3_600_000,
  pushTokenLifeMs: 600_000,
  /** By how much clocks may differ, in milliseconds [G]. */
  clockSkewMs: 60_000,
  /** How long before its first use a new key is served: the far side fetches "periodically" [O], how often is not said [G]. */
  keyLeadMs: 86_400_000,
} as const;

export const enlistmentProfile = {
  /** On WhatsApp's registration host [O]. */
  path: '/3p/interop_reg',
  /** `e_keytype`: Curve25519 [O]. Also the byte before a public key that a signed prekey's signature is over [P]. */
  keyType: 0x05,
  /** Sizes of the values of the request, in bytes [O]. */
  sizes: {
    authkey: 32,
    e_keytype: 1,
    e_regid: 4,
    e_ident: 32,
    e_skey_id: 3,
    e_skey_val: 32,
    e_skey_sig: 64,
  },
  /** The server part of a login, `1-10853634039893@interop` [O]; its integrator has 16 bits [P], its user at most 64 [G]. */
  server: 'interop',
  maxIntegrator: 0xffff,
  maxUser: 0xffff_ffff_ffff_ffffn,
  /** The largest request: a token of the largest size and the rest, with room for percent signs [G]. */
  maxRequestBytes: 8_192,
  /** The largest answer [G]. */
  maxAnswerBytes: 4_096,
  /** In an answer with `later`: after how many seconds [G] (ordinary registration has the field [P]). */
  retryAfterField: 'retry_after',
} as const;
