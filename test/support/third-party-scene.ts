/** The network of third-party chats on a host in memory, and a provider's user with keys and sessions of their own. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
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
  type RemoteUserId,
} from '../../src/core/ids.ts';
import type { Arrival, Handled, RunningNetwork } from '../../src/core/network.ts';
import type { DirectPortal } from '../../src/core/portal.ts';
import { openSignal } from '../../src/crypto/signal/signal.ts';
import { openShelf, type Shelf } from '../../src/interop/media/shelf/shelf.ts';
import { thirdPartyConfig, type ThirdPartyConfig } from '../../src/networks/thirdparty/config.ts';
import { createCounts, type Counts } from '../../src/networks/thirdparty/counts.ts';
import type { ShutOut } from '../../src/networks/thirdparty/deps.ts';
import type { HostListener } from '../../src/networks/thirdparty/host.ts';
import { chatOf, id as network, userOf } from '../../src/networks/thirdparty/ids.ts';
import { partsOn, type Parts } from '../../src/networks/thirdparty/running.ts';
import { MemoryRecords } from './memory-records.ts';
import { MemorySignalStore } from './memory-signal.ts';
import { PaperHost } from './paper-host.ts';
import { RecordingLog } from './recording-log.ts';
import { RecordingSink } from './recording-sink.ts';
import { smallLimits } from './signal-scene.ts';
import type { Partner } from './third-party-partner.ts';

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

export interface Scene extends AsyncDisposable {
  readonly host: PaperHost;
  readonly sink: RecordingSink;
  readonly records: MemoryRecords;
  readonly store: MemorySignalStore;
  readonly shelf: Shelf;
  readonly clock: { now: number };
  readonly counts: Counts;
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
  const counts = createCounts();
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
      ...{ config: options.config ?? configOf(), deps, host, shelf, sink, counts },
      health: () => health,
    });
    await made.load();
    return made;
  };
  let parts = await start();
  return {
    ...{ host, sink, records, store, shelf, clock, counts },
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
      await rm(dataFolder, { recursive: true, force: true });
      assert.deepEqual(log.errors(), []);
    },
  };
}

/** The chat of a homeserver user with a provider's user. */
export function portalOf({ account }: Partner, user?: MatrixUserId): DirectPortal {
  return portalTo(userOf(account.login), user);
}

export function portalTo(remote: RemoteUserId, user: MatrixUserId = alice): DirectPortal {
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
