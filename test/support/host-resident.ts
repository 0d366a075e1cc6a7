import { unpad } from '../../src/interop/message/padding.ts';
import { decodeMessage, encodeMessage } from '../../src/interop/message/protobuf.ts';
import type { WireMessage } from '../../src/interop/message/wire-message.ts';
import { openSignal, type SignalParty } from '../../src/crypto/signal/signal.ts';
import type { Login } from '../../src/interop/enlistment/login.ts';
import { signalLimits } from '../../src/interop/profile/signal-profile.ts';
import type { Address } from '../../src/interop/node/address.ts';
import type { KeyBundle } from '../../src/interop/stanza/keys.ts';
import type { MessageStanza } from '../../src/interop/stanza/message.ts';
import type { Receipt, ReceiptStanza } from '../../src/interop/stanza/receipt.ts';
import { createTalk } from '../../src/interop/talk/create-talk.ts';
import type { Talk } from '../../src/interop/talk/talk.ts';
import type { Account, Host } from '../../src/networks/thirdparty/host.ts';
import { MemorySignalStore } from './memory-signal.ts';

/** What came for a resident, opened. */
export interface Arrived {
  readonly id: string;
  readonly notify: string | undefined;
  readonly message: WireMessage;
}

const quiet = {
  ...{ participant: undefined, recipient: undefined, time: undefined, offline: undefined },
} as const;

/** A user of the host's own, with keys in memory: the least that one is. */
export class Resident {
  readonly address: Address;
  readonly externalId: string;
  readonly arrived: Arrived[] = [];
  /** What did not open, and why. */
  readonly unopened: string[] = [];
  readonly receipts: { readonly about: Receipt['kind']; readonly ids: readonly string[] }[] = [];
  readonly #host: () => Host;
  #party: SignalParty;
  #talk: Talk;
  #plain = new Map<string, MessageStanza>();

  constructor(number: string, externalId: string, host: () => Host) {
    this.address = { kind: 'pair', user: number, server: 'lid' };
    this.externalId = externalId;
    this.#host = host;
    [this.#party, this.#talk] = this.#newKeys();
  }

  /** As if the user had lost all keys, or were somebody else now. */
  loseKeys(): void {
    [this.#party, this.#talk] = this.#newKeys();
  }

  #newKeys(): [SignalParty, Talk] {
    const signal = openSignal({ store: new MemorySignalStore(), limits: signalLimits, now: Date.now });
    const party = signal.party({ network: 'thirdparty', user: this.externalId });
    return [party, createTalk({ party, keysOf: (of) => this.#host().keysOf(loginOf(of)) })];
  }

  async keys(): Promise<KeyBundle | undefined> {
    await this.#party.identity();
    const keys = await this.#talk.keys.upload(0);
    if ('reason' in keys) return undefined;
    const [prekey] = keys.prekeys;
    const used = prekey === undefined ? [] : [prekey.id];
    await this.#talk.keys.uploaded({ signed: keys.signed.id, prekeys: used });
    return { ...keys, prekey };
  }

  async take({ login }: Account, stanza: MessageStanza): Promise<void> {
    await this.#party.identity();
    const opened = await this.#talk.open(stanza);
    const { from, id } = stanza;
    if (from === undefined) return;
    if (opened.kind === 'opened') {
      const plain = unpad(opened.padded);
      const decoded = plain instanceof Uint8Array ? decodeMessage(plain) : undefined;
      if (decoded?.kind === 'decoded')
        this.arrived.push({ id, notify: stanza.notify, message: decoded.message });
      await this.#talk.told(from);
      await this.#talk.released(from, id);
    } else if (opened.kind !== 'known') this.unopened.push(opened.reason);
    if (opened.kind === 'ask') await this.tell(login, id, opened.receipt);
    else await this.tell(login, id, { kind: 'delivered', more: [] });
  }

  async takeReceipt({ login }: Account, stanza: ReceiptStanza): Promise<void> {
    const { about, from } = stanza;
    if (from === undefined) return;
    const ids = 'more' in about ? [stanza.id, ...about.more] : [stanza.id];
    this.receipts.push({ about: about.kind, ids });
    if ('more' in about) await this.#talk.delivered(from, ids);
    if (about.kind !== 'retry') return;
    const sealed = await this.#talk.askedAgain({ ...stanza, about });
    const first = this.#plain.get(about.messageId);
    if (first !== undefined && sealed !== undefined && !('reason' in sealed))
      await this.#host().deliver(login, { ...first, sealed });
  }

  /** Says something to a provider's user. */
  async say(to: Login, id: string, message: WireMessage): Promise<string> {
    const plain = encodeMessage(message);
    await this.#party.identity();
    const sealed = await this.#talk.seal({ kind: 'interop', device: 0, ...to }, id, plain);
    if (sealed.kind === 'failed') return sealed.reason;
    const stanza: MessageStanza = {
      ...{ kind: 'message', ...quiet, id, from: this.address, to: undefined, type: 'text', notify: 'Bob' },
      ...{ edit: undefined, sealed: [sealed.sealed], body: undefined, unavailable: false },
    };
    this.#plain.set(id, stanza);
    return this.#host().deliver(to, stanza);
  }

  /** Tells a provider's user what became of messages. */
  async tell(to: Login, id: string, about: Receipt): Promise<string> {
    return this.#host().deliver(to, {
      ...{ kind: 'receipt', ...quiet, from: this.address, to: undefined, id, about },
    });
  }
}

function loginOf(address: Address): Login {
  if (address.kind !== 'interop') throw new Error('not a provider’s user');
  return { integrator: address.integrator, user: address.user };
}
