/** The network of third-party chats with its doors on loopback, and a provider's user at the real client. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import express from 'express';
import type { RunningNetwork } from '../../src/core/network.ts';
import { openSignal, type Signal } from '../../src/crypto/signal/signal.ts';
import { askKeys } from '../../src/interop/client/ask-keys.ts';
import { createChatClient } from '../../src/interop/client/chat-client.ts';
import type { ChatClient, Incoming } from '../../src/interop/client/client.ts';
import type { Login } from '../../src/interop/enlistment/login.ts';
import { renderEnlistment } from '../../src/interop/enlistment/request.ts';
import { unpad } from '../../src/interop/message/padding.ts';
import { decodeMessage, encodeMessage } from '../../src/interop/message/protobuf.ts';
import type { WireMessage } from '../../src/interop/message/wire-message.ts';
import type { Address } from '../../src/interop/node/address.ts';
import { newCurveKeyPair } from '../../src/interop/noise/curve-key.ts';
import { connectTcp } from '../../src/interop/noise/tcp.ts';
import { connectWebSocket } from '../../src/interop/noise/websocket.ts';
import { identityProfile } from '../../src/interop/profile/identity-profile.ts';
import { webSocketPath } from '../../src/interop/profile/session-profile.ts';
import { signalLimits } from '../../src/interop/profile/signal-profile.ts';
import type { MessageStanza } from '../../src/interop/stanza/message.ts';
import type { Receipt, ReceiptStanza } from '../../src/interop/stanza/receipt.ts';
import { createTalk } from '../../src/interop/talk/create-talk.ts';
import { createThirdParty, thirdPartyConfig, type ThirdParty } from '../../src/networks/thirdparty/index.ts';
import type { ShutOut } from '../../src/networks/thirdparty/index.ts';
import { EventLog } from './event-log.ts';
import { audience, posted, testProvider, tokenFor, type TestProvider } from './host-scene.ts';
import type { KeptSigningKey } from '../../src/interop/identity/signing-key-plan.ts';
import { MemoryRecords } from './memory-records.ts';
import { MemorySignalStore } from './memory-signal.ts';
import { RecordingLog } from './recording-log.ts';
import { RecordingSink } from './recording-sink.ts';
import { smallLimits } from './signal-scene.ts';

export interface OpenDoors extends AsyncDisposable {
  readonly made: () => ThirdParty;
  readonly running: () => RunningNetwork;
  readonly sink: RecordingSink;
  readonly provider: TestProvider;
  readonly records: MemoryRecords;
  readonly url: () => string;
  /** Stops it as a process that ends does, and starts another on what was kept. */
  restart(): Promise<void>;
}

