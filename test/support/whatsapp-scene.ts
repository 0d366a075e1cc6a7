import { createServer } from 'node:http';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express, { type RequestHandler } from 'express';
import {
  matrixUserId,
  networkId,
  remoteUserId,
  type MatrixUserId,
  type RemoteUserId,
} from '../../src/core/ids.ts';
import type { RunningNetwork } from '../../src/core/network.ts';
import { openSignal } from '../../src/crypto/signal/signal.ts';
import type { Login } from '../../src/interop/enlistment/login.ts';
import { boundedAsker } from '../../src/interop/identity/bounded-request.ts';
import type { KeptSigningKey } from '../../src/interop/identity/signing-key-plan.ts';
import { identityProfile } from '../../src/interop/profile/identity-profile.ts';
import { signalLimits } from '../../src/interop/profile/signal-profile.ts';
import type { FoundFile } from '../../src/interop/media/shelf/shelf.ts';
import type { HostLimits } from '../../src/networks/thirdparty/host-options.ts';
import type { Host } from '../../src/networks/thirdparty/host.ts';
import { makeHost } from '../../src/networks/thirdparty/make-host.ts';
import {
  createWhatsapp,
  operatorSentence,
  whatsappConfig,
  type WhatsappConfig,
  type WhatsappDeps,
  type WhatsappTimes,
} from '../../src/networks/whatsapp/index.ts';
import { whatsappTexts } from '../../src/whatsapp-texts.ts';
import type { Rendered } from '../../src/texts/catalogue.ts';
import { EventLog } from './event-log.ts';
import { HostPerson } from './host-person.ts';
import { listening, type Listening } from './listening.ts';
import { MemoryRecords } from './memory-records.ts';
import { MemorySignalStore } from './memory-signal.ts';
import { RecordingLog } from './recording-log.ts';
import { RecordingSink } from './recording-sink.ts';

export const alice = matrixUserId('@alice:example.org');
/** Bob, as the partner's side calls him. */
export const bobId: RemoteUserId = remoteUserId('4242');

/** A sink that also keeps what users were told, and their accounts. */
export class PartnerSink extends RecordingSink {
  readonly told = new EventLog<{ readonly user: MatrixUserId; readonly id: string; readonly text: string }>(
    ({ user, text }) => `${user} ${text}`,
  );
  readonly accounts = new Map<MatrixUserId, RemoteUserId>();
  readonly persons: (readonly [RemoteUserId, string])[] = [];
  readonly lists: (RemoteUserId | undefined)[] = [];
  readonly #ids = new Set<string>();
  on: readonly MatrixUserId[] = [];

