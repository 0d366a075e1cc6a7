/** The network of third-party chats on a host in memory, and a provider's user with keys and sessions of their own. */
import assert from 'node:assert/strict';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noMentions, type BridgeEvent, type Content, type UnresolvedEvent } from '../../src/core/event.ts';
import {
  matrixEventId,
  matrixUserId,
  portalId,
  remoteMessageId,
  roomId,
  type MatrixUserId,
} from '../../src/core/ids.ts';
import type { Arrival, Handled, RunningNetwork } from '../../src/core/network.ts';
import { failedForGood, type Failed } from '../../src/core/outcome.ts';
import type { DirectPortal } from '../../src/core/portal.ts';
import type { SignalParty } from '../../src/crypto/signal/signal.ts';
import { openSignal } from '../../src/crypto/signal/signal.ts';
import type { Login } from '../../src/interop/enlistment/login.ts';
import { openShelf, type Shelf } from '../../src/interop/media/shelf/shelf.ts';
import { unpad } from '../../src/interop/message/padding.ts';
import { decodeMessage, encodeMessage } from '../../src/interop/message/protobuf.ts';
import type { WireMessage } from '../../src/interop/message/wire-message.ts';
import { formatAddress, type Address } from '../../src/interop/node/address.ts';
import type { KeyBundle } from '../../src/interop/stanza/keys.ts';
import type { MessageStanza } from '../../src/interop/stanza/message.ts';
import type { Receipt, ReceiptStanza } from '../../src/interop/stanza/receipt.ts';
import type { ChatstateStanza, PresenceStanza } from '../../src/interop/stanza/signals.ts';
import { createTalk } from '../../src/interop/talk/create-talk.ts';
import type { Talk } from '../../src/interop/talk/talk.ts';
import { thirdPartyConfig, type ThirdPartyConfig } from '../../src/networks/thirdparty/config.ts';
import type { ShutOut } from '../../src/networks/thirdparty/deps.ts';
import type { Account, HostListener, Mail } from '../../src/networks/thirdparty/host.ts';
import { addressOf, chatOf, id as network, userOf } from '../../src/networks/thirdparty/ids.ts';
import { partsOn, type HostPart, type Parts } from '../../src/networks/thirdparty/running.ts';
import { MemoryRecords } from './memory-records.ts';
import { MemorySignalStore } from './memory-signal.ts';
import { RecordingLog } from './recording-log.ts';
import { RecordingSink } from './recording-sink.ts';
import { smallLimits } from './signal-scene.ts';

export const alice = matrixUserId('@alice:example.org');
export const key = Buffer.alloc(32, 7);

export function configOf(mediaUrl = 'https://media.birdychat.example/files'): ThirdPartyConfig {
  const provider = {
    ...{ id: 12, name: 'birdychat', domain: 'birdychat.example', identifier: 'email' },
    ...{ jwks_url: 'https://birdychat.example/jwks', push_url: 'https://birdychat.example' },
    ...{ media_url: mediaUrl, trusted_hosts: ['127.0.0.1'] },
  };
  const phones = { ...provider, id: 13, name: 'haiket', domain: 'haiket.example', identifier: 'phone' };
  return thirdPartyConfig.parse({
    listen: { port: 0 },
    public_url: 'https://chat.example.org',
    providers: [provider, phones],
  });
}

/** A host without doors: accounts, mailboxes and keys in memory. */
export class PaperHost implements HostPart {
  readonly accounts: Account[] = [];
  readonly keys = new Map<string, () => Promise<KeyBundle | Failed>>();
  readonly mails: { readonly to: Login; readonly mail: Mail }[] = [];
  readonly signals: (ChatstateStanza | PresenceStanza)[] = [];
  readonly out: number[] = [];
  delivering: () => 'kept' | 'mailbox-full' = () => 'kept';
  readonly #names = new Set<string>();

  async account({ integrator, user }: Login): Promise<Account | undefined> {
    return this.accounts.find(({ login }) => login.integrator === integrator && login.user === user);
  }

  async find(integrator: number, identifier: string): Promise<Account | Failed> {
    const found = this.accounts.find(
      (one) => one.login.integrator === integrator && one.identifier === identifier,
    );
    return found ?? failedForGood('no-such-user');
  }

