/** A chat server in a test's hands: real handshakes on loopback, and stanzas as the test says. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { decodeNode } from '../../src/interop/node/decode.ts';
import { encodeNode } from '../../src/interop/node/encode.ts';
import type { Node } from '../../src/interop/node/node.ts';
import { issueCertificate, joinChain } from '../../src/interop/noise/certificate-issue.ts';
import type { PinnedRoot } from '../../src/interop/noise/certificate.ts';
import { openAsResponder, type Channel } from '../../src/interop/noise/channel.ts';
import { newCurveKeyPair } from '../../src/interop/noise/curve-key.ts';
import { connectTcp, prepareSocket } from '../../src/interop/noise/tcp.ts';
import type { ClientPeer } from '../../src/interop/noise/wire.ts';
import { renderAnswer, type Answer } from '../../src/interop/stanza/answer.ts';
import type { Asking } from '../../src/interop/stanza/asking.ts';
import type { IqStanza } from '../../src/interop/stanza/iq.ts';
import { parseStanza, renderStanza, type Stanza } from '../../src/interop/stanza/stanza.ts';

/** One connection, as the server sees it. */
export interface ServerEnd {
  readonly peer: ClientPeer;
  readonly channel: Channel;
  readonly say: (stanza: Stanza) => Promise<void>;
  readonly sayNode: (node: Node) => Promise<void>;
  /** The next stanza; `undefined` when the connection has ended. */
  readonly next: () => Promise<Stanza | undefined>;
  /** The next of a kind; what comes before it is passed over. */
  readonly nextOf: <K extends Stanza['kind']>(kind: K) => Promise<Extract<Stanza, { kind: K }>>;
  /** The next question of a kind. */
  readonly asked: (kind: Asking['kind']) => Promise<IqStanza>;
  readonly answer: (question: IqStanza, answer: Answer) => Promise<void>;
  /** Begins the session, as servers do: the client is taken in, and taking messages is answered. */
  readonly begin: () => Promise<void>;
}

export interface ChatServer extends AsyncDisposable {
  readonly roots: readonly PinnedRoot[];
  readonly connect: (signal: AbortSignal) => Promise<Duplex>;
  /** Shakes hands on a stream that came another way. */
  readonly shake: (stream: Duplex) => Promise<ServerEnd>;
  /** The next connection, after its handshake. */
  readonly accept: () => Promise<ServerEnd>;
  /** The next connection, before its handshake. */
  readonly acceptRaw: () => Promise<Socket>;
  readonly connections: () => number;
}

const day = 86_400n;

export async function chatServer(): Promise<ChatServer> {
  const root = { serial: 7, keys: newCurveKeyPair() };
  const middle = { serial: 11, keys: newCurveKeyPair() };
  const keys = newCurveKeyPair();
  const now = BigInt(Math.floor(Date.now() / 1000));
  const valid = { notBefore: now - day, notAfter: now + day };
  const chain = joinChain(
    issueCertificate(middle, { serial: 12, key: keys.publicKey, ...valid }),
    issueCertificate(root, { serial: middle.serial, key: middle.keys.publicKey, ...valid }),
  );
  const sockets: Socket[] = [];
  const waiting: ((socket: Socket) => void)[] = [];
  const open = new Set<Socket>();
  let connections = 0;
  const listener = createServer((socket) => {
    connections += 1;
    open.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => open.delete(socket));
    const take = waiting.shift();
    if (take === undefined) sockets.push(prepareSocket(socket));
    else take(prepareSocket(socket));
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  const acceptRaw = async (): Promise<Socket> =>
    sockets.shift() ?? (await new Promise<Socket>((resolve) => waiting.push(resolve)));
  const shake = async (stream: Duplex): Promise<ServerEnd> => {
    const opened = await openAsResponder(stream, { keys, chain });
    assert.ok(opened.kind === 'open', 'the handshake failed');
    return serverEnd(opened.channel, opened.peer);
  };
  return {
    roots: [{ serial: root.serial, key: root.keys.publicKey }],
    connect: async (signal) => {
      const connected = await connectTcp({ host: '127.0.0.1', port }, signal);
      if (connected.kind === 'failed') throw new Error(connected.text);
      return connected.stream;
    },
    acceptRaw,
    shake,
    accept: async () => shake(await acceptRaw()),
    connections: () => connections,
    [Symbol.asyncDispose]: async () => {
      const closed = once(listener, 'close');
      listener.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

function serverEnd(channel: Channel, peer: ClientPeer): ServerEnd {
  const sayNode = async (node: Node): Promise<void> => {
    const encoded = encodeNode(node);
    assert.ok(encoded.kind === 'encoded');
    await channel.send(encoded.bytes);
  };
  const say = (stanza: Stanza): Promise<void> => sayNode(renderStanza(stanza));
  const next = async (): Promise<Stanza | undefined> => {
    const received = await channel.receive();
    if (received.kind !== 'message') return undefined;
    const decoded = decodeNode(received.body);
    assert.ok(decoded.kind === 'decoded');
    const stanza = parseStanza(decoded.node);
    assert.ok(stanza.kind !== 'failed', 'a client says what is no stanza');
    return stanza;
  };
  const answer = (question: IqStanza, given: Answer): Promise<void> =>
    say({ ...question, to: undefined, body: { kind: 'result', content: renderAnswer(given) } });
  const asked = async (kind: Asking['kind']): Promise<IqStanza> => {
    for (;;) {
      const stanza = await next();
      assert.ok(stanza !== undefined, `no question ${kind} came`);
      if (stanza.kind === 'iq' && stanza.body.kind === 'ask' && stanza.body.ask.kind === kind) return stanza;
    }
  };
  return {
    peer,
    channel,
    say,
    sayNode,
    next,
    nextOf: async (kind) => {
      for (;;) {
        const stanza = await next();
        assert.ok(stanza !== undefined, `no ${kind} came`);
        if (isOf(stanza, kind)) return stanza;
      }
    },
    asked,
    answer,
    begin: async () => {
      await say({ kind: 'success', time: undefined, location: undefined });
      await answer(await asked('take-messages'), { kind: 'done' });
    },
  };
}

function isOf<K extends Stanza['kind']>(stanza: Stanza, kind: K): stanza is Extract<Stanza, { kind: K }> {
  return stanza.kind === kind;
}
