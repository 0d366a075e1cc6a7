import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Bulletin } from '../../../../src/interop/stanza/ib.ts';
import type { Incoming } from '../../../../src/interop/client/client.ts';
import { makeNode } from '../../../../src/interop/node/node.ts';
import { clientLimits, mailboxBatch } from '../../../../src/interop/profile/client-profile.ts';
import { bob, chatEnd, message, until } from '../../../support/chat-end.ts';
import { chatServer, type ServerEnd } from '../../../support/chat-server.ts';

function bulletin(about: Bulletin): Incoming {
  return { kind: 'ib', from: undefined, about };
}

async function saysBatch(far: ServerEnd): Promise<number> {
  for (;;) {
    const { about } = await far.nextOf('ib');
    if (about.kind === 'offline-batch') return about.count;
  }
}

describe('what comes', () => {
  it('is not acknowledged where it could not be kept, and comes again on the next connection', async () => {
    await using server = await chatServer();
    let fails = true;
    const seen: string[] = [];
    await using end = chatEnd(server, {
      stanza: async (stanza) => {
        if (stanza.kind !== 'message') return;
        seen.push(stanza.id);
        if (stanza.id === 'B' && fails) throw new Error('the store fails');
      },
    });
    end.client.wake();
    const far = await server.accept();
    await far.begin();
    for (const id of ['A', 'B', 'C']) await far.say(message(id, { from: bob }));
    assert.equal((await far.nextOf('ack')).id, 'A');
    assert.equal(await far.next(), undefined);
    assert.equal(end.troubles.read().get('not-kept'), 1);
    fails = false;
    const second = await server.accept();
    await second.begin();
    for (const id of ['B', 'C']) await second.say(message(id, { from: bob }));
    for (const id of ['B', 'C']) assert.equal((await second.nextOf('ack')).id, id);
    assert.deepEqual(seen, ['A', 'B', 'B', 'C']);
  });

  it('again is not taken while it is still being taken for the connection before', async () => {
    await using server = await chatServer();
    const gate = Promise.withResolvers<undefined>();
    let atWork = 0;
    await using end = chatEnd(server, {
      stanza: async () => {
        atWork += 1;
        assert.equal(atWork, 1);
        await gate.promise;
        atWork -= 1;
      },
    });
    end.client.wake();
    const far = await server.accept();
    await far.begin();
    await far.say(message('A', { from: bob }));
    await until(() => atWork === 1);
    far.channel.abort();
    await until(() => end.client.health().kind === 'down');
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(server.connections(), 1);
    gate.resolve(undefined);
    const second = await server.accept();
    await second.begin();
    await second.say(message('A', { from: bob }));
    assert.equal((await second.nextOf('ack')).id, 'A');
    assert.equal(end.troubles.read().get('not-kept'), undefined);
  });

  it('of any kind is acknowledged where that is the custom, and refused where it cannot be read', async () => {
    await using server = await chatServer();
    await using end = chatEnd(server);
    end.client.wake();
    const far = await server.accept();
    await far.begin();
    const from = '77@lid';
    await far.sayNode(makeNode('call', { id: 'C1', from }, [makeNode('offer', {})]));
    await far.sayNode(
      makeNode('notification', { id: 'N1', from, type: 'encrypt' }, [makeNode('count', { value: '3' })]),
    );
    await far.sayNode(makeNode('receipt', { id: 'R1', from, type: 'read' }));
    await far.sayNode(
      makeNode('message', { id: 'M1', from }, [makeNode('enc', { v: '9', type: 'msg' }, Buffer.of(1))]),
    );
    await far.sayNode(makeNode('chatstate', { from }, [makeNode('composing', {})]));
    await far.sayNode(makeNode('call', {}));
    await far.sayNode(makeNode('receipt', { id: 'R2', from }));
    const acks = new Map<string, number | undefined>();
    while (acks.size < 5) {
      const { id, error, of } = await far.nextOf('ack');
      acks.set(`${of} ${id}`, error);
    }
    assert.deepEqual(Object.fromEntries(acks), {
      'call C1': undefined,
      'notification N1': undefined,
      'receipt R1': undefined,
      'message M1': 487,
      'receipt R2': undefined,
    });
    assert.deepEqual(
      end.told.stanzas.map(({ kind }) => kind),
      ['unknown', 'notification', 'receipt', 'chatstate', 'unknown', 'receipt'],
    );
    assert.deepEqual(Object.fromEntries(end.troubles.read()), { 'bad-stanza': 1, nameless: 1 });
  });

  it('that is no node costs that frame alone', async () => {
    await using server = await chatServer();
    await using end = chatEnd(server);
    end.client.wake();
    const far = await server.accept();
    await far.channel.send(Buffer.of(0, 248, 1));
    await far.begin();
    await far.channel.send(Buffer.of(2, 1, 2, 3));
    await far.channel.send(new Uint8Array(0));
    await far.say(message('A', { from: bob }));
    assert.equal((await far.nextOf('ack')).id, 'A');
    assert.equal(end.troubles.read().get('bad-node'), 3);
  });

  it('may be anything: the client lives, and goes on', async () => {
    await using server = await chatServer();
    await using end = chatEnd(server);
    end.client.wake();
    let far = await server.accept();
    await far.begin();
    const text = fc.constantFrom(
      'message',
      'ack',
      'iq',
      'receipt',
      'ib',
      'id',
      'type',
      'result',
      'error',
      'from',
      '77@lid',
      '1',
      'x',
    );
    const nodes = (
      content: fc.Arbitrary<ReturnType<typeof makeNode>[]>,
    ): fc.Arbitrary<ReturnType<typeof makeNode>> =>
      fc
        .tuple(text, fc.dictionary(text, text, { maxKeys: 5 }), content)
        .map(([tag, attrs, inner]) => makeNode(tag, attrs, inner));
    const leaf = nodes(fc.constant([]));
    const node = nodes(fc.array(nodes(fc.array(leaf, { maxLength: 2 })), { maxLength: 2 }));
    await fc.assert(
      fc.asyncProperty(fc.oneof(node, fc.uint8Array({ maxLength: 60 })), async (said) => {
        if (said instanceof Uint8Array) await far.channel.send(said);
        else await far.sayNode(said);
        const question = end.client.ask({ kind: 'count-keys' });
        await far.answer(await far.asked('count-keys'), { kind: 'key-count', count: 1 });
        assert.equal((await question).kind, 'key-count');
      }),
      { numRuns: 300 },
    );
    far.channel.abort();
    far = await server.accept();
    await far.begin();
    assert.equal(end.client.health().kind, 'up');
  });

  it('faster than it is taken is left in the stream, and all of it is taken in the end', async () => {
    await using server = await chatServer();
    const gate = Promise.withResolvers<undefined>();
    await using end = chatEnd(server, { stanza: () => gate.promise });
    end.client.wake();
    const far = await server.accept();
    await far.begin();
    const body = 'y'.repeat(200_000);
    let said = 0;
    const flood = (async () => {
      for (; said < 200; said += 1) await far.say(message(`M${said}`, { from: bob, body }));
    })();
    await new Promise((resolve) => setTimeout(resolve, 300));
    // The client keeps 4 MiB, the system some more; the rest is with the server.
    assert.ok(said < 150, String(said));
    gate.resolve(undefined);
    await flood;
    await until(() => end.told.stanzas.length === 200);
    assert.equal(server.connections(), 1);
  });

  it('in floods while an answer is waited for ends the connection', async () => {
    await using server = await chatServer();
    await using end = chatEnd(server, {
      stanza: async () => {
        await end.client.ask({ kind: 'count-keys' });
      },
    });
    end.client.wake();
    const far = await server.accept();
    await far.begin();
    const flood = (async () => {
      for (let i = 0; i <= clientLimits.waiting * clientLimits.overflow + 1; i += 1) {
        await far.say(message(`M${i}`, { from: bob }));
        if (i % 50 === 0) await new Promise(setImmediate);
      }
    })();
    await until(() => end.troubles.read().get('flooded') === 1);
    await flood;
    await (await server.accept()).begin();
  });
});

