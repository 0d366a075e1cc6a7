/**
 * The keys that providers' users leave for those who want to write to them: identity, signed prekey, and one-time prekeys,
 * each of which is given once, also where an upload comes twice. Bundles: X3DH, section 3.2
 * (https://signal.org/docs/specifications/x3dh/).
 */
import { z } from 'zod';
import { isCurveSignature } from '../../crypto/signal/curve-signature.ts';
import type { NetworkRecord, RecordChange } from '../../core/network-records.ts';
import { isWeakKey } from '../../interop/enlistment/check.ts';
import { keyType } from '../../interop/profile/stanza-profile.ts';
import type { Asking } from '../../interop/stanza/asking.ts';
import type { KeyBundle, Prekey, SignedPrekey } from '../../interop/stanza/keys.ts';
import { bundleOf, keptSigned, keysShape, type KeptKeys } from './kept-keys.ts';
import { ofAccount, put, readKept, toBytes, toText, type Keeping } from './host-records.ts';

/** So many prekeys in one record that giving one away writes little, and an upload few. */
const chunkSize = 64;
const chunkShape = z.array(z.tuple([z.int(), z.string()]));
const pageSize = 500;

export type Upload = Extract<Asking, { readonly kind: 'upload-keys' }>;
export type KeysTaken = 'taken' | 'no-account' | 'other-identity' | 'weak-key' | 'bad-signature' | 'too-many';

export class KeyShelf {
  readonly #keeping: Keeping;
  readonly #most: number;

  constructor(keeping: Keeping, most: number) {
    this.#keeping = keeping;
    this.#most = most;
  }

  /** How many one-time prekeys are left. */
  async left(user: string): Promise<number> {
    return (await this.#keys(user))?.left ?? 0;
  }

  /** Takes an upload over whole, or nothing of it. The same one again changes nothing. */
  async upload(user: string, upload: Upload): Promise<KeysTaken> {
    const { signed, prekeys, registration } = upload;
    const bad = judged(upload.identity, signed);
    if (bad !== undefined) return bad;
    return this.#alone(user, async () => {
      const kept = await this.#keys(user);
      if (kept === undefined) return 'no-account';
      if (kept.identity !== toText(upload.identity)) return 'other-identity';
      const fresh = await this.#fresh(user, prekeys);
      if (kept.left + fresh.length > this.#most) return 'too-many';
      const { now } = this.#keeping;
      const at = now();
      const left = kept.left + fresh.length;
      await this.#commit([
        put(ofAccount('keys', user, 'keys'), { ...kept, registration, signed: keptSigned(signed), left }, at),
        ...chunks(fresh).map((chunk) =>
          put(ofAccount('prekeys', user, chunkName(chunk)), chunk.map(keptPrekey), at),
        ),
      ]);
      return 'taken';
    });
  }

  async rotate(user: string, signed: SignedPrekey): Promise<KeysTaken> {
    return this.#alone(user, async () => {
      const kept = await this.#keys(user);
      if (kept === undefined) return 'no-account';
      const bad = judged(toBytes(kept.identity), signed);
      if (bad !== undefined) return bad;
      const value = { ...kept, signed: keptSigned(signed) };
      await this.#commit([put(ofAccount('keys', user, 'keys'), value, this.#keeping.now())]);
      return 'taken';
    });
  }

  /** Gives the keys for one session, and how many one-time prekeys are left then. */
  async give(user: string): Promise<{ readonly keys: KeyBundle; readonly left: number } | undefined> {
    return this.#alone(user, async () => {
      const kept = await this.#keys(user);
      if (kept === undefined) return undefined;
      const [chunk] = await this.#chunks(user, 1);
      const [first, ...rest] = chunk === undefined ? [] : readKept(chunkShape, chunk.value);
      if (chunk === undefined || first === undefined) return { keys: bundleOf(kept, undefined), left: 0 };
      const at = this.#keeping.now();
      const left = Math.max(0, kept.left - 1);
      const of = ofAccount('prekeys', user, chunk.name);
      await this.#commit([
        put(ofAccount('keys', user, 'keys'), { ...kept, left }, at),
        rest.length === 0 ? { kind: 'delete', of } : put(of, rest, at),
        put(ofAccount('given', user, String(first[0])), first[1], at),
      ]);
      return { keys: bundleOf(kept, { id: first[0], key: toBytes(first[1]) }), left };
    });
  }

  /** Those of an upload that are not here and were not given away. */
  async #fresh(user: string, prekeys: readonly Prekey[]): Promise<readonly Prekey[]> {
    const { network, records } = this.#keeping;
    if (prekeys.length === 0) return [];
    const known = new Set<string>();
    const given = { collection: 'given', owner: user };
    for (let after = 0, isMore = true; isMore;) {
      const page = await records.list(network, given, { after, limit: pageSize });
      for (const { name, value } of page) known.add(`${name} ${readKept(z.string(), value)}`);
      after = page.at(-1)?.seq ?? after;
      isMore = page.length === pageSize;
    }
    const here = await this.#chunks(user, this.#most);
    for (const { value } of here)
      for (const [id, key] of readKept(chunkShape, value)) known.add(`${id} ${key}`);
    return prekeys.filter((prekey) => {
      const name = keptPrekey(prekey).join(' ');
      const isFresh = !known.has(name);
      known.add(name);
      return isFresh;
    });
  }

  async #keys(user: string): Promise<KeptKeys | undefined> {
    const { network, records } = this.#keeping;
    const kept = await records.get(network, ofAccount('keys', user, 'keys'));
    return kept === undefined ? undefined : readKept(keysShape, kept.value);
  }

  #chunks(user: string, limit: number): Promise<readonly NetworkRecord[]> {
    const { network, records } = this.#keeping;
    return records.list(network, { collection: 'prekeys', owner: user }, { limit });
  }

  async #commit(changes: readonly RecordChange[]): Promise<void> {
    const { network, records } = this.#keeping;
    await records.commit(network, changes);
  }

  #alone<T>(user: string, work: () => Promise<T>): Promise<T> {
    return this.#keeping.turns.alone(`account ${user}`, work);
  }
}

/** What keeps a signed prekey from being handed out. */
function judged(
  identity: Uint8Array,
  { key, signature }: SignedPrekey,
): 'weak-key' | 'bad-signature' | undefined {
  if (isWeakKey(identity) || isWeakKey(key)) return 'weak-key';
  return isCurveSignature(identity, Uint8Array.of(keyType, ...key), signature) ? undefined : 'bad-signature';
}

function keptPrekey({ id, key }: Prekey): [number, string] {
  return [id, toText(key)];
}

function chunks(prekeys: readonly Prekey[]): readonly (readonly Prekey[])[] {
  const count = Math.ceil(prekeys.length / chunkSize);
  return Array.from({ length: count }, (_, at) => prekeys.slice(at * chunkSize, (at + 1) * chunkSize));
}

/** By its first prekey, of which there is one. */
function chunkName([first]: readonly Prekey[]): string {
  return first === undefined ? '' : keptPrekey(first).join(' ');
}