  async deliver(to: Login, mail: Mail): ReturnType<HostPart['deliver']> {
    if ((await this.account(to)) === undefined) return 'no-such-account';
    const delivered = this.delivering();
    if (delivered !== 'kept') return delivered;
    const detail = mail.kind === 'message' ? mail.sealed.map(({ count }) => count) : mail.about;
    const name = JSON.stringify([to, mail.from, mail.kind, mail.id, detail], (_key, value: unknown) =>
      value instanceof Uint8Array ? undefined : value,
    );
    if (!this.#names.has(name)) this.mails.push({ to, mail });
    this.#names.add(name);
    return 'kept';
  }

  signal(_to: Login, stanza: ChatstateStanza | PresenceStanza): void {
    this.signals.push(stanza);
  }

  async keysOf(login: Login): Promise<KeyBundle | Failed> {
    return (await this.keys.get(userOf(login))?.()) ?? failedForGood('no-such-user');
  }

  shutOut(integrator: number): void {
    this.out.push(integrator);
  }
}

export interface Scene extends AsyncDisposable {
  readonly host: PaperHost;
  readonly sink: RecordingSink;
  readonly records: MemoryRecords;
  readonly store: MemorySignalStore;
  readonly shelf: Shelf;
  readonly clock: { now: number };
  /** The network as it runs now. */
  readonly parts: () => Parts;
  readonly network: () => RunningNetwork;
  readonly listener: () => HostListener;
  /** Stops it, and starts it on what was kept. */
  restart(): Promise<void>;
}

export async function scene(
  options: { readonly config?: ThirdPartyConfig; readonly shutOut?: ShutOut } = {},
): Promise<Scene> {
  const [host, sink, records, store] = [
    new PaperHost(),
    new RecordingSink(),
    new MemoryRecords(),
    new MemorySignalStore(),
  ];
  const clock = { now: 1_764_000_000_000 };
  const now = (): number => clock.now;
  const log = new RecordingLog();
  const dataFolder = await mkdtemp(join(tmpdir(), 'causeway-thirdparty-'));
  const limits = {
    mostFileBytes: 1e6,
    mostBytesOfOwner: 1e7,
    mostFilesOfOwner: 100,
    mostBytes: 1e8,
    mostFiles: 1e3,
  };
  const shelf = await openShelf({
    folder: dataFolder,
    limits,
    keepFreeBytes: 0,
    sweepEveryMs: 60_000,
    log,
    now,
  });
  const start = async (): Promise<Parts> => {
    const signal = openSignal({ store, limits: smallLimits, now });
    const signingKeys = (): never => assert.fail('no keys sign here');
    const deps = {
      ...{ records, signal, signingKeys, homeserver: 'example.org', key, dataFolder, log, now },
      ...(options.shutOut === undefined ? {} : { shutOut: options.shutOut }),
    };
    const health = { kind: 'up', since: 0 } as const;
    const made = partsOn({
      ...{ config: options.config ?? configOf(), deps, host, shelf, sink },
      health: () => health,
    });
    await made.load();
    return made;
  };
  let parts = await start();
  return {
    ...{ host, sink, records, store, shelf, clock },
    parts: () => parts,
    network: () => parts.network,
    listener: () => parts.listener,
    restart: async () => {
      await parts.network[Symbol.asyncDispose]();
      parts = await start();
    },
    [Symbol.asyncDispose]: async () => {
      await parts.network[Symbol.asyncDispose]();
      await shelf[Symbol.asyncDispose]();
      assert.deepEqual(log.errors(), []);
    },
  };
}

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

/** The chat of a homeserver user with a provider's user. */
export function portalOf({ account }: Partner, user: MatrixUserId = alice): DirectPortal {
  const remote = userOf(account.login);
  const chat = chatOf(remote);
  return {
    ...{ kind: 'direct', id: portalId(`portal of ${user} and ${remote}`), remote, room: roomId('!room') },
    key: { network, chat, receiver: user },
  };
}

let causes = 0;

/** What a homeserver user does, as the core hands it on. */
export function from(user: MatrixUserId = alice): {
  readonly cause: string;
  readonly sender: { readonly in: 'matrix'; readonly userId: MatrixUserId };
  readonly name: { readonly in: 'matrix'; readonly eventId: ReturnType<typeof matrixEventId> };
  readonly at: number;
} {
  causes += 1;
  return {
    cause: `cause ${causes}`,
    sender: { in: 'matrix', userId: user },
    name: { in: 'matrix', eventId: matrixEventId(`$event${causes}`) },
    at: 1_764_000_000_000,
  };
}

export function words(plain: string, html?: string): Content {
  return { kind: 'text', style: 'normal', text: { plain, html } };
}

export function message(content: Content, user?: MatrixUserId): Extract<BridgeEvent, { kind: 'message' }> {
  return {
    ...from(user),
    kind: 'message',
    content,
    mentions: noMentions,
    replyTo: undefined,
    thread: undefined,
  };
}

/** Does what the spine does with an event. */
export async function handle(on: Scene, event: BridgeEvent, portal: DirectPortal): Promise<Handled> {
  const handler = on.network().handlers[event.kind] as
    ((event: BridgeEvent, portal: DirectPortal, signal: AbortSignal) => Promise<Handled>) | undefined;
  assert.ok(handler !== undefined, `${event.kind} has no handler`);
  return handler(event, portal, AbortSignal.timeout(10_000));
}

/** What an arrival turns out to be. */
export function opened(on: Scene, arrival: Arrival | undefined): UnresolvedEvent {
  assert.ok(arrival !== undefined);
  const answer = on.network().open(arrival, `arrival ${arrival.outerId}`);
  assert.ok(answer.kind === 'event', JSON.stringify(answer));
  return answer.event;
}

export function messagesIn(on: Scene): readonly UnresolvedEvent[] {
  return on.sink.arrivals.all
    .filter(({ outerId }) => outerId.startsWith('message '))
    .map((arrival) => opened(on, arrival));
}

export function targetOf(
  messageId: string,
  author: BridgeEvent['sender'],
): {
  readonly eventIds: readonly [ReturnType<typeof matrixEventId>];
  readonly messageIds: readonly [ReturnType<typeof remoteMessageId>];
  readonly author: BridgeEvent['sender'];
} {
  return { eventIds: [matrixEventId('$target')], messageIds: [remoteMessageId(messageId)], author };
}

export function textIn(address: Address | undefined): string {
  return address === undefined ? 'nobody' : formatAddress(address);
}
