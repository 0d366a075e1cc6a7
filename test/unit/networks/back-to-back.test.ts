/** Two homeservers reach each other by third-party chats: the partner of the one is a provider of the other's host. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import express, { type RequestHandler } from 'express';
import { noMentions, type BridgeEvent, type UnresolvedEvent } from '../../../src/core/event.ts';
import { openBytes } from '../../../src/core/inline-media.ts';
import { matrixUserId, networkId, portalId, roomId, type MatrixUserId } from '../../../src/core/ids.ts';
import type { Handled, RunningNetwork } from '../../../src/core/network.ts';
import type { DirectPortal } from '../../../src/core/portal.ts';
import { openSignal } from '../../../src/crypto/signal/signal.ts';
import type { KeptSigningKey } from '../../../src/interop/identity/signing-key-plan.ts';
import { identityProfile } from '../../../src/interop/profile/identity-profile.ts';
import { signalLimits } from '../../../src/interop/profile/signal-profile.ts';
import { createWhatsapp, whatsappConfig } from '../../../src/networks/whatsapp/index.ts';
import { whatsappTexts } from '../../../src/whatsapp-texts.ts';
import { eventually } from '../../conformance/eventually.ts';
import { gathered } from '../../support/byte-streams.ts';
import { audience } from '../../support/host-scene.ts';
import { listening } from '../../support/listening.ts';
import { MemoryRecords } from '../../support/memory-records.ts';
import { MemorySignalStore } from '../../support/memory-signal.ts';
import { ownFolder } from '../../support/partner-provider.ts';
import { openDoors } from '../../support/real-partner.ts';
import { RecordingLog } from '../../support/recording-log.ts';
import type { RecordingSink } from '../../support/recording-sink.ts';
import { from, message, targetOf, words } from '../../support/third-party-scene.ts';
import { PartnerSink, quick } from '../../support/whatsapp-scene.ts';

const patience = 20_000;
const anna = matrixUserId('@anna:a.example');
const bob = matrixUserId('@bob:example.org');

/** One homeserver's end: what its user says, and what came for them. */
class Side {
  readonly #network: RunningNetwork;
  readonly #sink: RecordingSink;
  readonly #user: MatrixUserId;
  #portal: DirectPortal | undefined;

  constructor(network: RunningNetwork, sink: RecordingSink, user: MatrixUserId) {
    this.#network = network;
    this.#sink = sink;
    this.#user = user;
  }

  get user(): MatrixUserId {
    return this.#user;
  }

  get remote(): DirectPortal['remote'] {
    return this.#portal?.remote ?? assert.fail('there is no chat yet');
  }

  /** `start` with what a user types. */
  async start(typed: string): Promise<void> {
    const found = await eventually(typed, async () => {
      const answer = await this.#network.directory.find(typed, this.#user);
      return 'kind' in answer ? undefined : answer;
    });
    this.#open(found.userId);
  }

  /** The chat that a first message opens. */
  async opened(): Promise<void> {
    const arrival = await this.#sink.arrivals.waitFor(({ receiver }) => receiver === this.#user, patience);
    this.#open(arrival.sender);
  }

  async does(event: BridgeEvent): Promise<string> {
    const handler = this.#network.handlers[event.kind] as
      ((event: BridgeEvent, portal: DirectPortal, signal: AbortSignal) => Promise<Handled>) | undefined;
    const portal = this.#portal ?? assert.fail('there is no chat yet');
    const handled = await handler?.(event, portal, AbortSignal.timeout(patience));
    assert.ok(handled?.kind === 'sent', `${event.kind}: ${JSON.stringify(handled)}`);
    return handled.messageIds[0] ?? '';
  }

  async sees<K extends UnresolvedEvent['kind']>(
    kind: K,
    fits: (event: Extract<UnresolvedEvent, { readonly kind: K }>) => boolean = () => true,
  ): Promise<Extract<UnresolvedEvent, { readonly kind: K }>> {
    type Wanted = Extract<UnresolvedEvent, { readonly kind: K }>;
    return eventually(
      kind,
      () => this.#all().find((event): event is Wanted => event.kind === kind && fits(event as Wanted)),
      patience,
    );
  }

  async isTold(receipt: 'delivered' | 'read', id: string): Promise<void> {
    await this.#sink.signals.waitFor(
      ({ event }) =>
        event.kind === 'receipt' &&
        event.receipt === receipt &&
        event.target.in === 'remote' &&
        event.target.messageId === id,
      patience,
    );
  }

  #all(): readonly UnresolvedEvent[] {
    return this.#sink.arrivals.all.flatMap((arrival) => {
      const opened = this.#network.open(arrival, arrival.outerId);
      return opened.kind === 'event' ? [opened.event] : [];
    });
  }

  #open(remote: DirectPortal['remote']): void {
    const chat = this.#network.directory.chatWith(remote);
    const key = { network: this.#network.id, chat, receiver: this.#user };
    this.#portal = { kind: 'direct', id: portalId(`chat of ${this.#user}`), key, remote, room: roomId('!r') };
  }
}

