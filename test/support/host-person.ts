import { openSignal } from '../../src/crypto/signal/signal.ts';
import { failedForGood } from '../../src/core/outcome.ts';
import { decodeMessage, encodeMessage } from '../../src/interop/message/protobuf.ts';
import { unpad } from '../../src/interop/message/padding.ts';
import type { WireMessage } from '../../src/interop/message/wire-message.ts';
import type { Login } from '../../src/interop/enlistment/login.ts';
import type { Address } from '../../src/interop/node/address.ts';
import { signalLimits } from '../../src/interop/profile/signal-profile.ts';
import type { Reachability } from '../../src/interop/stanza/interop-asking.ts';
import type { KeyBundle, Prekey } from '../../src/interop/stanza/keys.ts';
import type { MessageStanza, Sealed } from '../../src/interop/stanza/message.ts';
import type { Receipt, ReceiptStanza } from '../../src/interop/stanza/receipt.ts';
import type { ChatstateStanza, PresenceStanza } from '../../src/interop/stanza/signals.ts';
import { createTalk } from '../../src/interop/talk/create-talk.ts';
import type { Talk } from '../../src/interop/talk/talk.ts';
import type { Account, Host, HostListener } from '../../src/networks/thirdparty/host.ts';
import { EventLog } from './event-log.ts';
import { MemorySignalStore } from './memory-signal.ts';

/** A message that a person got, opened. */
export interface Got {
  readonly id: string;
  readonly stanza: MessageStanza;
  readonly message: WireMessage;
}

/** A person on a host's own side, with sessions of their own: whom partners' users write to. There is one on a host. */
export class HostPerson implements HostListener {
  readonly address: Address;
  readonly got = new EventLog<Got>(({ id, message }) => `${id} ${JSON.stringify(message)}`);
  readonly receipts = new EventLog<ReceiptStanza>(({ id, about }) => `${id} ${about.kind}`);
  readonly signals = new EventLog<ChatstateStanza | PresenceStanza>((one) => JSON.stringify(one));
  readonly accounts = new EventLog<string>((one) => one);
  readonly blockedBy = new Map<string, Set<string>>();
  /** What people are looked up by who are this one. */
  readonly names: readonly string[];
  reachable: Reachability | undefined;
  /** Asked for each message before it counts as kept. */
  keep: () => Promise<void> = async () => undefined;
  /** The error that a message is answered with, instead of being taken. */
  refuse: (stanza: MessageStanza) => number | undefined = () => undefined;
  readonly #user: string;
  readonly #host: () => Host;
  #talk: Talk;
  #store = new MemorySignalStore();
  #prekeys: Prekey[] = [];

  constructor(user: string, names: readonly string[], host: () => Host) {
    this.#user = user;
    this.names = names;
    this.#host = host;
    this.address = { kind: 'pair', user, server: 'lid' };
    this.#talk = this.#newTalk();
  }

  /** They have a new device: new keys, no sessions. */
  reinstall(): void {
    this.#store = new MemorySignalStore();
    this.#prekeys = [];
    this.#talk = this.#newTalk();
  }

  async message(from: Account, stanza: MessageStanza): Promise<{ readonly error?: number }> {
    const error = this.refuse(stanza);
    if (error !== undefined) return { error };
    const opened = await this.#talk.open(stanza);
    if (opened.kind === 'opened') {
      await this.keep();
      const bytes = unpad(opened.padded);
      const decoded = bytes instanceof Uint8Array ? decodeMessage(bytes) : undefined;
      if (decoded?.kind !== 'decoded') throw new Error('what was opened is no message');
      this.got.push({ id: stanza.id, stanza, message: decoded.message });
      if (stanza.from !== undefined) await this.#talk.released(stanza.from, stanza.id);
    }
    if (opened.kind === 'closed') return { error: 500 };
    const about: Receipt = opened.kind === 'ask' ? opened.receipt : { kind: 'delivered', more: [] };
    await this.tellReceipt(from.login, stanza.id, about);
    return {};
  }

  async receipt(from: Account, stanza: ReceiptStanza): Promise<void> {
    this.receipts.push(stanza);
    const { about } = stanza;
    if (about.kind !== 'retry') return;
    const sealed = await this.#talk.askedAgain({ ...stanza, about });
    if (sealed === undefined || 'kind' in sealed) return;
    await this.#deliver(from.login, about.messageId, sealed);
  }