describe('the mailbox', () => {
  it('is asked for in batches, each once the one before was kept, until its end', async () => {
    await using server = await chatServer();
    const gate = Promise.withResolvers<undefined>();
    await using end = chatEnd(server, {
      stanza: async (stanza) => {
        if (stanza.kind === 'message' && stanza.id === 'M99') await gate.promise;
      },
    });
    end.client.wake();
    const far = await server.accept();
    await far.begin();
    await far.say(bulletin({ kind: 'offline-preview', count: 130 }));
    assert.equal(await saysBatch(far), mailboxBatch);
    for (let i = 0; i < mailboxBatch; i += 1) await far.say(message(`M${i}`, { from: bob, offline: 0 }));
    for (let i = 0; i < mailboxBatch - 1; i += 1) assert.equal((await far.nextOf('ack')).id, `M${i}`);
    gate.resolve(undefined);
    assert.equal(await saysBatch(far), mailboxBatch);
    for (let i = 100; i < 130; i += 1) await far.say(message(`M${i}`, { from: bob, offline: 0 }));
    assert.equal(end.told.drained, 0);
    await far.say(bulletin({ kind: 'offline-end', count: 130 }));
    await until(() => end.told.drained === 1);
    assert.equal(end.told.stanzas.filter(({ kind }) => kind === 'message').length, 130);
  });

  it('that is empty is at its end at once', async () => {
    await using server = await chatServer();
    await using end = chatEnd(server);
    end.client.wake();
    const far = await server.accept();
    await far.begin();
    await far.say(bulletin({ kind: 'offline-preview', count: 0 }));
    await far.say(bulletin({ kind: 'offline-end', count: 0 }));
    await until(() => end.told.drained === 1);
  });
});

describe('what is owed when a session begins', () => {
  it('is sent before messages are asked for', async () => {
    await using server = await chatServer();
    const done: string[] = [];
    await using end = chatEnd(server, {
      began: async () => {
        const answer = await end.client.ask({ kind: 'count-keys' });
        done.push(answer.kind);
      },
    });
    end.client.wake();
    const far = await server.accept();
    await far.say({ kind: 'success', time: undefined, location: undefined });
    await far.answer(await far.asked('count-keys'), { kind: 'key-count', count: 0 });
    await far.answer(await far.asked('take-messages'), { kind: 'done' });
    assert.deepEqual(done, ['key-count']);
  });

  it('ends the connection where it could not be sent', async () => {
    await using server = await chatServer();
    let fails = true;
    await using end = chatEnd(server, {
      began: async () => {
        if (fails) throw new Error('the store fails');
      },
    });
    end.client.wake();
    const far = await server.accept();
    await far.say({ kind: 'success', time: undefined, location: undefined });
    assert.equal(await far.next(), undefined);
    assert.equal(end.troubles.read().get('not-begun'), 1);
    fails = false;
    await (await server.accept()).begin();
  });
});
