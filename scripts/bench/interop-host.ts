/** The process of the host under test: the network as it is, on storage as it is. What it hands over is kept in memory. */
import { join } from 'node:path';
import { noMentions } from '../../src/core/event.ts';
import {
  matrixEventId,
  matrixUserId,
  portalId,
  remoteChatId,
  remoteUserId,
  roomId,
} from '../../src/core/ids.ts';
import type { RunningNetwork } from '../../src/core/network.ts';
import type { DatabaseWatch } from '../../src/core/watch.ts';
import { openSignal } from '../../src/crypto/signal/signal.ts';
import { keepHeapSmall } from '../../src/heap.ts';
import { messageIdFor } from '../../src/interop/message/message-id.ts';
import type { KeptSigningKey } from '../../src/interop/identity/signing-key-plan.ts';
import { identityProfile } from '../../src/interop/profile/identity-profile.ts';
import { signalLimits } from '../../src/interop/profile/signal-profile.ts';
import { createThirdParty, thirdPartyConfig, type ThirdParty } from '../../src/networks/thirdparty/index.ts';
import { id as network } from '../../src/networks/thirdparty/ids.ts';
import { PublicServers } from '../../src/public-web.ts';
import { storageSchema } from '../../src/storage/config.ts';
import { openStorage, type Storage } from '../../src/storage/storage.ts';
import { audience } from '../../test/support/host-scene.ts';
import { sealingAlone } from './interop-alone.ts';
import {
  clock,
  hostOrder,
  hostPlan,
  type Cost,
  type Heard,
  type HostOrder,
  type HostPlace,
  type HostPlan,
  type Memory,
  type Said,
  type Say,
} from './interop-orders.ts';
import { MemorySink } from './interop-sink.ts';
import { isGenuine, residentNamed, wordsOf } from './interop-words.ts';
import { inLanes, paced } from './pace.ts';
import { obey } from './worker.ts';

const lanes = 8;

interface Host {
  readonly storage: Storage;
  readonly made: ThirdParty;
  readonly running: RunningNetwork;
  readonly place: HostPlace;
  readonly stack: AsyncDisposableStack;
}

keepHeapSmall();
const plan = hostPlan.parse(JSON.parse(process.argv[2] ?? ''));
const sink = new MemorySink();
const log = sink.log;
const calls = { read: 0, write: 0 };
const watch: DatabaseWatch = {
  begin: (operation) => {
    calls[operation] += 1;
    return () => undefined;
  },
};
const starting = start(plan);
let partners: readonly string[] = [];

obey(
  hostOrder,
  async (order: HostOrder): Promise<unknown> => {
    const host = await starting;
    switch (order.kind) {
      case 'where':
        return host.place;
      case 'meet':
        partners = order.users;
        return undefined;
      case 'say':
        return sayAll(host, order);
      case 'heard':
        return heard(host);
      case 'cost':
        return cost();
      case 'memory':
        return memory(host);
      case 'alone':
        return sealingAlone(host.storage.signal, order.count);
    }
  },
  async () => (await starting).stack.disposeAsync(),
);

async function start({ dir, providerUrl }: HostPlan): Promise<Host> {
  await using stack = new AsyncDisposableStack();
  const config = storageSchema.parse({ file: join(dir, 'host.db'), key: '07'.repeat(32) });
  const storage = stack.use(await openStorage(config, { log, watch }));
  let signing: readonly KeptSigningKey[] = [];
  const made = createThirdParty(configFor(providerUrl), {
    ...{ records: storage.networkRecords, homeserver: 'example.org', key: Buffer.alloc(32, 9), log },
    dataFolder: join(dir, 'files'),
    signal: openSignal({
      store: storage.signal,
      limits: { ...signalLimits, firstBatch: 100 },
      now: Date.now,
    }),
    signingKeys: () => ({ load: async () => signing, save: async (kept) => void (signing = kept) }),
  });
  const servers = stack.use(new PublicServers(log));
  const [at] = await servers.listen([made.web]);
  const running = stack.use(await made.network.start(sink, new AbortController().signal));
  stack.defer(() => servers.close());
  while (running.health().kind !== 'up') await new Promise((resolve) => setTimeout(resolve, 5));
  const { serial, key } = await made.host.root();
  const place: HostPlace = {
    ...{ url: `http://127.0.0.1:${at?.port ?? 0}`, port: made.host.port() ?? 0 },
    ...{ serial, key: Buffer.from(key).toString('base64') },
  };
  return { storage, made, running, place, stack: stack.move() };
}

