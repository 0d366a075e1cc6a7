/** Prekeys of X3DH (https://signal.org/docs/specifications/x3dh/, section 3.2): made, published, used once, replaced. */
import { PrivateKey } from 'libsignal-x3dh';
import type { Draft } from './draft.ts';
import { openIdentity } from './identity.ts';
import { type KeptSigned, parseKept, prekeyShape, signedShape } from './kept.ts';
import { bytesOf, keptKey, privateKeyOf } from './keys.ts';
import type { SignalLimits } from './limits.ts';

/** Prekey ids have three bytes on the wire, and 0 is none. */
const maxId = 0xffffff;
const maxSigned = 100;

/** A prekey in public; the key has 32 bytes. */
export interface PublicPrekey {
  readonly id: number;
  readonly key: Uint8Array;
}
export interface PublicSignedPrekey extends PublicPrekey {
  readonly signature: Uint8Array;
}

/**
 * The one-time prekeys that the server is to get: those that it may have missed before, else a new batch where it has fewer
 * than the floor, else none. They are the same again until they are said to be there.
 */
export async function prekeyBatch(
  draft: Draft,
  limits: SignalLimits,
  atServer: number,
): Promise<readonly PublicPrekey[]> {
  const waiting = await draft.list('new-prekey', '', Math.max(limits.firstBatch, limits.batch));
  if (waiting.length > 0) return waiting.map(({ name, value }) => publicOf(Number(name), value));
  if (atServer >= limits.floor) return [];
  const first = (await draft.get('counter', '', 'prekey')) === undefined;
  const made: PublicPrekey[] = [];
  while (made.length < (first ? limits.firstBatch : limits.batch)) made.push(await newPrekey(draft));
  return made;
}

/** A prekey that is handed out by another way than the server. */
export async function singlePrekey(draft: Draft): Promise<PublicPrekey> {
  const prekey = await newPrekey(draft);
  await publish(draft, prekey.id);
  return prekey;
}

/** These prekeys are at the server now. */
export async function prekeysPublished(
  draft: Draft,
  limits: SignalLimits,
  ids: readonly number[],
): Promise<void> {
  for (const id of ids) await publish(draft, id);
  const names = await draft.names('prekey', '', limits.maxPrekeys + ids.length);
  for (const name of names.slice(0, Math.max(0, names.length - limits.maxPrekeys)))
    draft.delete('prekey', '', name);
}

/** The private key of a one-time prekey that was not used yet. */
export async function findPrekey(draft: Draft, id: number): Promise<PrivateKey | undefined> {
  const kept = (await draft.get('prekey', '', nameOf(id))) ?? (await draft.get('new-prekey', '', nameOf(id)));
  return kept === undefined ? undefined : privateKeyOf(parseKept(prekeyShape, kept).key);
}

export function usePrekey(draft: Draft, id: number): void {
  for (const kind of ['prekey', 'new-prekey'] as const) draft.delete(kind, '', nameOf(id));
}

/** The signed prekey for the server and for retries; a new one where there is none or it is too old. */
export async function signedPrekey(draft: Draft, limits: SignalLimits): Promise<PublicSignedPrekey> {
  const last = (await allSigned(draft)).at(-1);
  if (last !== undefined && draft.now - last.kept.created < limits.rotateSignedAfter)
    return publicSigned(last.id, last.kept);
  const id = await nextId(draft, 'signed-prekey');
  const key = PrivateKey.generate();
  const signature = openIdentity(draft.identity).key.sign(key.getPublicKey().serialize());
  const kept: KeptSigned = {
    key: keptKey(key),
    signature: signature.toString('base64'),
    created: draft.now,
    published: false,
  };
  putSigned(draft, id, kept);
  return publicSigned(id, kept);
}

/** This signed prekey is at the server now: the others are retired, and go when they have been for long. */
export async function signedPublished(draft: Draft, limits: SignalLimits, id: number): Promise<void> {
  const all = await allSigned(draft);
  const index = all.findIndex((one) => one.id === id);
  const published = all[index];
  if (published === undefined) return;
  putSigned(draft, id, { ...published.kept, published: true });
  for (const { id: older, kept } of all.slice(0, index)) {
    if (kept.retired === undefined) putSigned(draft, older, { ...kept, retired: draft.now });
    else if (draft.now - kept.retired >= limits.keepSigned) draft.delete('signed-prekey', '', nameOf(older));
  }
}

/** A signed prekey of one's own with its secret. */
export async function findSigned(draft: Draft, id: number): Promise<KeptSigned | undefined> {
  const kept = await draft.get('signed-prekey', '', nameOf(id));
  return kept === undefined ? undefined : parseKept(signedShape, kept);
}

async function newPrekey(draft: Draft): Promise<PublicPrekey> {
  const id = await nextId(draft, 'prekey');
  const value = JSON.stringify({ key: keptKey(PrivateKey.generate()) });
  draft.put('new-prekey', '', nameOf(id), value);
  return publicOf(id, value);
}

async function publish(draft: Draft, id: number): Promise<void> {
  const kept = await draft.get('new-prekey', '', nameOf(id));
  if (kept === undefined) return;
  draft.delete('new-prekey', '', nameOf(id));
  draft.put('prekey', '', nameOf(id), kept);
}

async function allSigned(
  draft: Draft,
): Promise<readonly { readonly id: number; readonly kept: KeptSigned }[]> {
  const list = await draft.list('signed-prekey', '', maxSigned);
  return list
    .map(({ name, value }) => ({ id: Number(name), kept: parseKept(signedShape, value) }))
    .toSorted((one, other) => one.kept.created - other.kept.created || one.id - other.id);
}

function putSigned(draft: Draft, id: number, kept: KeptSigned): void {
  draft.put('signed-prekey', '', nameOf(id), JSON.stringify(kept));
}

async function nextId(draft: Draft, counter: 'prekey' | 'signed-prekey'): Promise<number> {
  const last = Number((await draft.get('counter', '', counter)) ?? 0);
  const id = last >= maxId ? 1 : last + 1;
  draft.put('counter', '', counter, String(id));
  return id;
}

function publicOf(id: number, value: string): PublicPrekey {
  return { id, key: bytesOf(privateKeyOf(parseKept(prekeyShape, value).key).getPublicKey()) };
}

function publicSigned(id: number, kept: KeptSigned): PublicSignedPrekey {
  const signature = new Uint8Array(Buffer.from(kept.signature, 'base64'));
  return { id, key: bytesOf(privateKeyOf(kept.key).getPublicKey()), signature };
}

/** Names sort as their numbers do. */
function nameOf(id: number): string {
  return String(id).padStart(8, '0');
}