/** The network, listening. */
export async function openDoors(options: DoorOptions = {}): Promise<OpenDoors> {
  const { shutOut } = options;
  const provider = await testProvider();
  const [sink, records, store, log] = [
    new RecordingSink(),
    new MemoryRecords(),
    new MemorySignalStore(),
    new RecordingLog(),
  ];
  const dataFolder = await mkdtemp(join(tmpdir(), 'causeway-host-'));
  let signing: readonly KeptSigningKey[] = [];
  const start = async (): Promise<Started> => {
    const made = createThirdParty(configFor(options.provider ?? testAddresses(provider.url)), {
      ...{ records, homeserver: 'example.org', key: Buffer.alloc(32, 9), dataFolder, log },
      ...(shutOut === undefined ? {} : { shutOut }),
      signal: openSignal({ store, limits: smallLimits, now: Date.now }),
      signingKeys: () => ({ load: async () => signing, save: async (kept) => void (signing = kept) }),
    });
    const web = createServer(express().set('env', 'production').use(made.web.router));
    web.on('upgrade', (request, socket, head) => made.web.upgrade?.take(request, socket, head));
    web.listen(0, '127.0.0.1');
    await once(web, 'listening');
    const running = await made.network.start(sink, new AbortController().signal);
    assert.equal(running.health().kind, 'connecting', 'nobody comes in before it is handed over');
    const deadline = Date.now() + 10_000;
    while (running.health().kind !== 'up' && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(running.health().kind, 'up');
    return { made, web, running };
  };
  const stop = async ({ web, running }: Started): Promise<void> => {
    const closed = once(web, 'close');
    web.close();
    await running[Symbol.asyncDispose]();
    web.closeAllConnections();
    await closed;
  };
  let now = await start();
  return {
    ...{ sink, provider, records },
    made: () => now.made,
    running: () => now.running,
    url: () => `http://127.0.0.1:${(now.web.address() as AddressInfo).port}`,
    restart: async () => {
      await stop(now);
      now = await start();
    },
    [Symbol.asyncDispose]: async () => {
      await stop(now);
      await rm(dataFolder, { recursive: true, force: true });
      await provider[Symbol.asyncDispose]();
      assert.deepEqual(log.errors(), []);
    },
  };
}

interface Started {
  readonly made: ThirdParty;
  readonly web: ReturnType<typeof createServer>;
  readonly running: RunningNetwork;
}

export interface DoorOptions {
  readonly shutOut?: ShutOut;
  /** Another provider than the one of tests. */
  readonly provider?: ProviderAddresses;
}
export interface ProviderAddresses {
  readonly issuer: string;
  readonly jwks_url: string;
  readonly push_url: string;
  readonly media_url: string;
}

function testAddresses(url: string): ProviderAddresses {
  return {
    ...{ issuer: 'birdy', jwks_url: `${url}${identityProfile.jwksPath}`, push_url: url },
    media_url: `${url}/media`,
  };
}

function configFor(addresses: ProviderAddresses): ReturnType<typeof thirdPartyConfig.parse> {
  return thirdPartyConfig.parse({
    listen: { port: 0 },
    chat: { port: 0 },
    public_url: audience,
    providers: [
      {
        ...{ id: 12, name: 'birdychat', domain: 'birdychat.example', identifier: 'email' },
        ...{ ...addresses, trusted_hosts: ['127.0.0.1'] },
      },
    ],
  });
}

/** A provider's user at a client: what comes is opened and told to be there. */
export class RealPartner implements AsyncDisposable {
  readonly login: Login;
  readonly came = new EventLog<{
    readonly id: string;
    readonly from: Address;
    readonly message: WireMessage;
  }>(JSON.stringify);
  readonly receipts = new EventLog<ReceiptStanza>(JSON.stringify);
  readonly client: ChatClient;
  readonly #talk: ReturnType<typeof createTalk>;

  private constructor(login: Login, client: ChatClient, talk: ReturnType<typeof createTalk>) {
    this.login = login;
    this.client = client;
    this.#talk = talk;
  }

  static async enlist(doors: OpenDoors, identifier: string, over: 'tcp' | 'websocket'): Promise<RealPartner> {
    const signal = openSignal({
      store: new MemorySignalStore(),
      limits: { ...signalLimits, firstBatch: 20 },
      now: Date.now,
    });
    const party = partyOf(signal, identifier);
    const { identity, registration } = await party.identity();
    const talk = createTalk({ party, keysOf: (of) => askKeys(client, of) });
    const keys = await talk.keys.upload(0);
    assert.ok(!('kind' in keys));
    const auth = newCurveKeyPair();
    const answer = await posted(
      doors.url(),
      renderEnlistment({
        ...{ authKey: auth.publicKey, registrationId: registration, identityKey: identity },
        ...{ signedPrekey: keys.signed, token: tokenFor(identifier) },
      }),
    );
    assert.ok(answer.kind === 'enlisted', JSON.stringify(answer));
    const client = createChatClient({
      ...{ login: answer.login, staticKey: auth.privateKey, roots: [await doors.made().host.root()] },
      ...{ readReceipts: true, token: async () => tokenFor(identifier) },
      connect: (stop) => streamTo(doors, over, stop),
      times: { again: [10, 40] },
      events: {
        stanza: (stanza) => self.#take(stanza),
        changed: () => undefined,
        began: async () => {
          const { signed, prekeys } = keys;
          const done = await client.ask({ kind: 'upload-keys', registration, identity, signed, prekeys });
          assert.equal(done.kind, 'done', JSON.stringify(done));
          await talk.keys.uploaded({ signed: signed.id, prekeys: prekeys.map(({ id }) => id) });
        },
      },
    });
    const self = new RealPartner(answer.login, client, talk);
    client.wake();
    return self;
  }

  async find(externalId: string): Promise<Address | undefined> {
    const answer = await this.client.ask({ kind: 'look-up', wanted: [{ externalId, integrator: 0 }] });
    assert.ok(answer.kind === 'found', JSON.stringify(answer));
    const [found] = answer.users;
    return found?.kind === 'found' ? found.address : undefined;
  }

  async say(to: Address, id: string, message: WireMessage): Promise<void> {
    const sealed = await this.#talk.seal(to, id, encodeMessage(message));
    assert.ok(sealed.kind === 'sealed', JSON.stringify(sealed));
    const stanza: MessageStanza = {
      ...{ kind: 'message', id, from: undefined, to, participant: undefined, recipient: undefined },
      ...{ time: undefined, type: 'text', notify: 'Bob', offline: undefined, edit: undefined },
      ...{ sealed: [sealed.sealed], body: undefined, unavailable: false },
    };
    const sent = await this.client.send(stanza);
    assert.equal(sent.kind, 'sent', JSON.stringify(sent));
  }

  async receipt(to: Address, id: string, about: Receipt): Promise<void> {
    const envelope = { participant: undefined, recipient: undefined, time: undefined, offline: undefined };
    const sent = await this.client.send({ kind: 'receipt', id, from: undefined, to, ...envelope, about });
    assert.equal(sent.kind, 'sent', JSON.stringify(sent));
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.client[Symbol.asyncDispose]();
  }

  async #take(stanza: Incoming): Promise<void> {
    if (stanza.kind === 'receipt') this.receipts.push(stanza);
    if (stanza.kind !== 'message' || stanza.from === undefined) return;
    const opened = await this.#talk.open(stanza);
    const plain = opened.kind === 'opened' ? unpad(opened.padded) : undefined;
    const decoded = plain instanceof Uint8Array ? decodeMessage(plain) : undefined;
    if (decoded?.kind === 'decoded')
      this.came.push({ id: stanza.id, from: stanza.from, message: decoded.message });
    await this.#talk.released(stanza.from, stanza.id);
  }
}

function partyOf(signal: Signal, user: string): ReturnType<Signal['party']> {
  return signal.party({ network: 'partner', user });
}

async function streamTo(doors: OpenDoors, over: 'tcp' | 'websocket', stop: AbortSignal): Promise<Duplex> {
  const port = doors.made().host.port() ?? 0;
  const connected =
    over === 'tcp'
      ? await connectTcp({ host: '127.0.0.1', port }, stop)
      : await connectWebSocket(new URL(webSocketPath, doors.url().replace('http', 'ws')), stop);
  if (connected.kind === 'failed') throw new Error(connected.text);
  return connected.stream;
}
