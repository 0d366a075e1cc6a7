/** Two who talk, each with keys and sessions of their own, and what a server would hand out for each. */
import assert from 'node:assert/strict';
import type { Failed } from '../../src/core/outcome.ts';
import type { SignalStore } from '../../src/crypto/signal/store.ts';
import { unpad } from '../../src/interop/message/padding.ts';
import { formatAddress, type Address } from '../../src/interop/node/address.ts';
import type { KeyBundle } from '../../src/interop/stanza/keys.ts';
import type { MessageStanza, Sealed } from '../../src/interop/stanza/message.ts';
import type { ReceiptStanza, Retry } from '../../src/interop/stanza/receipt.ts';
import { createTalk } from '../../src/interop/talk/create-talk.ts';
import type { Talk, TalkOpened } from '../../src/interop/talk/talk.ts';
import { message } from './chat-end.ts';
import type { MemorySignalStore } from './memory-signal.ts';
import { person, type Person, restarted, smallLimits } from './signal-scene.ts';

export const partner: Address = { kind: 'interop', integrator: 12, user: '4711', device: 0 };
export const homeUser: Address = { kind: 'pair', user: '900000001', server: 'lid' };

/** What the server has of everybody's keys: one-time prekeys are given once. */
export class KeyShelf {
  readonly #kept = new Map<string, { bundle: KeyBundle; prekeys: NonNullable<KeyBundle['prekey']>[] }>();
  asked = 0;
  failure: Failed | undefined;

  async fill(talker: Talker): Promise<void> {
    const left = this.#kept.get(formatAddress(talker.address))?.prekeys ?? [];
    const made = await talker.talk.keys.upload(left.length);
    assert.ok(!('kind' in made));
    const { prekeys, ...bundle } = made;
    this.#kept.set(formatAddress(talker.address), { bundle, prekeys: [...left, ...prekeys] });
    await talker.talk.keys.uploaded({ signed: bundle.signed.id, prekeys: prekeys.map(({ id }) => id) });
  }

  readonly keysOf = async (who: Address): Promise<KeyBundle | Failed> => {
    this.asked += 1;
    if (this.failure !== undefined) return this.failure;
    const kept = this.#kept.get(formatAddress(who));
    assert.ok(kept !== undefined);
    return { ...kept.bundle, prekey: kept.prekeys.shift() };
  };
}

export interface Talker<Store extends SignalStore = MemorySignalStore> {
  readonly address: Address;
  readonly person: Person<Store>;
  readonly talk: Talk;
}

export async function talker(shelf: KeyShelf, address: Address, limits = smallLimits): Promise<Talker> {
  const self = await person('talker', limits);
  const made = {
    address,
    person: self,
    talk: createTalk({ party: self.party, keysOf: shelf.keysOf }),
  };
  await shelf.fill(made);
  return made;
}

/** The same one after a restart. */
export function anew(of: Talker, shelf: KeyShelf, limits = smallLimits): Talker {
  const self = restarted(of.person, limits);
  return { ...of, person: self, talk: createTalk({ party: self.party, keysOf: shelf.keysOf }) };
}

export async function seal(from: Talker, to: Talker, id: string, text: string): Promise<Sealed> {
  const made = await from.talk.seal(to.address, id, Buffer.from(text));
  assert.ok(made.kind === 'sealed', JSON.stringify(made));
  return made.sealed;
}

export function stanzaOf(from: Talker, id: string, ...sealed: readonly Sealed[]): MessageStanza {
  return message(id, { from: from.address, sealed });
}

export function open(to: Talker, from: Talker, id: string, sealed: Sealed): Promise<TalkOpened> {
  return to.talk.open(stanzaOf(from, id, sealed));
}

export function textOf(opened: TalkOpened): string {
  assert.ok(opened.kind === 'opened', JSON.stringify(opened));
  const plain = unpad(opened.padded);
  assert.ok(plain instanceof Uint8Array);
  return Buffer.from(plain).toString();
}

export function receiptOf(from: Talker, about: Retry): ReceiptStanza & { readonly about: Retry } {
  return {
    kind: 'receipt',
    id: about.messageId,
    from: from.address,
    to: undefined,
    participant: undefined,
    recipient: undefined,
    time: undefined,
    offline: undefined,
    about,
  };
}

/** The retry receipt of what did not open. */
export function retryOf(opened: TalkOpened): Retry {
  assert.ok(opened.kind === 'ask', JSON.stringify(opened));
  return opened.receipt;
}

/** What was sealed again. */
export function again(made: Awaited<ReturnType<Talk['askedAgain']>>): Sealed {
  assert.ok(Array.isArray(made) && made[0] !== undefined, JSON.stringify(made));
  return made[0] as Sealed;
}

/** All sessions of somebody are lost. */
export function loseSessions({ person: { store } }: Talker): void {
  for (const [key, row] of store.rows) if (row.of.kind === 'session') store.rows.delete(key);
}
