import assert from 'node:assert/strict';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Login } from '../../src/interop/enlistment/login.ts';
import type { Address } from '../../src/interop/node/address.ts';
import { decodeNode } from '../../src/interop/node/decode.ts';
import { encodeNode } from '../../src/interop/node/encode.ts';
import type { Node } from '../../src/interop/node/node.ts';
import { openAsInitiator, type Channel } from '../../src/interop/noise/channel.ts';
import { writeClientPayload } from '../../src/interop/noise/client-payload.ts';
import { connectTcp } from '../../src/interop/noise/tcp.ts';
import { connectWebSocket } from '../../src/interop/noise/websocket.ts';
import { ackOf } from '../../src/interop/stanza/ack.ts';
import { parseAnswer, type Answer } from '../../src/interop/stanza/answer.ts';
import type { Asking } from '../../src/interop/stanza/asking.ts';
import type { MessageStanza } from '../../src/interop/stanza/message.ts';
import { parseStanza, renderStanza, type Stanza } from '../../src/interop/stanza/stanza.ts';
import { bob, tokenFor, type HostScene, type TestPerson } from './host-scene.ts';

type Of<K extends Stanza['kind']> = Extract<Stanza, { readonly kind: K }>;

/** What there is to know of a host for connecting to it. */
export type HostDoors = Pick<HostScene, 'url' | 'root'> & { readonly host: Pick<HostScene['host'], 'port'> };

export interface ConnectOptions {
  readonly token?: string;
  readonly over?: 'tcp' | 'websocket';
  /** Which account the client says that it is. */
  readonly accountId?: bigint;
}

/** A provider's user on the wire: sends what it is told, and takes what comes in order. It acknowledges nothing by itself. */
export class ChatTester implements AsyncDisposable {
  readonly channel: Channel;
  /** What came and was not taken, in order. */
  readonly came: Stanza[] = [];
  readonly #reading: Promise<void>;
  #isOver = false;
  #heard: () => void = () => undefined;

  private constructor(channel: Channel) {
    this.channel = channel;
    this.#reading = this.#read();
  }

  static async connect(...of: Parameters<typeof ChatTester.channelTo>): Promise<ChatTester> {
    return new ChatTester(await ChatTester.channelTo(...of));
  }

  /** An open channel, on which the host has said nothing yet. */
  static async channelTo(
    scene: HostDoors,
    person: TestPerson,
    login: Login,
    options: ConnectOptions = {},
  ): Promise<Channel> {
    const stream = await streamTo(scene, options.over ?? 'tcp');
    const payload = writeClientPayload({
      accountId: options.accountId ?? BigInt(login.user),
      token: options.token ?? tokenFor(person.identifier),
      enableReadReceipts: true,
    });
    const opened = await openAsInitiator(stream, {
      ...{ keys: person.auth, payload, roots: [scene.root], now: () => Date.now() },
    });
    assert.ok(opened.kind === 'open', opened.kind === 'failed' ? opened.reason : '');
    return opened.channel;
  }

  /** The same, taken in by the host. */
  static async in(...of: Parameters<typeof ChatTester.connect>): Promise<ChatTester> {
    const tester = await ChatTester.connect(...of);
    await tester.next('success');
    return tester;
  }

  async send(stanza: Stanza): Promise<void> {
    await this.sendNode(renderStanza(stanza));
  }

  async sendNode(node: Node): Promise<void> {
    const encoded = encodeNode(node);
    assert.ok(encoded.kind === 'encoded');
    await this.channel.send(encoded.bytes);
  }

  /** The next stanza of a kind; others stay. */
  async next<K extends Stanza['kind']>(kind: K, ms = 5_000): Promise<Of<K>> {
    const found = await this.until(() => {
      const at = this.came.findIndex((one) => one.kind === kind);
      return at < 0 ? undefined : this.came.splice(at, 1)[0];
    }, ms);
    assert.ok(found !== undefined, `no ${kind} came`);
    return found as Of<K>;
  }

  /** Asks and reads the answer; a refusal's code otherwise. */
  async ask(ask: Asking): Promise<Answer | number> {
    const id = `q${(questions += 1)}`;
    await this.send({ kind: 'iq', id, from: undefined, to: undefined, body: { kind: 'ask', ask } });
    const found = await this.until(() => {
      const at = this.came.findIndex((one) => one.kind === 'iq' && one.id === id);
      if (at >= 0) return this.came.splice(at, 1)[0];
      return this.#isOver ? ({ kind: 'stream-end' } as const) : undefined;
    });
    assert.ok(found?.kind === 'iq', 'no answer came');
    if (found.body.kind === 'error') return found.body.code;
    assert.ok(found.body.kind === 'result');
    const answer = parseAnswer(ask.kind, found.body.content);
    assert.ok(answer.kind !== 'failed', JSON.stringify(answer));
    return answer;
  }

  async acknowledge(stanza: Stanza): Promise<void> {
    const ack = ackOf(renderStanza(stanza));
    assert.ok(ack !== undefined);
    await this.send(ack);
  }

  /** Resolves when the host has ended the stream. */
  async over(ms = 5_000): Promise<void> {
    assert.ok(await this.until(() => (this.#isOver ? true : undefined), ms), 'the stream goes on');
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  async until<T>(found: () => T | undefined, ms = 5_000): Promise<T | undefined> {
    const ends = Date.now() + ms;
    for (;;) {
      const value = found();
      if (value !== undefined || Date.now() >= ends) return value;
      const heard = new AbortController();
      this.#heard = () => heard.abort();
      const wait = Math.max(1, Math.min(50, ends - Date.now()));
      await sleep(wait, undefined, { signal: heard.signal }).catch(() => undefined);
    }
  }

  /** Vanishes without a word. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.channel.abort();
    await this.#reading;
  }

  async #read(): Promise<void> {
    for (;;) {
      const received = await this.channel.receive();
      if (received.kind !== 'message') break;
      const decoded = decodeNode(received.body);
      assert.ok(decoded.kind === 'decoded');
      const stanza = parseStanza(decoded.node);
      assert.ok(stanza.kind !== 'failed', JSON.stringify(stanza));
      this.came.push(stanza);
      this.#heard();
    }
    this.#isOver = true;
    this.#heard();
    this.channel.abort();
  }
}

let questions = 0;

async function streamTo(scene: HostDoors, over: 'tcp' | 'websocket'): Promise<Duplex> {
  const signal = AbortSignal.timeout(5_000);
  const connected =
    over === 'tcp'
      ? await connectTcp({ host: '127.0.0.1', port: scene.host.port() ?? 0 }, signal)
      : await connectWebSocket(new URL(`${scene.url.replace('http', 'ws')}/ws/chat`), signal);
  assert.ok(connected.kind === 'connected');
  return connected.stream;
}

/** A message as clients and hosts write them. */
export function aMessage(id: string, change: Partial<MessageStanza> = {}): MessageStanza {
  return {
    ...{ kind: 'message', id, from: undefined, to: bob, participant: undefined, recipient: undefined },
    ...{ time: undefined, type: 'text', notify: undefined, offline: undefined, edit: undefined },
    sealed: [
      {
        ...{ type: 'msg', ciphertext: new TextEncoder().encode(`sealed ${id}`), mediaType: undefined },
        ...{ count: undefined, decryptFail: undefined },
      },
    ],
    ...{ body: undefined, unavailable: false },
    ...change,
  };
}

/** Mail from a homeserver user. */
export function mailFrom(from: Address, id: string): MessageStanza {
  return aMessage(id, { from, to: undefined });
}
