import assert from 'node:assert/strict';
import type { Bundle } from '../../src/crypto/signal/bundle.ts';
import type { SignalLimits } from '../../src/crypto/signal/limits.ts';
import type { SignalFailed, SignalReason } from '../../src/crypto/signal/outcome.ts';
import type { Opened, Sealed } from '../../src/crypto/signal/sessions.ts';
import { openSignal, type Signal, type SignalParty, type Upload } from '../../src/crypto/signal/signal.ts';
import type { Own, SignalStore } from '../../src/crypto/signal/store.ts';
import { signalLimits } from '../../src/interop/profile/signal-profile.ts';
import { MemorySignalStore } from './memory-signal.ts';

/** The profile's, with small batches. */
export const smallLimits: SignalLimits = { ...signalLimits, firstBatch: 6, batch: 3, floor: 2 };

/** One user with keys; `own.user` is also the name under which peers know the user. */
export interface Person<Store extends SignalStore = SignalStore> {
  readonly name: string;
  readonly own: Own;
  readonly store: Store;
  readonly signal: Signal;
  readonly party: SignalParty;
  readonly clock: { now: number };
}

export async function personOn<Store extends SignalStore>(
  store: Store,
  name: string,
  limits: SignalLimits = smallLimits,
): Promise<Person<Store>> {
  const clock = { now: 1_700_000_000_000 };
  const signal = openSignal({ store, limits, now: () => clock.now });
  const own = { network: 'paper', user: `@${name}:paper` };
  const party = signal.party(own);
  await party.identity();
  return { name, own, store, signal, party, clock };
}

export function person(name: string, limits?: SignalLimits): Promise<Person<MemorySignalStore>> {
  return personOn(new MemorySignalStore(), name, limits);
}

/** The same user after a restart. */
export function restarted<Store extends SignalStore>(of: Person<Store>, limits = smallLimits): Person<Store> {
  const signal = openSignal({ store: of.store, limits, now: () => of.clock.now });
  return { ...of, signal, party: signal.party(of.own) };
}

export async function uploadOf({ party }: Pick<Person, 'party'>, atServer = 0): Promise<Upload> {
  const upload = await party.upload(atServer);
  assert.ok(upload.kind === 'upload');
  await party.uploaded(upload);
  return upload;
}

/** What a server that has an upload hands out. */
export function handOut({ registration, identity, signed, prekeys }: Upload, index = 0): Bundle {
  return { registration, identity, signed, prekey: prekeys[index] };
}

export async function bundleOf(of: Pick<Person, 'party'>): Promise<Bundle> {
  return handOut(await uploadOf(of));
}

/** Alice has a session with Bob, who knows nothing of it yet. */
export async function introduce(alice: Person, bob: Person): Promise<void> {
  const established = await alice.party.establish(bob.name, await bundleOf(bob));
  assert.equal(established.kind, 'established');
}

let count = 0;
export function newId(): string {
  count += 1;
  return `ID${count}`;
}

export async function sealed(from: Person, to: Person, text: string, id = newId()): Promise<Sealed> {
  const result = await from.party.seal(to.name, id, Buffer.from(text));
  assert.ok(result.kind === 'sealed', `not sealed: ${reasonOf(result)}`);
  return result;
}

export function open(
  to: Person,
  from: Person,
  message: Sealed,
  id = newId(),
): Promise<Opened | SignalFailed> {
  return to.party.open(from.name, id, message.type, message.bytes);
}

export async function opened(to: Person, from: Person, message: Sealed, id = newId()): Promise<string> {
  const result = await open(to, from, message, id);
  assert.ok(result.kind === 'opened', `not opened: ${reasonOf(result)}`);
  return Buffer.from(result.bytes).toString();
}

/** Both have heard of each other: what they send from here on is `msg`. */
export async function acquaint(alice: Person, bob: Person): Promise<void> {
  await introduce(alice, bob);
  await opened(bob, alice, await sealed(alice, bob, 'hello'));
  await opened(alice, bob, await sealed(bob, alice, 'hello yourself'));
}

export function reasonOf(result: { readonly kind: string } | SignalFailed): SignalReason | undefined {
  return 'reason' in result ? result.reason : undefined;
}