function configFor(url: string): ReturnType<typeof thirdPartyConfig.parse> {
  return thirdPartyConfig.parse({
    ...{ listen: { port: 0 }, chat: { port: 0 }, public_url: audience },
    providers: [
      {
        ...{ id: 12, name: 'bird', issuer: 'birdy', domain: 'bird.example', identifier: 'email' },
        ...{ jwks_url: `${url}${identityProfile.jwksPath}`, push_url: url, media_url: `${url}/media` },
        trusted_hosts: ['127.0.0.1'],
      },
    ],
  });
}

function sayAll(host: Host, { round, perSecond, count }: Say): Promise<readonly Said[]> {
  const one = (index: number): Promise<Said> =>
    sayTo(host, index % partners.length, wordsOf(`${round} from the homeserver`, index));
  return perSecond === undefined ? inLanes(lanes, count, one) : paced(perSecond, count, one);
}

/** A homeserver user writes to their partner: what the spine does with an event for this network. */
async function sayTo({ running }: Host, index: number, words: string): Promise<Said> {
  const [remote, receiver] = [partners[index] ?? '', matrixUserId(residentNamed(index % plan.residents))];
  const began = clock();
  const handled = await running.handlers.message?.(
    {
      ...{ kind: 'message', cause: words, sender: { in: 'matrix', userId: receiver }, at: Date.now() },
      name: { in: 'matrix', eventId: matrixEventId(`$${messageIdFor(words)}`) },
      content: { kind: 'text', style: 'normal', text: { plain: words, html: undefined } },
      ...{ mentions: noMentions, replyTo: undefined, thread: undefined },
    },
    {
      ...{ kind: 'direct', id: portalId(`portal ${index}`), remote: remoteUserId(remote) },
      room: roomId(`!room${index}:example.org`),
      key: { network, chat: remoteChatId(remote), receiver },
    },
    new AbortController().signal,
  );
  const said = { id: messageIdFor(words), began, done: clock() };
  return handled?.kind === 'sent' ? said : { ...said, trouble: JSON.stringify(handled) };
}

/** What came is opened as the spine does, to see whether it is what was written. Notices of identities are left out. */
function heard({ running }: Host): Heard {
  const { arrivals, delivered, troubles } = sink.take();
  const messages = arrivals.filter(({ arrival }) => arrival.outerId.startsWith('message '));
  return {
    ...{ delivered, troubles },
    arrivals: messages.map(({ arrival, at }) => {
      const opened = running.open(arrival, arrival.outerId);
      const event = opened.kind === 'event' ? opened.event : undefined;
      const content = event?.kind === 'message' ? event.content : undefined;
      const words = content?.kind === 'text' ? content.text.plain : undefined;
      const id = arrival.outerId.slice(arrival.outerId.lastIndexOf(' ') + 1);
      return { id, at, genuine: isGenuine(id, words) };
    }),
  };
}

function cost(): Cost {
  const { user, system } = process.cpuUsage();
  const activeMs = performance.eventLoopUtilization().active;
  const [reads, commits] = [calls.read, calls.write];
  return { at: clock(), cpuMs: (user + system) / 1_000, activeMs, reads, commits };
}

async function memory({ made }: Host): Promise<Memory> {
  if (globalThis.gc === undefined) throw new Error('this is to be run with --expose-gc');
  for (let times = 0; times < 3; times += 1) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return { connected: made.host.connected(), rss, heap: heapUsed, external };
}