  async enabled(): Promise<readonly MatrixUserId[]> {
    return this.on;
  }
  async tell(user: MatrixUserId, id: string, line: (language: 'en') => Rendered): Promise<undefined> {
    if (!this.#ids.has(id)) this.told.push({ user, id, text: line('en').plain });
    this.#ids.add(id);
  }
  async account(user: MatrixUserId, account: RemoteUserId, is: 'linked' | 'gone'): Promise<void> {
    if (is === 'linked') this.accounts.set(user, account);
    else if (this.accounts.get(user) === account) this.accounts.delete(user);
  }
  async samePerson(
    user: RemoteUserId,
    other: { readonly kind: string; readonly address?: string },
  ): Promise<void> {
    this.persons.push([user, other.address ?? '']);
  }
  blocklistChanged(account: RemoteUserId | undefined): void {
    this.lists.push(account);
  }
}

export interface WhatsappSceneOptions {
  readonly config?: Partial<WhatsappConfig>;
  readonly times?: Partial<WhatsappTimes>;
  readonly limits?: Partial<HostLimits>;
  readonly now?: () => number;
}

/** A host with one person on it, and the partner, in one process, over loopback. */
export interface WhatsappScene extends AsyncDisposable {
  readonly host: Host;
  readonly bob: HostPerson;
  readonly sink: PartnerSink;
  readonly records: MemoryRecords;
  readonly store: MemorySignalStore;
  readonly log: RecordingLog;
  readonly config: WhatsappConfig;
  network: RunningNetwork;
  readonly partnerUrl: string;
  /** What the partner has counted since its last start. */
  readonly counts: () => ReadonlyMap<string, number>;
  /** Whether the provider may be reached at the host. */
  isOpen: boolean;
  /** What lies on the host's media host, by reference. */
  readonly files: Map<string, () => FoundFile>;
  /** The login of a user, once it is there. */
  login(user?: MatrixUserId): Promise<Login>;
  /** Ends the partner as a stop does, and starts it on what is kept. */
  restart(): Promise<void>;
  stop(): Promise<void>;
  start(): Promise<void>;
}

export const quick: WhatsappTimes = {
  patience: 5_000,
  again: [20, 100],
  chat: { handshake: 5_000, answer: 5_000, again: [10, 50] },
  enlistment: { maxAttempts: 2, backOffMs: { first: 10, last: 20 }, maxWaitMs: 1_000 },
};

export async function whatsappScene(options: WhatsappSceneOptions = {}): Promise<WhatsappScene> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'whatsapp-scene-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const late: {
    partner: RequestHandler;
    host: RequestHandler;
    counts: WhatsappScene['counts'];
  } = { partner: notYet, host: notYet, counts: () => new Map() };
  const partner = stack.use(await listening(express().use((...args) => late.partner(...args))));
  const log = new RecordingLog();
  const state = { isOpen: true, files: new Map<string, () => FoundFile>() };
  const made = await startHost(stack, partner, log, state, options);
  late.host = made.host.web.router;
  const config = whatsappConfig.parse({
    listen: { host: '127.0.0.1', port: 0 },
    public_url: partner.url,
    integrator: 12,
    issuer: 'causeway',
    audience: made.url,
    enlist_url: made.url,
    chat_url: `tcp://127.0.0.1:${String(made.host.port())}`,
    media_url: made.url,
    push_jwks_url: `${made.url}${identityProfile.jwksPath}`,
    roots: [await made.host.root()].map(({ serial, key }) => ({
      serial,
      key: Buffer.from(key).toString('hex'),
    })),
    custody: 'self',
    operator_override: operatorSentence,
    trusted_hosts: ['127.0.0.1'],
    ...options.config,
  });
  const deps = partnerDeps(folder, log, options);
  const sink = new PartnerSink();
  const start = async (): Promise<RunningNetwork> => {
    const { network, web, counts } = createWhatsapp(config, deps);
    late.partner = web.router;
    late.counts = counts;
    return network.start(sink, new AbortController().signal);
  };
  const scene = Object.assign(state, {
    ...{ host: made.host, bob: made.bob, sink, log, config, partnerUrl: partner.url },
    ...{ records: deps.records, store: deps.store, network: await start() },
  });
  const stop = (): Promise<void> => Promise.resolve(scene.network[Symbol.asyncDispose]());
  stack.defer(stop);
  const closing = stack.move();
  const whole: WhatsappScene = Object.assign(scene, {
    counts: () => late.counts(),
    login: async (user: MatrixUserId = alice): Promise<Login> => {
      const end = performance.now() + 5_000;
      for (;;) {
        const account = sink.accounts.get(user);
        if (account !== undefined) return { integrator: 12, user: account.slice(account.indexOf('-') + 1) };
        if (performance.now() > end) throw new Error('nobody was enlisted');
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    stop,
    start: async () => {
      scene.network = await start();
    },
    restart: async () => {
      await stop();
      scene.network = await start();
    },
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  });
  return whole;
}

const notYet: RequestHandler = (_request, response) => void response.status(503).end();

interface MadeHost {
  readonly host: Host;
  readonly bob: HostPerson;
  readonly url: string;
}

async function startHost(
  stack: AsyncDisposableStack,
  partner: Listening,
  log: RecordingLog,
  state: Pick<WhatsappScene, 'isOpen' | 'files'>,
  options: WhatsappSceneOptions,
): Promise<MadeHost> {
  const asker = stack.use(boundedAsker({ deadlineMs: 5_000, maxBytes: 65_536, allowHttp: true }));
  let keys: readonly KeptSigningKey[] = [];
  const late: { router: RequestHandler } = { router: notYet };
  const web = createServer(express().use((...args) => late.router(...args)));
  web.listen(0, '127.0.0.1');
  await once(web, 'listening');
  const url = `http://127.0.0.1:${String((web.address() as AddressInfo).port)}`;
  const host = makeHost({
    ...{ network: networkId('thirdparty'), records: new MemoryRecords(), key: new Uint8Array(32).fill(3) },
    ...{ audience: [url], name: 'Causeway', isOpen: () => state.isOpen, ask: asker.ask, log },
    providers: [
      {
        ...{ integrator: 12, name: 'causeway', issuer: 'causeway', identifierType: 'email' },
        jwksUrl: `${partner.url}${identityProfile.jwksPath}`,
        pushUrl: `${partner.url}/whatsapp`,
      },
    ],
    signingKeys: { load: async () => keys, save: async (kept) => void (keys = kept) },
    files: { find: async (ref) => state.files.get(ref)?.() },
    chat: { host: '127.0.0.1', port: 0 },
    limits: { lingerMs: 200, ...options.limits },
    ...(options.now === undefined ? {} : { now: options.now }),
  });
  const bob: HostPerson = new HostPerson('4242', ['@bob:host.example', 'bob', '+15550100'], () => host);
  await host.start(bob);
  late.router = host.web.router;
  stack.defer(async () => {
    await host[Symbol.asyncDispose]();
    const closed = once(web, 'close');
    web.close();
    web.closeAllConnections();
    await closed;
  });
  return { host, bob, url };
}

function partnerDeps(
  folder: string,
  log: RecordingLog,
  options: WhatsappSceneOptions,
): WhatsappDeps & { readonly records: MemoryRecords; readonly store: MemorySignalStore } {
  let keys: readonly KeptSigningKey[] = [];
  const store = new MemorySignalStore();
  const now = options.now ?? Date.now;
  return {
    records: new MemoryRecords(),
    store,
    // Fewer than usual: they are made one by one, and uploaded at once.
    signal: openSignal({ store, limits: { ...signalLimits, firstBatch: 20, batch: 10 }, now }),
    signingKeys: () => ({ load: async () => keys, save: async (kept) => void (keys = kept) }),
    ...{ homeserver: 'example.org', key: new Uint8Array(32).fill(7), dataFolder: join(folder, 'partner') },
    ...{ log, texts: whatsappTexts, times: { ...quick, ...options.times }, now },
  };
}