/** Anna's homeserver has the partner, Bob's has the host; all between them is real but for the homeservers. */
async function backToBack(stack: AsyncDisposableStack): Promise<{ readonly a: Side; readonly b: Side }> {
  const late: { router: RequestHandler } = {
    router: (_request, response) => void response.status(503).end(),
  };
  const web = stack.use(await listening(express().use((...args) => late.router(...args))));
  const doors = stack.use(
    await openDoors({
      provider: {
        ...{ issuer: 'causeway', jwks_url: `${web.url}${identityProfile.jwksPath}` },
        ...{ push_url: `${web.url}/whatsapp`, media_url: `${web.url}/whatsapp/media` },
      },
    }),
  );
  const host = doors.made().host;
  const { serial, key } = await host.root();
  const config = whatsappConfig.parse({
    ...{ listen: { host: '127.0.0.1', port: 0 }, public_url: web.url, integrator: 12, issuer: 'causeway' },
    ...{ audience, enlist_url: doors.url(), media_url: doors.url(), custody: 'self' },
    chat_url: `tcp://127.0.0.1:${String(host.port())}`,
    push_jwks_url: `${doors.url()}${identityProfile.jwksPath}`,
    roots: [{ serial, key: Buffer.from(key).toString('hex') }],
    trusted_hosts: ['127.0.0.1'],
  });
  let keys: readonly KeptSigningKey[] = [];
  const { network, web: partner } = createWhatsapp(config, {
    ...{ records: new MemoryRecords(), homeserver: 'a.example', key: Buffer.alloc(32, 5) },
    signal: openSignal({
      store: new MemorySignalStore(),
      limits: { ...signalLimits, firstBatch: 20 },
      now: Date.now,
    }),
    signingKeys: () => ({ load: async () => keys, save: async (kept) => void (keys = kept) }),
    ...{ dataFolder: await ownFolder(stack), log: new RecordingLog(), texts: whatsappTexts, times: quick },
  });
  late.router = partner.router;
  const sink = new PartnerSink();
  sink.on = [anna];
  const running = stack.use(await network.start(sink, new AbortController().signal));
  running.reachChanged?.(anna);
  await eventually('the account', () => sink.accounts.get(anna), patience);
  assert.equal(running.id, networkId('whatsapp'));
  return { a: new Side(running, sink, anna), b: new Side(doors.running(), doors.sink, bob) };
}

async function exchange(from_: Side, to: Side, text: string): Promise<string> {
  const id = await from_.does(message(words(text), from_.user));
  const seen = await to.sees('message', ({ name }) => name?.in === 'remote' && name.messageId === id);
  assert.ok(seen.content.kind === 'text' && seen.content.text.plain === text, JSON.stringify(seen));
  await from_.isTold('delivered', id);
  return id;
}

describe('two homeservers back to back', () => {
  it('say, answer, change, react, take back and read, both ways', async () => {
    await using stack = new AsyncDisposableStack();
    const { a, b } = await backToBack(stack);
    await b.start('anna@a.example');
    const first = await b.does(message(words('hello Anna'), bob));
    await a.opened();
    await a.sees('message', ({ name }) => name?.in === 'remote' && name.messageId === first);
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const) {
      const id = await exchange(one, other, `from ${one.user}`);
      const theirs = targetOf(id, { in: 'remote', userId: other.remote });
      const own = targetOf(id, { in: 'matrix', userId: one.user });
      const answer = await other.does({ ...message(words('an answer'), other.user), replyTo: theirs });
      const seen = await one.sees(
        'message',
        ({ name }) => name?.in === 'remote' && name.messageId === answer,
      );
      assert.deepEqual(seen.replyTo, { in: 'remote', messageId: id });
      const reactions = { emojis: ['👍'], previous: [], previousEvents: new Map() };
      await other.does({ ...from(other.user), kind: 'reaction', target: theirs, reactions });
      await one.sees('reaction', ({ target }) => target.in === 'remote' && target.messageId === id);
      await other.does({ ...from(other.user), kind: 'receipt', receipt: 'read', target: theirs });
      await one.isTold('read', id);
      await one.does({
        ...from(one.user),
        kind: 'edit',
        target: own,
        content: words('changed'),
        mentions: noMentions,
      });
      await other.sees('edit', ({ target }) => target.in === 'remote' && target.messageId === id);
      await one.does({ ...from(one.user), kind: 'redaction', target: own });
      await other.sees('redaction', ({ target }) => target.in === 'remote' && target.messageId === id);
    }
  });

  it('send files to each other', async () => {
    await using stack = new AsyncDisposableStack();
    const { a, b } = await backToBack(stack);
    await a.start('@bob:example.org');
    await exchange(a, b, 'hello Bob');
    await b.opened();
    const nothing = { width: undefined, height: undefined, duration: undefined, waveform: undefined };
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const) {
      const bytes = randomBytes(30_000);
      const id = await one.does(
        message(
          {
            kind: 'media',
            media: {
              ...{ kind: 'image', name: 'a.jpg', mimetype: 'image/jpeg', size: bytes.byteLength, ...nothing },
              ...{ blurhash: undefined, thumbnail: undefined, open: openBytes(bytes, 'image/jpeg') },
            },
            caption: { plain: 'look', html: undefined },
          },
          one.user,
        ),
      );
      const seen = await other.sees('message', ({ name }) => name?.in === 'remote' && name.messageId === id);
      assert.ok(seen.content.kind === 'media', JSON.stringify(seen));
      const open = await seen.content.media.open(AbortSignal.timeout(patience));
      assert.ok(open.kind === 'open', JSON.stringify(open));
      assert.ok(bytes.equals(await gathered(open.stream)));
      assert.equal(seen.content.caption?.plain, 'look');
    }
  });
});
