/** A process with the network of third-party chats on a database of its own, until it is killed. */
import { appendFileSync, existsSync, fsyncSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import express from 'express';
import { networkId, remoteUserId } from '../../src/core/ids.ts';
import type { Arrival, EventSink } from '../../src/core/network.ts';
import { keptFor, signalOn } from '../../src/network-kept.ts';
import { createThirdParty, thirdPartyConfig } from '../../src/networks/thirdparty/index.ts';
import { storageSchema } from '../../src/storage/config.ts';
import { audience } from './host-scene.ts';
import type { ProviderAddresses } from './real-partner.ts';
import { RecordingSink } from './recording-sink.ts';
import { open, silentLog } from './storage.ts';
import { message, portalTo, words } from './third-party-scene.ts';

/** What the child is told when it begins. */
export interface BeginHost {
  readonly kind: 'begin';
  readonly folder: string;
  readonly ports: { readonly web: number; readonly chat: number };
  readonly provider: ProviderAddresses;
}
/** An event of the spine: handed over in order, and again after a kill until it is said to be sent. */
export interface SayAsHost {
  readonly kind: 'say';
  readonly cause: string;
  readonly remote: string;
  readonly text: string;
}
/** What it says. */
export type FromHostChild =
  | { readonly kind: 'ready'; readonly root: { readonly serial: number; readonly key: string } }
  | { readonly kind: 'sent'; readonly cause: string }
  | { readonly kind: 'failed'; readonly reason: string };

export const arrivalsIn = (folder: string): readonly Arrival[] => {
  const file = join(folder, 'arrivals');
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  // A line that was cut by a kill was never said to be kept.
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Arrival);
};

/** Keeps what comes on the disk before it says so, as the spine does. */
class DiskSink extends RecordingSink {
  readonly #known: Set<string>;
  readonly #file: number;

  constructor(folder: string) {
    super();
    this.#known = new Set(arrivalsIn(folder).map(({ outerId }) => outerId));
    this.#file = openSync(join(folder, 'arrivals'), 'a');
  }

  override async receive(arrival: Arrival): Promise<'kept' | 'known'> {
    if (this.#known.has(arrival.outerId)) return 'known';
    appendFileSync(this.#file, `${JSON.stringify(arrival)}\n`);
    fsyncSync(this.#file);
    this.#known.add(arrival.outerId);
    return 'kept';
  }
}

const say = (said: FromHostChild): void => void process.send?.(said);

async function run({ folder, ports, provider }: BeginHost): Promise<void> {
  const file = join(folder, 'bridge.sqlite');
  const storage = await open(storageSchema.parse({ file, key: '00'.repeat(32) }));
  const { signal } = signalOn(storage.signal, silentLog);
  const kept = await keptFor(networkId('thirdparty'), { records: storage.networkRecords, signal, file });
  const about = { id: 12, name: 'birdychat', domain: 'birdychat.example', identifier: 'email' };
  const config = thirdPartyConfig.parse({
    ...{ listen: { port: ports.web }, chat: { port: ports.chat }, public_url: audience },
    providers: [{ ...about, ...provider, trusted_hosts: ['127.0.0.1'] }],
  });
  const made = createThirdParty(config, { ...kept, homeserver: 'example.org', log: silentLog });
  createServer(express().use(made.web.router)).listen(ports.web, '127.0.0.1');
  const sink: EventSink = new DiskSink(folder);
  const running = await made.network.start(sink, new AbortController().signal);
  while (running.health().kind !== 'up') await new Promise((resolve) => setTimeout(resolve, 5));
  let turn = Promise.resolve();
  process.on('message', (asked: SayAsHost) => {
    turn = turn.then(async () => {
      const event = { ...message(words(asked.text)), cause: asked.cause };
      const portal = portalTo(remoteUserId(asked.remote));
      const handled = await running.handlers.message?.(event, portal, AbortSignal.timeout(30_000));
      // Long enough to be killed between the two now and then.
      await new Promise((resolve) => setTimeout(resolve, 20));
      if (handled?.kind === 'sent') say({ kind: 'sent', cause: asked.cause });
      else say({ kind: 'failed', reason: JSON.stringify(handled) });
    });
  });
  const { serial, key } = await made.host.root();
  say({ kind: 'ready', root: { serial, key: Buffer.from(key).toString('base64') } });
}

process.once('message', (begin: BeginHost) => {
  run(begin).catch((error: unknown) => say({ kind: 'failed', reason: String(error) }));
});
