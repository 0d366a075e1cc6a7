import { randomBytes, randomInt } from 'node:crypto';
import { PrivateKey } from 'libsignal-x3dh';
import type { KeptIdentity } from './draft.ts';
import { identityShape, parseKept } from './kept.ts';
import { bytesOf, keptKey, privateKeyOf } from './keys.ts';
import type { SignalLimits } from './limits.ts';
import type { Own, SignalStore } from './store.ts';

/** One's own identity in public. `identity` has 32 bytes. */
export interface PublicIdentity {
  readonly registration: number;
  readonly identity: Uint8Array;
}

/** One's own identity with its secret. */
export interface OwnIdentity {
  readonly registration: number;
  readonly key: PrivateKey;
}

export function openIdentity(kept: Pick<KeptIdentity, 'value'>): OwnIdentity {
  const { registration, key } = parseKept(identityShape, kept.value);
  return { registration, key: privateKeyOf(key) };
}

export function publicIdentity({ registration, key }: OwnIdentity): PublicIdentity {
  return { registration, identity: bytesOf(key.getPublicKey()) };
}

/** The identity that is kept, or a new one that is kept before it is answered. */
export async function ensureIdentity(
  store: SignalStore,
  own: Own,
  limits: Pick<SignalLimits, 'maxRegistration'>,
  now: number,
): Promise<PublicIdentity> {
  const [kept] = await store.list(own, { kind: 'identity', peer: '' }, 1);
  if (kept !== undefined) return publicIdentity(openIdentity(kept));
  const registration = randomInt(1, limits.maxRegistration + 1);
  const value = JSON.stringify({ registration, key: keptKey(PrivateKey.generate()) });
  const of = { kind: 'identity', peer: '', name: randomBytes(8).toString('hex') } as const;
  const made = await store.commit(own, undefined, [{ kind: 'put', of, value, at: now }]);
  return made ? publicIdentity(openIdentity({ value })) : ensureIdentity(store, own, limits, now);
}
