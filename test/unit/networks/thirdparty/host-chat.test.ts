import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Address } from '../../../../src/interop/node/address.ts';
import { makeNode, type Node } from '../../../../src/interop/node/node.ts';
import { renderMessage } from '../../../../src/interop/stanza/message.ts';
import { aMessage, ChatTester } from '../../../support/chat-tester.ts';
import { connected, count } from '../../../support/connected-scene.ts';
import { bob, hostScene, testPerson } from '../../../support/host-scene.ts';

describe("a host's chat channel", () => {
  it('sets who a message is from, whatever its sender says', async () => {
    await using all = await connected();
    const from: Address = { kind: 'interop', integrator: 12, user: '1', device: 0 };
    await all.client.send(aMessage('m', { from, participant: from, recipient: from, time: 1, offline: 3 }));
    await all.client.next('ack');
    const [heard] = all.scene.listener.messages;
    assert.deepEqual([heard?.stanza.participant, heard?.stanza.recipient], [undefined, undefined]);
    await all.client.send({
      ...{ kind: 'receipt', id: 'm', from, to: bob, participant: from, recipient: from, time: 1 },
      ...{ offline: 3, about: { kind: 'delivered', more: [] } },
    });
    await all.client.next('ack');
    const [receipt] = all.scene.listener.receipts;
    assert.deepEqual(receipt?.from, { kind: 'interop', ...all.login, device: 0 });
    assert.deepEqual([receipt.participant, receipt.recipient], [undefined, undefined]);
    assert.deepEqual(heard?.stanza.from, { kind: 'interop', ...all.login, device: 0 });
    assert.equal(heard.stanza.offline, undefined);
    assert.ok(Math.abs((heard.stanza.time ?? 0) - Date.now() / 1_000) < 30);
  });

  it('acknowledges once the listener is done, with its error, and nothing that it did not take', async () => {
    await using all = await connected();
    const { scene, client } = all;
    const gate = Promise.withResolvers<{ error?: number }>();
    scene.listener.taking = () => gate.promise;
    await client.send(aMessage('m1'));
    await sleep(50);
    assert.deepEqual(
      client.came.filter(({ kind }) => kind === 'ack'),
      [],
    );
    gate.resolve({ error: 404 });
    const ack = await client.next('ack');
    assert.deepEqual([ack.id, ack.error], ['m1', 404]);
    scene.listener.taking = async () => {
      throw new Error('the database is away');
    };
    await client.send(aMessage('m2'));
    assert.equal((await client.next('stream-error')).code, 503);
    await client.over();
    assert.deepEqual(
      client.came.filter(({ kind }) => kind === 'ack'),
      [],
    );
    assert.equal(count(scene, 'session-closed-failed'), 1);
  });

  it('refuses what is for users of other providers, groups and nobody', async () => {
    await using all = await connected();
    const { client, scene } = all;
    const to: readonly (Address | undefined)[] = [
      { kind: 'interop', integrator: 12, user: '5', device: 0 },
      { kind: 'pair', user: '12-5', server: 'interop' },
      { kind: 'pair', user: '123', server: 'g.us' },
      { kind: 'pair', user: '', server: 'lid' },
      { kind: 'device', user: '4242', device: 3, server: 'lid' },
      undefined,
    ];
    for (const [at, one] of to.entries()) {
      await client.send(aMessage(`m${at}`, { to: one }));
      const ack = await client.next('ack');
      assert.deepEqual([ack.id, ack.error], [`m${at}`, 404]);
    }
    assert.deepEqual(scene.listener.messages, []);
    assert.equal(count(scene, 'message-refused'), to.length);
  });

  it('takes receipts and signals', async () => {
    await using all = await connected();
    const { client, scene } = all;
    const envelope = {
      from: undefined,
      to: bob,
      participant: undefined,
      recipient: undefined,
      time: undefined,
    };
    await client.send({
      ...{ kind: 'receipt', id: 'a1', ...envelope, offline: undefined },
      about: { kind: 'read', more: ['a2'] },
    });
    const ack = await client.next('ack');
    assert.deepEqual([ack.id, ack.of, ack.type], ['a1', 'receipt', 'read']);
    assert.deepEqual(scene.listener.receipts[0]?.about, { kind: 'read', more: ['a2'] });
    await client.send({
      kind: 'chatstate',
      from: undefined,
      to: bob,
      participant: undefined,
      state: 'recording',
    });
    await client.ask({ kind: 'ping' });
    assert.deepEqual(scene.listener.signals, ['recording']);
    scene.host.signal(all.login, {
      ...{ kind: 'chatstate', from: bob, to: undefined, participant: undefined, state: 'composing' },
    });
    const state = await client.next('chatstate');
    assert.deepEqual([state.from, state.state], [bob, 'composing']);
  });

  it('answers questions, and refuses those that are not for it', async () => {
    await using all = await connected();
    const { client, scene } = all;
    assert.deepEqual(await client.ask({ kind: 'ping' }), { kind: 'done' });
    const found = await client.ask({
      kind: 'look-up',
      wanted: [
        { externalId: '@bob:example.org', integrator: 0 },
        { externalId: '@eve:example.org', integrator: 0 },
        { externalId: 'ann@birdy.example', integrator: 12 },
      ],
    });
    assert.ok(typeof found !== 'number' && found.kind === 'found');
    assert.deepEqual(
      found.users.map((one) => (one.kind === 'found' ? one.address : one.error.code)),
      [bob, 404, 404],
    );
    const list = await client.ask({ kind: 'integrators' });
    assert.ok(typeof list !== 'number' && list.kind === 'integrators');
    assert.deepEqual(
      list.integrators.map(({ id, name, identifierType }) => [id, name, identifierType]),
      [
        [0, 'Causeway', 'username'],
        [12, 'BirdyChat', 'email'],
      ],
    );
    assert.deepEqual(await client.ask({ kind: 'blocklist' }), { kind: 'blocklist', blocked: [bob] });
    assert.deepEqual(await client.ask({ kind: 'block', who: bob }), { kind: 'done' });
    assert.deepEqual(await client.ask({ kind: 'unblock', who: bob }), { kind: 'done' });
    assert.deepEqual(scene.listener.blocks, ['+4242', '-4242']);
    const stranger: Address = { kind: 'interop', integrator: 12, user: '5', device: 0 };
    assert.equal(await client.ask({ kind: 'block', who: stranger }), 404);
    const reachability = { enabled: false, integrators: [] };
    assert.deepEqual(await client.ask({ kind: 'reachability' }), {
      ...{ kind: 'reachability', reachability: { enabled: true, integrators: [12] } },
    });
    assert.equal(typeof (await client.ask({ kind: 'set-reachability', reachability })), 'object');
    assert.equal(await client.ask({ kind: 'opt-in', integrators: [12] }), 501);
    assert.equal(await client.ask({ kind: 'key-digest' }), 501);
    assert.equal(await client.ask({ kind: 'other', type: 'get', xmlns: 'w:biz', content: [] }), 501);
    scene.listener.blocked = async () => {
      throw new Error('the database is away');
    };
    assert.equal(await client.ask({ kind: 'blocklist' }), 500);
    assert.deepEqual(await client.ask({ kind: 'ping' }), { kind: 'done' });
  });

  it('bounds how many people are asked for', async () => {
    const few = { perSecond: 0.001, burst: 3 };
    await using all = await connected({ limits: { lookUps: few, keyFetches: few } });
    const wanted = Array.from({ length: 5 }, () => ({ externalId: '@bob:example.org', integrator: 0 }));
    const found = await all.client.ask({ kind: 'look-up', wanted });
    assert.ok(typeof found !== 'number' && found.kind === 'found');
    const codes = found.users.map((one) => (one.kind === 'found' ? 200 : one.error.code));
    assert.deepEqual(codes, [200, 200, 200, 429, 429]);
    const keys = await all.client.ask({ kind: 'fetch-keys', of: [bob, bob, bob, bob] });
    assert.ok(typeof keys !== 'number' && keys.kind === 'keys');
    assert.deepEqual(
      keys.of.map((one) => (one.kind === 'keys' ? 200 : one.error.code)),
      [404, 404, 404, 429],
    );
    // Another connection of the same user begins where this one was.
    await using again = await ChatTester.in(all.scene, all.ann, all.login);
    const more = await again.ask({ kind: 'look-up', wanted: wanted.slice(0, 1) });
    assert.ok(typeof more !== 'number' && more.kind === 'found');
    assert.equal(more.users[0]?.kind, 'refused');
  });

  it('answers each broken stanza with an error and ends the connection where there are many', async () => {
    await using all = await connected({ limits: { mostBroken: 4 } });
    const { client, scene } = all;
    const message = renderMessage(aMessage('x'));
    const broken: readonly [Node, string, number | undefined][] = [
      [{ ...message, attrs: { ...message.attrs, to: 'nobody@' } }, 'ack', 400],
      [{ ...message, content: [makeNode('enc', { v: '9', type: 'msg' }, Uint8Array.of(1))] }, 'ack', 400],
      [makeNode('iq', { id: 'q', type: 'get' }), 'iq', 400],
      [makeNode('receipt', { id: 'r', to: '4242@lid', type: 'retry' }), 'ack', 400],
    ];
    for (const [node, kind, code] of broken) {
      await client.sendNode(node);
      const answer = kind === 'ack' ? await client.next('ack') : await client.next('iq');
      const said = answer.kind === 'ack' ? answer.error : answer.body.kind === 'error' ? answer.body.code : 0;
      assert.equal(said, code, JSON.stringify(node));
    }
    await client.sendNode(makeNode('call', { id: 'c', to: '4242@lid' }));
    assert.equal((await client.next('ack')).error, 501);
    assert.equal(client.isOver, false);
    await client.send({ kind: 'success', time: 1, location: undefined });
    assert.deepEqual((await client.next('stream-error')).about, {
      kind: 'other',
      tag: 'xml-not-well-formed',
    });
    await client.over();
    assert.equal(count(scene, 'stanza-malformed') + count(scene, 'stanza-missing'), 4);
    assert.equal(count(scene, 'stanza-unexpected'), 2);
    assert.deepEqual(scene.listener.messages, []);
  });

  it('says to come again while the keys of a provider, or its own records, are away', async () => {
    await using all = await connected();
    const { scene, ann, login } = all;
    scene.records.before = () => {
      throw new Error('away');
    };
    await using eve = await ChatTester.connect(scene, testPerson('eve@birdy.example'), login, {
      accountId: 7n,
    });
    assert.equal((await eve.next('failure')).reason, 503);
    scene.records.before = () => undefined;
    await using slow = await hostScene({ records: scene.records, limits: { handshakeMs: 300 } });
    slow.provider.slow = () => new Promise((resolve) => setTimeout(resolve, 1_000));
    await using late = await ChatTester.connect(slow, ann, login);
    assert.equal((await late.next('failure')).reason, 503);
    assert.equal(count(slow, 'session-refused-late'), 1);
  });

  it('reads a client that floods it more slowly, and loses nothing', async () => {
    await using all = await connected({ limits: { stanzas: { perSecond: 200, burst: 10 } } });
    const begun = Date.now();
    for (let at = 0; at < 50; at++) await all.client.send(aMessage(`m${at}`));
    for (let at = 0; at < 50; at++) assert.equal((await all.client.next('ack')).id, `m${at}`);
    assert.ok(Date.now() - begun >= 150);
    assert.equal(all.scene.listener.messages.length, 50);
  });

  it('ends all connections when it stops', async () => {
    await using all = await connected();
    const begun = Date.now();
    await all.scene.host[Symbol.asyncDispose]();
    assert.ok(Date.now() - begun < 1_000);
    await all.client.next('stream-end');
    await all.client.over();
    assert.equal(all.scene.host.connected(), 0);
    assert.equal((await fetch(`${all.scene.url}/v/tx`)).status, 503);
  });
});
