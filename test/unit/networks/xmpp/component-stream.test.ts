import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ComponentStream } from '../../../../src/networks/xmpp/component-stream.ts';

const header =
  "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' from='gate.test' id='s1'>";

describe('a component stream', () => {
  let server: Server;
  /** What the server does with a connection. */
  let behave: (socket: Socket) => void;
  before(async () => {
    server = createServer((socket) => {
      socket.on('error', () => undefined);
      behave(socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  after(() => server.close());

  const setUp = (behaviour: typeof behave, timeoutMs = 2000) => {
    behave = behaviour;
    const stanzas: string[] = [];
    const stream = new ComponentStream({
      service: `xmpp://127.0.0.1:${(server.address() as AddressInfo).port}`,
      domain: 'gate.test',
      secret: 'sesame',
      timeoutMs,
      onStanza: (stanza) => stanzas.push(stanza.toString()),
      now: Date.now,
    });
    return { stream, stanzas };
  };
  /** Greets, checks the handshake, and goes on with `next`. */
  const welcoming =
    (next: (socket: Socket) => void) =>
    (socket: Socket): void => {
      const expected = createHash('sha1').update('s1sesame').digest('hex');
      let heard = '';
      let greeted = false;
      socket.on('data', (data) => {
        heard += data.toString();
        if (!greeted && heard.includes('<stream:stream')) {
          greeted = true;
          socket.write(header);
        } else if (heard.includes(`<handshake>${expected}</handshake>`)) {
          heard = '';
          socket.write('<handshake/>');
          next(socket);
        }
      });
    };

  it('decodes characters across the borders of packets', async () => {
    const bytes = Buffer.from('<message><body>é 👋</body></message>');
    const { stream, stanzas } = setUp(
      welcoming((socket) => {
        socket.setNoDelay(true);
        void (async () => {
          for (const byte of bytes) {
            socket.write(Buffer.from([byte]));
            await sleep(1);
          }
        })();
      }),
    );
    assert.ok(await stream.open());
    await sleep(300);
    assert.deepEqual(stanzas, ['<message><body>é 👋</body></message>']);
    stream.destroy(undefined);
    await stream.ended;
  });

  it('hands over what comes in one packet with the handshake', async () => {
    const { stream, stanzas } = setUp(
      welcoming((socket) => socket.write('<message id="1"/><message id="2"/>')),
    );
    assert.ok(await stream.open());
    await sleep(50);
    assert.deepEqual(stanzas, ['<message id="1"/>', '<message id="2"/>']);
    stream.close();
    await stream.ended;
  });

  it('writes no character that would end the stream, whoever asks for it', async () => {
    let heard = '';
    const { stream } = setUp(welcoming((socket) => socket.on('data', (data) => (heard += data.toString()))));
    assert.ok(await stream.open());
    stream.write('<iq to="\u0001\u0000bob\uFFFF@example.org"/>');
    await sleep(50);
    stream.destroy(undefined);
    await stream.ended;
    assert.equal(heard, '<iq to="bob@example.org"/>');
  });

  it('ends, and nothing else does, on what is no XML', async () => {
    for (const nonsense of ['<message>&nonsense;</message>', '<a></b>', '</stream:stream>']) {
      const { stream } = setUp(welcoming((socket) => setTimeout(() => socket.write(nonsense), 20)));
      assert.ok(await stream.open());
      setTimeout(() => stream.destroy(undefined), 3000).unref();
      const before = Date.now();
      await stream.ended;
      assert.ok(Date.now() - before < 2900, nonsense);
    }
  });

  it('says why it could not open', async () => {
    const refusing = (condition: string) => (socket: Socket) => {
      const error = `<stream:error><${condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>`;
      socket.write(`${header}${error}</stream:stream>`);
    };
    const cases = [
      [refusing('not-authorized'), 'forbidden', true],
      [refusing('host-unknown'), 'network-refused', true],
      [refusing('conflict'), 'network-refused', false],
      [(socket: Socket) => socket.end(), 'link-down', false],
      [() => undefined, 'timeout', false],
    ] as const;
    for (const [behaviour, reason, hopeless] of cases) {
      const { stream } = setUp(behaviour, 300);
      assert.equal(await stream.open(), false);
      const end = await stream.ended;
      assert.deepEqual([end.reason, end.hopeless], [reason, hopeless]);
    }
    const nowhere = new ComponentStream({
      ...{ service: 'xmpp://127.0.0.1:1', domain: 'gate.test', secret: 'x', timeoutMs: 300 },
      ...{ onStanza: () => undefined, now: Date.now },
    });
    assert.equal(await nowhere.open(), false);
    assert.equal((await nowhere.ended).reason, 'unreachable');
  });
});
