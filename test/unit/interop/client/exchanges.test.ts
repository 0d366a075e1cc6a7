import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeNode } from '../../../../src/interop/node/node.ts';
import { clientLimits } from '../../../../src/interop/profile/client-profile.ts';
import { bob, chatEnd, message, until } from '../../../support/chat-end.ts';
import { chatServer } from '../../../support/chat-server.ts';

describe('what is asked and sent', () => {
  it('fails in time where nothing comes back, and what comes late is counted', async () => {
    await using server = await chatServer();
    await using end = chatEnd(server, { times: { answer: 800 } });
    end.client.wake();
    const far = await server.accept();
    await far.begin();
    const asking = end.client.ask({ kind: 'count-keys' });
    const sending = end.client.send(message('A', { to: bob }));
    const question = await far.asked('count-keys');
    for (const late of await Promise.all([asking, sending])) {
      assert.ok(late.kind === 'failed');
      assert.deepEqual([late.reason, late.retry.kind], ['timeout', 'later']);
    }
    await far.answer(question, { kind: 'key-count', count: 1 });
    await until(() => end.troubles.read().get('unasked') === 1);
    assert.deepEqual(Object.fromEntries(end.troubles.read()), { 'no-answer': 1, 'no-ack': 1, unasked: 1 });
  });

  it('is bounded in number', async () => {
    await using server = await chatServer();
    await using end = chatEnd(server, { times: { answer: 60_000 } });
    end.client.wake();
    const far = await server.accept();
    await far.begin();
    const settled = end.client.ask({ kind: 'count-keys' });
    await far.answer(await far.asked('count-keys'), { kind: 'key-count', count: 1 });
    await settled;
    const many = Array.from({ length: clientLimits.questions }, () => end.client.ask({ kind: 'count-keys' }));
    const one = await end.client.ask({ kind: 'count-keys' });
    assert.ok(one.kind === 'failed' && one.reason === 'rate-limited' && one.retry.kind === 'later');
    const letters = Array.from({ length: clientLimits.unacknowledged }, (_, index) =>
      end.client.send(message(`M${index}`, { to: bob })),
    );
    const more = await end.client.send(message('X', { to: bob }));
    assert.ok(more.kind === 'failed' && more.reason === 'rate-limited');
    // What is not waited for is not counted.
    const typing = {
      kind: 'chatstate',
      from: undefined,
      to: bob,
      participant: undefined,
      state: 'paused',
    } as const;
    assert.equal((await end.client.send(typing)).kind, 'sent');
    far.channel.abort();
    const all = await Promise.all([...many, ...letters]);
    assert.ok(all.every((result) => result.kind === 'failed' && result.reason === 'link-down'));
  });

  it('is bounded in size, and the connection goes on', async () => {
    await using server = await chatServer();
    await using end = chatEnd(server);
    end.client.wake();
    const far = await server.accept();
    await far.begin();
    for (const size of [262_144, 5_000_000]) {
      const large = await end.client.send(message('L', { to: bob, body: 'z'.repeat(size) }));
      assert.ok(large.kind === 'failed' && large.reason === 'too-large' && large.retry.kind === 'never');
    }
    const fits = end.client.send(message('F', { to: bob, body: 'z'.repeat(250_000) }));
    assert.equal((await far.nextOf('message')).id, 'F');
    far.channel.abort();
    assert.equal((await fits).kind, 'failed');
  });

  it('fails by the code that the server gives, and for good by one that is not known', async () => {
    await using server = await chatServer();
    await using end = chatEnd(server);
    end.client.wake();
    const far = await server.accept();
    await far.begin();
    const codes = [
      [404, 'no-such-user', 'never'],
      [429, 'rate-limited', 'later'],
      [503, 'network-refused', 'later'],
      [777, 'network-refused', 'never'],
    ] as const;
    for (const [code, reason, retry] of codes) {
      const asking = end.client.ask({ kind: 'count-keys' });
      const question = await far.asked('count-keys');
      await far.say({ ...question, to: undefined, body: { kind: 'error', code, text: undefined } });
      const result = await asking;
      assert.ok(result.kind === 'failed');
      assert.deepEqual([result.reason, result.retry.kind], [reason, retry]);
    }
    const asking = end.client.ask({ kind: 'count-keys' });
    const question = await far.asked('count-keys');
    await far.say({
      ...question,
      to: undefined,
      body: { kind: 'result', content: [makeNode('count', { value: 'x' })] },
    });
    const result = await asking;
    assert.ok(
      result.kind === 'failed' && result.reason === 'network-refused' && result.retry.kind === 'never',
    );
    assert.equal(end.troubles.read().get('bad-answer'), 1);
  });

  it('of the server gets its answer: signs of life, and nothing else', async () => {
    await using server = await chatServer();
    await using end = chatEnd(server);
    end.client.wake();
    const far = await server.accept();
    await far.begin();
    const from = 's.whatsapp.net';
    await far.sayNode(
      makeNode('iq', { id: 'P', type: 'get', xmlns: 'urn:xmpp:ping', from }, [makeNode('ping', {})]),
    );
    await far.sayNode(makeNode('iq', { id: 'Q', type: 'set', xmlns: 'else', from }, [makeNode('do', {})]));
    const [one, other] = [await far.nextOf('iq'), await far.nextOf('iq')];
    assert.deepEqual([one.id, one.body.kind, other.id, other.body.kind], ['P', 'result', 'Q', 'error']);
  });

  it('to several under one id is told apart by whom it is to, and by its type', async () => {
    await using server = await chatServer();
    await using end = chatEnd(server);
    end.client.wake();
    const far = await server.accept();
    await far.begin();
    const carol = { kind: 'pair', user: '78', server: 'lid' } as const;
    const receipt = {
      id: 'R',
      from: undefined,
      participant: undefined,
      recipient: undefined,
      time: undefined,
      offline: undefined,
    } as const;
    const delivered = { kind: 'delivered', more: [] } as const;
    const sends = [
      end.client.send({ kind: 'receipt', ...receipt, to: bob, about: delivered }),
      end.client.send({ kind: 'receipt', ...receipt, to: bob, about: { kind: 'read', more: [] } }),
      end.client.send({ kind: 'receipt', ...receipt, to: carol, about: delivered }),
    ];
    const ack = {
      kind: 'ack',
      id: 'R',
      of: 'receipt',
      to: undefined,
      participant: undefined,
      recipient: undefined,
      time: undefined,
    } as const;
    await far.say({ ...ack, from: carol, type: undefined, error: 429 });
    await far.say({ ...ack, from: bob, type: 'read', error: 404 });
    await far.say({ ...ack, from: bob, type: undefined, error: undefined });
    const results = await Promise.all(sends);
    assert.deepEqual(
      results.map((result) => (result.kind === 'failed' ? result.reason : result.kind)),
      ['sent', 'no-such-user', 'rate-limited'],
    );
  });
});
