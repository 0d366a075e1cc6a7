import assert from 'node:assert/strict';
import { failedForGood } from '../../src/core/outcome.ts';
import { openSignal, type SignalParty } from '../../src/crypto/signal/signal.ts';
import type { Login } from '../../src/interop/enlistment/login.ts';
import { unpad } from '../../src/interop/message/padding.ts';
import { decodeMessage, encodeMessage } from '../../src/interop/message/protobuf.ts';
import type { WireMessage } from '../../src/interop/message/wire-message.ts';
import type { Address } from '../../src/interop/node/address.ts';
import type { KeyBundle } from '../../src/interop/stanza/keys.ts';
import type { MessageStanza } from '../../src/interop/stanza/message.ts';
import type { Receipt, ReceiptStanza } from '../../src/interop/stanza/receipt.ts';
import { createTalk } from '../../src/interop/talk/create-talk.ts';
import type { Talk } from '../../src/interop/talk/talk.ts';
import type { Account, HostListener, Mail } from '../../src/networks/thirdparty/host.ts';
import { addressOf, userOf } from '../../src/networks/thirdparty/ids.ts';
import { MemorySignalStore } from './memory-signal.ts';
import { smallLimits } from './signal-scene.ts';
import type { Scene } from './third-party-scene.ts';

/** A provider's user at a client of their own. */
export interface Partner {
  readonly account: Account;
  readonly party: SignalParty;
  readonly store: MemorySignalStore;
  readonly talk: Talk;
  /** Finds a homeserver user by what people know of them. */
  find(externalId: string): Promise<Address | undefined>;
  say(to: Address, id: string, message: WireMessage): ReturnType<HostListener['message']>;
  receipt(to: Address, id: string, about: Receipt): Promise<void>;
  /** The messages that came, opened; each is said to be there. */
  read(): Promise<readonly { readonly id: string; readonly from: Address; readonly message: WireMessage }[]>;
  receipts(): readonly ReceiptStanza[];
}

let partners = 0;

/** Enlists somebody. */
export async function partner(
  on: Scene,
  identifier = 'bob@birdychat.example',
  integrator = 12,
): Promise<Partner> {
  partners += 1;
  const login = { integrator, user: String(700 + partners) };
  const account: Account = {
    ...{ login, identifier, identifierType: integrator === 12 ? 'email' : 'phone', name: undefined },
    ...{ enlistedAt: on.clock.now, seenAt: on.clock.now },
  };
  on.host.accounts.push(account);
  const made = await ofAccount(on, account);
  await on.listener().enlisted(account, 'new');
  return made;
}

/** The same account at a client with new keys. */
export async function ofAccount(on: Scene, account: Account): Promise<Partner> {
  const { login } = account;
  const store = new MemorySignalStore();
  const signal = openSignal({ store, limits: smallLimits, now: () => on.clock.now });
  const party = signal.party({ network: 'partner', user: userOf(login) });
  await party.identity();
  const talk = createTalk({
    party,
    keysOf: async (who) => (await on.listener().keysOf(account, who)) ?? failedForGood('no-such-user'),
  });
  const prekeys: NonNullable<KeyBundle['prekey']>[] = [];
  on.host.keys.set(userOf(login), async () => {
    const made = await talk.keys.upload(prekeys.length);
    if ('kind' in made) return made;
    prekeys.push(...made.prekeys);
    await talk.keys.uploaded({ signed: made.signed.id, prekeys: made.prekeys.map(({ id }) => id) });
    return { ...made, prekey: prekeys.shift() };
  });
  let taken = 0;
  const mine = (): readonly Mail[] =>
    on.host.mails.filter(({ to }) => userOf(to) === userOf(login)).map(({ mail }) => mail);
  const empty = {
    participant: undefined,
    recipient: undefined,
    time: undefined,
    offline: undefined,
  } as const;
  return {
    ...{ account, party, store, talk },
    find: (externalId) => on.listener().lookUp(account, { externalId, integrator: 0 }),
    say: async (to, id, message) => {
      const made = await talk.seal(to, id, encodeMessage(message));
      assert.ok(made.kind === 'sealed', JSON.stringify(made));
      return on.listener().message(account, stanzaOf(login, to, id, made.sealed));
    },
    receipt: (to, id, about) =>
      on.listener().receipt(account, { kind: 'receipt', from: addressOf(login), to, id, ...empty, about }),
    read: async () => {
      const messages = mine().filter((mail): mail is MessageStanza => mail.kind === 'message');
      const fresh = messages.slice(taken);
      taken = messages.length;
      const read: { id: string; from: Address; message: WireMessage }[] = [];
      for (const stanza of fresh) {
        const from = stanza.from ?? assert.fail();
        const opened = await talk.open(stanza);
        assert.ok(opened.kind === 'opened', JSON.stringify(opened));
        const plain = unpad(opened.padded);
        assert.ok(plain instanceof Uint8Array);
        const decoded = decodeMessage(plain);
        assert.ok(decoded.kind === 'decoded', JSON.stringify(decoded));
        await talk.released(from, stanza.id);
        read.push({ id: stanza.id, from, message: decoded.message });
      }
      return read;
    },
    receipts: () => mine().filter((mail): mail is ReceiptStanza => mail.kind === 'receipt'),
  };
}

export function stanzaOf(
  login: Login,
  to: Address,
  id: string,
  ...sealed: MessageStanza['sealed']
): MessageStanza {
  return {
    ...{ kind: 'message', id, from: addressOf(login), to, participant: undefined, recipient: undefined },
    ...{ time: undefined, type: 'text', notify: 'Bob', offline: undefined, edit: undefined },
    ...{ sealed, body: undefined, unavailable: false },
  };
}