  signal(_from: Account, stanza: ChatstateStanza | PresenceStanza): void {
    this.signals.push(stanza);
  }

  async lookUp(
    _from: Account,
    wanted: { readonly externalId: string; readonly integrator: number },
  ): Promise<Address | undefined> {
    return wanted.integrator === 0 && this.names.includes(wanted.externalId) ? this.address : undefined;
  }

  async keysOf(): Promise<KeyBundle | undefined> {
    const keys = await this.#talk.keys.upload(this.#prekeys.length);
    if ('kind' in keys) return undefined;
    this.#prekeys.push(...keys.prekeys);
    await this.#talk.keys.uploaded({ signed: keys.signed.id, prekeys: keys.prekeys.map(({ id }) => id) });
    return { ...keys, prekey: this.#prekeys.shift() };
  }

  async block(from: Account, who: Address, blocked: boolean): Promise<void> {
    const list = this.blockedBy.get(from.login.user) ?? new Set();
    this.blockedBy.set(from.login.user, list);
    if (who.kind !== 'pair') return;
    if (blocked) list.add(who.user);
    else list.delete(who.user);
  }

  async blocked(from: Account): Promise<readonly Address[]> {
    return [...(this.blockedBy.get(from.login.user) ?? [])].map((user) => ({
      kind: 'pair',
      user,
      server: 'lid',
    }));
  }

  async reachability(_from: Account, set: Reachability | undefined): Promise<Reachability> {
    this.reachable = set ?? this.reachable ?? { enabled: true, integrators: [] };
    return this.reachable;
  }

  enlisted: HostListener['enlisted'] = async ({ login }, keys) => {
    this.accounts.push(`${keys} ${login.user}`);
  };

  gone: HostListener['gone'] = async ({ login }, why) => {
    this.accounts.push(`${why} ${login.user}`);
  };

  /** Writes to a partner's user; answers what `deliver` said. */
  async say(
    to: Login,
    id: string,
    message: WireMessage | string,
    spoil: (sealed: Sealed) => Sealed = (sealed) => sealed,
  ): Promise<string> {
    const wire = typeof message === 'string' ? { conversation: message } : message;
    const sealed = await this.#talk.seal(this.#addressOf(to), id, encodeMessage(wire));
    if (sealed.kind === 'failed') return `failed ${sealed.reason}`;
    return this.#deliver(to, id, [spoil(sealed.sealed)]);
  }

  /** Sends a receipt. */
  async tellReceipt(to: Login, id: string, about: Receipt): Promise<void> {
    await this.#host().deliver(to, {
      ...{ kind: 'receipt', id, about, from: this.address, to: undefined, participant: undefined },
      ...{ recipient: undefined, time: undefined, offline: undefined },
    });
  }

  type(to: Login, state: ChatstateStanza['state']): void {
    this.#host().signal(to, {
      kind: 'chatstate',
      from: this.address,
      to: undefined,
      participant: undefined,
      state,
    });
  }

  #deliver(to: Login, id: string, sealed: MessageStanza['sealed']): Promise<string> {
    return this.#host().deliver(to, {
      ...{ kind: 'message', id, type: 'text', notify: 'Bob', sealed, from: this.address, to: undefined },
      ...{ participant: undefined, recipient: undefined, time: undefined, offline: undefined },
      ...{ edit: undefined, body: undefined, unavailable: false },
    });
  }

  #newTalk(): Talk {
    const party = openSignal({
      store: this.#store,
      limits: { ...signalLimits, firstBatch: 20 },
      now: Date.now,
    }).party({ network: 'test', user: this.#user });
    let made: Promise<unknown> | undefined;
    const identity = (): Promise<unknown> => (made ??= party.identity());
    const talk = createTalk({
      party,
      keysOf: async (who) =>
        who.kind === 'interop'
          ? this.#host().keysOf({ integrator: who.integrator, user: who.user })
          : failedForGood('no-such-user'),
    });
    return {
      ...talk,
      seal: async (...args) => {
        await identity();
        return talk.seal(...args);
      },
      open: async (stanza) => {
        await identity();
        return talk.open(stanza);
      },
      keys: {
        upload: async (atServer) => {
          await identity();
          return talk.keys.upload(atServer);
        },
        uploaded: (keys) => talk.keys.uploaded(keys),
      },
    };
  }

  #addressOf({ integrator, user }: Login): Address {
    return { kind: 'interop', integrator, user, device: 0 };
  }
}
