/** A user of a provider at the real client: real connection, handshake and sessions; keys are kept in memory. */
import { setTimeout as sleep } from 'node:timers/promises';
import { openSignal } from '../../src/crypto/signal/signal.ts';
import { askKeys } from '../../src/interop/client/ask-keys.ts';
import { createChatClient } from '../../src/interop/client/chat-client.ts';
import type { ChatClient, Incoming, Outgoing } from '../../src/interop/client/client.ts';
import { enlist } from '../../src/interop/enlistment/client.ts';
import type { Login } from '../../src/interop/enlistment/login.ts';
import type { Asker } from '../../src/interop/identity/bounded-request.ts';
import { messageIdFor } from '../../src/interop/message/message-id.ts';
import { unpad } from '../../src/interop/message/padding.ts';
import { decodeMessage, encodeMessage } from '../../src/interop/message/protobuf.ts';
import type { Address } from '../../src/interop/node/address.ts';
import { newCurveKeyPair } from '../../src/interop/noise/curve-key.ts';
import { connectTcp } from '../../src/interop/noise/tcp.ts';
import { connectWebSocket } from '../../src/interop/noise/websocket.ts';
import { webSocketPath } from '../../src/interop/profile/session-profile.ts';
import { signalLimits } from '../../src/interop/profile/signal-profile.ts';
import type { MessageStanza } from '../../src/interop/stanza/message.ts';
import { createTalk } from '../../src/interop/talk/create-talk.ts';
import type { Talk, TalkOpened } from '../../src/interop/talk/talk.ts';
import { tokenFor } from '../../test/support/host-scene.ts';
import { MemorySignalStore } from '../../test/support/memory-signal.ts';
import { quietLog } from '../../test/support/recording-sink.ts';
import { clock, type Heard, type HostPlace, type Said, type Stream } from './interop-orders.ts';
import { isGenuine } from './interop-words.ts';

/** What all users together have heard. */
export type News = { -readonly [K in keyof Heard]: Heard[K][number][] };

const againMs = 1_000;
const envelope = {
  participant: undefined,
  recipient: undefined,
  time: undefined,
  offline: undefined,
} as const;

export class BenchUser implements AsyncDisposable {
  readonly login: Login;
  readonly over: Stream;
  readonly #talk: Talk;
  readonly #client: ChatClient;
  readonly #news: News;
  readonly #keys: UploadedKeys;
  #began: PromiseWithResolvers<number> | undefined;
  #peer: Address | undefined;
  #isOver = false;

