/**
 * Which keys sign, which are only served, and when: a pure plan. A key is served before its first use, for as long as
 * others may hold on to what they fetched, and after its last use until the last token that it signed has expired.
 */

/** A key as it is kept. Its private part is a secret: PKCS #8 in PEM, to be kept encrypted and never logged. */
export interface KeptSigningKey {
  /** Its thumbprint (RFC 7638). */
  readonly kid: string;
  readonly privateKey: string;
  /** Milliseconds since the epoch. */
  readonly signsFrom: number;
}
/** All in milliseconds. */
export interface KeyPolicy {
  /** For how long one key signs. */
  readonly rotateAfterMs: number;
  /** How long before its first use a key is served. */
  readonly leadMs: number;
  /** The longest life of a token that is signed. */
  readonly tokenLifeMs: number;
  /** By how much longer others take a token, for their clocks. */
  readonly skewMs: number;
}
/** What is to be so now. */
export interface KeyPlan {
  /** In the order in which they sign. */
  readonly keep: readonly KeptSigningKey[];
  /** Undefined where there is no key at all. */
  readonly signing: KeptSigningKey | undefined;
  /** When a key is to sign that is to be made now; undefined where none is. */
  readonly make: number | undefined;
}

/** What is to be done at a time with the keys that there are. Where the clock was set back, no key is made for it. */
export function planKeys(kept: readonly KeptSigningKey[], now: number, policy: KeyPolicy): KeyPlan {
  const inOrder = kept.toSorted((a, b) => a.signsFrom - b.signsFrom);
  const lastsMs = policy.tokenLifeMs + policy.skewMs;
  const keep = inOrder.filter((_key, at) => {
    const successor = inOrder[at + 1];
    return successor === undefined || now < successor.signsFrom + lastsMs;
  });
  const signing = keep.findLast(({ signsFrom }) => signsFrom <= now) ?? keep[0];
  return { keep, signing, make: nextSignsFrom(keep.at(-1), now, policy) };
}

/** After a long stop the old key signs on until the new one has been served for its time. */
function nextSignsFrom(
  newest: KeptSigningKey | undefined,
  now: number,
  policy: KeyPolicy,
): number | undefined {
  if (newest === undefined) return now;
  const due = newest.signsFrom + policy.rotateAfterMs;
  return now >= due - policy.leadMs ? Math.max(due, now + policy.leadMs) : undefined;
}
