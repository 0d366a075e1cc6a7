import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bob, chatEnd, login, message, token, until } from '../../../support/chat-end.ts';
import { chatServer } from '../../../support/chat-server.ts';

describe('a session on the chat channel', () => {
  it('begins with login, token and key, and tells of it', async () => {
    await using server = await chatServer();
    await using end = chatEnd(server);
    assert.equal(end.client.health().kind, 'down');
    end.client.wake();
    const far = await server.accept();
    assert.equal(far.peer.payload.accountId, BigInt(login.user));
    assert.equal(far.peer.payload.token, token);
    assert.equal(far.peer.payload.enableReadReceipts, true);
    assert.equal(end.client.health().kind, 'connecting');
    assert.equal(end.told.began, 0);
    await far.begin();
    assert.equal(end.client.health().kind, 'up');
    assert.equal(end.told.began, 1);
    assert.deepEqual(
      end.told.states.map(({ health }) => health.kind),
      ['connecting', 'up'],
    );
  });

  it('has questions answered by their ids, in any order', async () => {
    await using server = await chatServer();
    await using end = chatEnd(server);
    end.client.wake();
    const far = await server.accept();
    await far.begin();
    const one = end.client.ask({ kind: 'count-keys' });
    const other = end.client.ask({ kind: 'fetch-keys', of: [bob] });
    const count = await far.asked('count-keys');
    const keys = await far.asked('fetch-keys');
    await far.answer(keys, {
      kind: 'keys',
      of: [{ kind: 'refused', of: bob, error: { code: 404, text: undefined } }],
    });
    await far.answer(count, { kind: 'key-count', count: 3 });
    assert.deepEqual(await one, { kind: 'key-count', count: 3 });
    const answered = await other;
    assert.ok(answered.kind === 'keys' && answered.of[0]?.kind === 'refused');
  });

  it('resolves what is sent once it is acknowledged, with a plain reason where it is refused', async () => {
    await using server = await chatServer();
    await using end = chatEnd(server);
    end.client.wake();
    const far = await server.accept();
    await far.begin();
    let sent = false;
    const sending = end.client.send(message('A', { to: bob })).then((result) => {
      sent = true;
      return result;
    });
    const came = await far.nextOf('message');
    assert.equal(came.id, 'A');
    assert.equal(sent, false);
    const ack = {
      kind: 'ack',
      id: 'A',
      of: 'message',
      from: bob,
      to: undefined,
      participant: undefined,
      recipient: undefined,
      time: undefined,
      type: undefined,
      error: undefined,
    } as const;
    await far.say(ack);
    assert.deepEqual(await sending, { kind: 'sent' });
    const refused = end.client.send(message('B', { to: bob }));
    await far.nextOf('message');
    await far.say({ ...ack, id: 'B', error: 404 });
    const failure = await refused;
    assert.ok(failure.kind === 'failed');
    assert.equal(failure.reason, 'no-such-user');
    assert.equal(failure.retry.kind, 'never');
  });

  it('acknowledges what comes only after it was taken, one at a time and in order', async () => {
    await using server = await chatServer();
    const gates = new Map<string, PromiseWithResolvers<undefined>>();
    const seen: string[] = [];
    await using end = chatEnd(server, {
      stanza: async (stanza) => {
        if (stanza.kind !== 'message') return;
        seen.push(stanza.id);
        await gates.get(stanza.id)?.promise;
      },
    });
    gates.set('A', Promise.withResolvers());
    end.client.wake();
    const far = await server.accept();
    await far.begin();
    await far.say(message('A', { from: bob }));
    await far.say(message('B', { from: bob }));
    await until(() => seen.length === 1);
    // A question goes its way while something is being taken.
    const asking = end.client.ask({ kind: 'count-keys' });
    await far.answer(await far.asked('count-keys'), { kind: 'key-count', count: 1 });
    assert.equal((await asking).kind, 'key-count');
    assert.deepEqual(seen, ['A']);
    gates.get('A')?.resolve(undefined);
    assert.equal((await far.nextOf('ack')).id, 'A');
    assert.equal((await far.nextOf('ack')).id, 'B');
    assert.deepEqual(seen, ['A', 'B']);
  });
});