  private constructor(parts: Enlisted, { host, over, news }: EnlistOptions) {
    const { login, talk, keys, authKey, token } = parts;
    this.login = login;
    this.over = over;
    this.#talk = talk(() => this.#client);
    this.#news = news;
    this.#keys = keys;
    this.#client = createChatClient({
      ...{ login, staticKey: authKey, readReceipts: true, token: async () => token },
      roots: [{ serial: host.serial, key: new Uint8Array(Buffer.from(host.key, 'base64')) }],
      connect: async (stop) => {
        const connected = await (over === 'tcp'
          ? connectTcp({ host: '127.0.0.1', port: host.port }, stop)
          : connectWebSocket(new URL(webSocketPath, host.url.replace('http', 'ws')), stop));
        if (connected.kind === 'failed') throw new Error(connected.text);
        return connected.stream;
      },
      events: {
        stanza: (stanza) => this.#take(stanza),
        changed: (health, why) => {
          if (health.kind === 'down') this.#news.troubles.push(`a connection ended: ${why ?? health.reason}`);
        },
        began: async () => this.#began?.resolve(clock()),
      },
    });
  }

  /** Makes keys, and has the host enlist them. */
  static async enlist(identifier: string, options: EnlistOptions): Promise<BenchUser> {
    return new BenchUser(await enlisted(identifier, options), options);
  }

  /** Connects; answers how long it took until the host's word that the session has begun. */
  async connect(): Promise<number> {
    this.#began = Promise.withResolvers<number>();
    const begun = clock();
    this.#client.wake();
    return (await this.#began.promise) - begun;
  }

  /** Uploads one's keys, and finds somebody. */
  async prepare(externalId: string): Promise<void> {
    const { registration, identity, signed, prekeys } = this.#keys;
    const done = await this.#client.ask({ kind: 'upload-keys', registration, identity, signed, prekeys });
    if (done.kind !== 'done') throw new Error(`no keys uploaded: ${JSON.stringify(done)}`);
    await this.#talk.keys.uploaded({ signed: signed.id, prekeys: prekeys.map(({ id }) => id) });
    const answer = await this.#client.ask({ kind: 'look-up', wanted: [{ externalId, integrator: 0 }] });
    const [found] = answer.kind === 'found' ? answer.users : [];
    if (found?.kind !== 'found') throw new Error(`nobody found: ${JSON.stringify(answer)}`);
    this.#peer = found.address;
  }

  /** Writes to whom was found. */
  async say(words: string): Promise<Said> {
    const [id, to] = [messageIdFor(words), this.#peer];
    if (to === undefined) throw new Error('nobody to write to');
    const made = await this.#talk.seal(to, id, encodeMessage({ conversation: words }));
    const began = clock();
    if (made.kind === 'failed') return { id, began, done: began, trouble: made.reason };
    const sent = await this.#send({
      ...{ kind: 'message', id, from: undefined, to, ...envelope, type: 'text', notify: 'a user' },
      ...{ edit: undefined, sealed: [made.sealed], body: undefined, unavailable: false },
    });
    const done = clock();
    return { id, began, done, ...(sent.kind === 'sent' ? {} : { trouble: sent.reason }) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await this.#client[Symbol.asyncDispose]();
  }

  async #take(stanza: Incoming): Promise<void> {
    const at = clock();
    if (stanza.kind === 'message') await this.#takeMessage(stanza, at);
    if (stanza.kind !== 'receipt' || stanza.from === undefined) return;
    if (stanza.about.kind !== 'delivered') this.#news.troubles.push(`a receipt: ${stanza.about.kind}`);
    else {
      const ids = [stanza.id, ...stanza.about.more];
      await this.#talk.delivered(stanza.from, ids);
      this.#news.delivered.push(...ids);
    }
  }

  async #takeMessage(stanza: MessageStanza, at: number): Promise<void> {
    const { from, id } = stanza;
    if (from === undefined) return;
    const opened = await this.#talk.open(stanza);
    if (opened.kind === 'opened') {
      this.#news.arrivals.push({ id, at, genuine: isGenuine(id, wordsIn(opened)) });
      await this.#talk.released(from, id);
    } else
      this.#news.troubles.push(`a message was ${opened.kind === 'known' ? 'brought again' : opened.kind}`);
    const about = { kind: 'delivered', more: [] } as const;
    // Its acknowledgement is not waited for: the message's own is to go now.
    void this.#send({ kind: 'receipt', id, from: undefined, to: from, ...envelope, about }).then((sent) => {
      if (sent.kind !== 'sent') this.#news.troubles.push(`a receipt was not sent: ${sent.reason}`);
    });
  }

  /** As clients do: again under the same name, until the host says that it has it. */
  async #send(stanza: Outgoing): ReturnType<ChatClient['send']> {
    for (;;) {
      const sent = await this.#client.send(stanza);
      if (sent.kind === 'sent' || sent.retry.kind === 'never' || this.#isOver) return sent;
      this.#news.troubles.push(`sent again: ${sent.reason}`);
      await sleep(againMs);
    }
  }
}

type UploadedKeys = Exclude<Awaited<ReturnType<Talk['keys']['upload']>>, { readonly kind: 'failed' }>;

export interface EnlistOptions {
  readonly host: HostPlace;
  readonly ask: Asker;
  readonly over: Stream;
  readonly news: News;
}

interface Enlisted {
  readonly login: Login;
  readonly authKey: Uint8Array;
  readonly keys: UploadedKeys;
  readonly token: string;
  readonly talk: (client: () => ChatClient) => Talk;
}

async function enlisted(identifier: string, { host, ask }: EnlistOptions): Promise<Enlisted> {
  const signal = openSignal({
    store: new MemorySignalStore(),
    limits: { ...signalLimits, firstBatch: 20 },
    now: Date.now,
  });
  const party = signal.party({ network: 'partner', user: identifier });
  const { identity, registration } = await party.identity();
  const talk = (client: () => ChatClient): Talk =>
    createTalk({ party, keysOf: (of) => askKeys(client(), of) });
  const keys = await createTalk({ party, keysOf: () => Promise.reject(new Error('too early')) }).keys.upload(
    0,
  );
  if ('kind' in keys) throw new Error(keys.reason);
  const auth = newCurveKeyPair();
  const token = tokenFor(identifier);
  const answer = await enlist(
    {
      ...{ authKey: auth.publicKey, registrationId: registration, identityKey: identity },
      signedPrekey: keys.signed,
    },
    {
      ...{ ask, baseUrl: host.url, token: async () => token, log: quietLog },
      signal: AbortSignal.timeout(120_000),
    },
  );
  if (answer.kind !== 'enlisted') throw new Error(`not enlisted: ${JSON.stringify(answer)}`);
  return { login: answer.login, authKey: auth.privateKey, keys, token, talk };
}

function wordsIn(opened: Extract<TalkOpened, { readonly kind: 'opened' }>): string | undefined {
  const plain = unpad(opened.padded);
  const decoded = plain instanceof Uint8Array ? decodeMessage(plain) : undefined;
  return decoded?.kind === 'decoded' ? decoded.message.conversation : undefined;
}
