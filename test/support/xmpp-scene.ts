import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { noMentions, type Content } from '../../src/core/event.ts';
import {
  matrixEventId,
  matrixUserId,
  networkId,
  portalId,
  remoteChatId,
  remoteUserId,
  roomId,
  type RemoteUserId,
} from '../../src/core/ids.ts';
import type { Handled, RunningNetwork } from '../../src/core/network.ts';
import type { Transcoder } from '../../src/core/transcoder.ts';
import { createXmpp, xmppConfig, type XmppDeps } from '../../src/networks/xmpp/index.ts';
import type { ProsodyComponent } from './prosody-config.ts';
import { startProsody, type Prosody } from './prosody.ts';
import { quietLog, RecordingSink } from './recording-sink.ts';
import { makeRunDir, type RunDir } from './run-dir.ts';
import { attribute, NS, type Stanza } from './xmpp-stanzas.ts';
import { XmppUser } from './xmpp-user.ts';

/** The component's domain, and a Matrix user with her address at it. */
export const domain = 'matrix.xmpp.localhost';
export const alice = matrixUserId('@alice:hs.test');
export const aliceJid = `alice@${domain}`;

const deps: XmppDeps = {
  homeserver: 'hs.test',
  version: '0.0.0',
  keys: [new Uint8Array(32).fill(7)],
  log: quietLog,
  times: {
    backOff: { firstMs: 100, longestMs: 400 },
    hopelessMs: 60_000,
    connectMs: 5000,
    idleMs: 1000,
    answerMs: 1000,
  },
  texts: {
    loginCode: ({ user, code, minutes }) => `${user} ${code} ${minutes}`,
    noReplies: () => 'nobody reads this',
    noPrivate: () => 'nothing private here',
    retracted: () => 'taken back',
    poll: ({ question, answers }) => [question, ...answers.map(({ text }) => text)].join('\n'),
    reason: (code) => `because ${code}`,
  },
};

/** A Prosody, Bob at his client, and the XMPP network with a sink that a test commands. */
export class XmppScene implements AsyncDisposable {
  readonly prosody: Prosody;
  readonly bob: XmppUser;
  readonly #dir: RunDir;
  sink = new RecordingSink();
  #network: RunningNetwork | undefined;

  private constructor(dir: RunDir, prosody: Prosody, bob: XmppUser) {
    this.#dir = dir;
    this.prosody = prosody;
    this.bob = bob;
  }

  /** `extra` is more configuration for Prosody. */
  static async open(name: string, others: readonly ProsodyComponent[] = [], extra = ''): Promise<XmppScene> {
    const dir = await makeRunDir(name);
    const prosody = await startProsody({
      dir: dir.path,
      components: [{ domain, secret: 'sesame' }, ...others],
      extra,
      users: [{ local: 'bob', password: 'secret' }],
    });
    const { service, domain: server } = prosody;
    const bob = await XmppUser.login({ service, domain: server, username: 'bob', password: 'secret' });
    return new XmppScene(dir, prosody, bob);
  }

  get network(): RunningNetwork {
    assert.ok(this.#network);
    return this.#network;
  }

  /** Ends the network. */
  async stop(): Promise<void> {
    await this.#network?.[Symbol.asyncDispose]();
    this.#network = undefined;
  }

  /** Ends the network and starts another with a fresh sink; resolves when it has told the first time how it is. */
  async start(
    {
      transcoder,
      ...settings
    }: {
      readonly secret?: string;
      readonly max_waiting?: number;
      readonly media?: Readonly<Record<string, unknown>>;
      readonly rooms?: Readonly<Record<string, number>>;
      readonly transcoder?: Transcoder;
    } = {},
    prepare: (sink: RecordingSink) => void = () => undefined,
  ): Promise<void> {
    await this.stop();
    const sink = (this.sink = new RecordingSink());
    prepare(sink);
    const config = xmppConfig.parse({
      service: this.prosody.componentService,
      domain,
      secret: 'sesame',
      media: { trusted_hosts: ['127.0.0.1'] },
      ...settings,
    });
    this.#network = await createXmpp(config, { ...deps, transcoder }).start(
      sink,
      new AbortController().signal,
    );
    await sink.health.waitFor(() => true, 10_000, 'the link');
  }

  /** Waits until the link is up. */
  async up(): Promise<void> {
    for (let tries = 0; this.network.health().kind !== 'up'; tries += 1) {
      assert.ok(tries < 200, 'the link does not come up');
      await sleep(50);
    }
  }

  /** Alice sends a message; the event's cause makes its id. */
  async say(
    content: Content,
    cause: string,
    to: RemoteUserId = remoteUserId(this.bob.jid),
  ): Promise<Handled> {
    const { message } = this.network.handlers;
    assert.ok(message);
    const name = { in: 'matrix' as const, eventId: matrixEventId(`$${cause}`) };
    const sender = { in: 'matrix' as const, userId: alice };
    return message(
      {
        ...{ kind: 'message', cause, name, sender, at: 0, content },
        ...{ mentions: noMentions, replyTo: undefined, thread: undefined },
      },
      {
        kind: 'direct',
        id: portalId('p1'),
        key: { network: networkId('xmpp'), chat: remoteChatId(to), receiver: alice },
        remote: to,
        room: roomId('!r:hs.test'),
      },
      AbortSignal.timeout(20_000),
    );
  }

  sayText(plain: string, cause = plain, to?: RemoteUserId): Promise<Handled> {
    return this.say({ kind: 'text', style: 'normal', text: { plain, html: undefined } }, cause, to);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#network?.[Symbol.asyncDispose]();
    await this.bob.stop();
    await this.prosody.stop();
    await this.#dir[Symbol.asyncDispose]();
  }
}

/** Accepts the receipt (XEP-0184) of the message with that id. */
export function receiptOf(id: string): (stanza: Stanza) => boolean {
  return (stanza) => {
    const received = stanza.getChild('received', NS.receipts);
    return received !== undefined && attribute(received, 'id') === id;
  };
}

/** Accepts the error for the message with that id. */
export function errorOf(id: string): (stanza: Stanza) => boolean {
  return (stanza) => attribute(stanza, 'type') === 'error' && attribute(stanza, 'id') === id;
}

/** What an error holds, by name. */
export function conditionIn(stanza: Stanza): readonly string[] {
  const parts = stanza.getChild('error')?.children ?? [];
  return parts.map((child) => (typeof child === 'string' ? child : child.name));
}
