import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MessageStanza } from '../../../../src/interop/stanza/message.ts';
import { ChatTester, mailFrom } from '../../../support/chat-tester.ts';
import { withAnn } from '../../../support/connected-scene.ts';
import { deliver, drained, receipt } from '../../../support/host-mail.ts';
import { bob, hostScene, testPerson, tokenFor, type HostScene } from '../../../support/host-scene.ts';

const day = 86_400_000;

function again(id: string, times: number): MessageStanza {
  const mail = mailFrom(bob, id);
  return { ...mail, sealed: mail.sealed.map((one) => ({ ...one, count: times })) };
}

function rows(scene: HostScene, collection: string): number {
  return [...scene.records.rows.values()].filter(({ of }) => of.collection === collection).length;
}

describe("a host's mailbox", () => {
  it('keeps a mail until it is acknowledged, whatever becomes of connections', async () => {
    await using all = await withAnn();
    await deliver(all.scene, all.login, 'a', 'b');
    {
      await using client = await all.connect();
      assert.equal((await client.next('message')).id, 'a');
      const b = await client.next('message');
      await client.acknowledge(b);
      await client.ask({ kind: 'ping' });
    }
    await using client = await all.connect();
    assert.deepEqual(await drained(client), ['a']);
    await using last = await all.connect();
    assert.deepEqual(await drained(last), []);
    assert.equal(rows(all.scene, 'mail'), 0);
  });

  it('takes a repeat as done, while it waits and after it was acknowledged', async () => {
    await using all = await withAnn();
    await deliver(all.scene, all.login, 'a', 'a');
    await using client = await all.connect();
    assert.deepEqual(await drained(client), ['a']);
    await deliver(all.scene, all.login, 'a');
    await client.ask({ kind: 'ping' });
    assert.deepEqual(
      client.came.filter(({ kind }) => kind === 'message'),
      [],
    );
    assert.equal(all.scene.host.counts().get('mail-repeated'), 2);
  });

  it('tells apart what has one id: senders, kinds, receipts, and what is sent again on request', async () => {
    await using all = await withAnn();
    const { host } = all.scene;
    const retry = { kind: 'retry', messageId: 'a', messageTime: undefined, error: undefined } as const;
    const key = new Uint8Array(32).fill(9);
    const keys = { identity: key, signed: { id: 1, key, signature: new Uint8Array(64) }, prekey: undefined };
    const mails = [
      mailFrom(bob, 'a'),
      mailFrom({ kind: 'pair', user: '7', server: 'lid' }, 'a'),
      again('a', 1),
      again('a', 2),
      receipt('a', { kind: 'delivered', more: [] }),
      receipt('a', { kind: 'read', more: [] }),
      receipt('a', { kind: 'read', more: ['b'] }),
      receipt('a', { ...retry, count: 1, registration: 5, keys: undefined }),
      receipt('a', { ...retry, count: 2, registration: 5, keys }),
      receipt('a', { kind: 'server-error' }),
    ];
    for (const mail of [...mails, ...mails]) assert.equal(await host.deliver(all.login, mail), 'kept');
    await using client = await all.connect();
    assert.deepEqual(await drained(client), [
      ...['a', 'a', 'a', 'a', 'delivered a', 'read a', 'read a', 'retry a', 'retry a', 'server-error a'],
    ]);
    assert.equal(rows(all.scene, 'mail'), 0);
    assert.equal(rows(all.scene, 'done'), mails.length);
  });

  it('is removed from only by acknowledgements of what was sent', async () => {
    await using all = await withAnn();
    await deliver(all.scene, all.login, 'a');
    await using client = await all.connect();
    const mail = await client.next('message');
    const ack = { ...mail, kind: 'ack', of: 'message', error: undefined } as const;
    const eve = { kind: 'pair', user: '666', server: 'lid' } as const;
    await client.send({ ...ack, from: undefined, to: bob, id: 'b' });
    await client.send({ ...ack, from: undefined, to: eve });
    await client.send({ ...ack, from: undefined, to: bob, of: 'receipt' });
    await client.ask({ kind: 'ping' });
    assert.equal(rows(all.scene, 'mail'), 1);
    assert.equal(all.scene.host.counts().get('ack-unknown'), 3);
    await client.send({ ...ack, from: undefined, to: bob, type: undefined, error: 491 });
    await client.ask({ kind: 'ping' });
    assert.equal(rows(all.scene, 'mail'), 0);
    assert.equal(all.scene.host.counts().get('mail-refused'), 1);
  });

  it('has no more under way than the window, in number and in bytes', async () => {
    await using all = await withAnn({ limits: { window: 3 } });
    const ids = Array.from({ length: 40 }, (_, at) => `m${at}`);
    await deliver(all.scene, all.login, ...ids);
    await using client = await all.connect();
    await client.until(() =>
      client.came.filter(({ kind }) => kind === 'message').length === 3 ? true : undefined,
    );
    await sleep(50);
    assert.equal(client.came.filter(({ kind }) => kind === 'message').length, 3);
    assert.deepEqual(await drained(client), ids);
    await using small = await withAnn({ limits: { windowBytes: 60 } });
    await deliver(small.scene, small.login, ...ids);
    await using other = await small.connect();
    await other.next('message');
    await sleep(50);
    assert.equal(other.came.filter(({ kind }) => kind === 'message').length, 0);
  });

  it('ends the connection of a client that acknowledges nothing', async () => {
    await using all = await withAnn({ limits: { ackMs: 100 } });
    await deliver(all.scene, all.login, 'a');
    await using client = await all.connect();
    await client.next('stream-end');
    await client.over();
    assert.equal(all.scene.host.counts().get('session-closed-unacknowledged'), 1);
    await using next = await all.connect();
    assert.deepEqual(await drained(next), ['a']);
    await sleep(200);
    assert.equal(next.isOver, false);
  });

  it('hands nothing over while a client takes no messages', async () => {
    await using all = await withAnn();
    await using client = await all.connect();
    await client.next('ib');
    await client.ask({ kind: 'take-messages', active: false });
    await deliver(all.scene, all.login, 'a');
    await sleep(50);
    assert.deepEqual(
      client.came.filter(({ kind }) => kind === 'message'),
      [],
    );
    await client.ask({ kind: 'take-messages', active: true });
    assert.equal((await client.next('message')).id, 'a');
  });

  it('is bounded in number and bytes, and takes no mail that no frame holds', async () => {
    await using all = await withAnn({ limits: { mostMails: 2 } });
    const { host } = all.scene;
    await deliver(all.scene, all.login, 'a', 'b');
    assert.equal(await host.deliver(all.login, mailFrom(bob, 'c')), 'mailbox-full');
    assert.equal(await host.deliver(all.login, mailFrom(bob, 'a')), 'kept');
    await using client = await all.connect();
    assert.deepEqual(await drained(client), ['a', 'b']);
    await deliver(all.scene, all.login, 'c');
    await using small = await withAnn({ limits: { mostMailBytes: 210 } });
    await deliver(small.scene, small.login, 'a', 'b');
    assert.equal(await small.scene.host.deliver(small.login, mailFrom(bob, 'c')), 'mailbox-full');
    const { sealed, ...mail } = mailFrom(bob, 'd');
    const ciphertext = new Uint8Array(262_100);
    const large = { ...mail, sealed: sealed.map((one) => ({ ...one, ciphertext })) };
    assert.equal(await host.deliver(all.login, large), 'too-large');
    await assert.rejects(host.deliver(all.login, mailFrom(bob, '')));
  });

  it('counts what lies in it from before a restart', async () => {
    await using all = await withAnn({ limits: { mostMails: 3 } });
    await deliver(all.scene, all.login, 'a', 'b');
    await all.scene.host[Symbol.asyncDispose]();
    const { records, provider } = all.scene;
    await using next = await hostScene({ records, provider, limits: { mostMails: 3 } });
    await deliver(next, all.login, 'c');
    assert.equal(await next.host.deliver(all.login, mailFrom(bob, 'd')), 'mailbox-full');
  });

  it('keeps a mail for 30 days and a mark of what was acknowledged for a week', async () => {
    let offset = 0;
    await using all = await withAnn({ now: () => Date.now() + offset });
    await deliver(all.scene, all.login, 'a');
    {
      await using client = await all.connect();
      assert.deepEqual(await drained(client), ['a']);
    }
    await deliver(all.scene, all.login, 'b');
    offset = 6 * day;
    await all.scene.host.sweep();
    assert.equal(rows(all.scene, 'done'), 1);
    offset = 8 * day;
    await all.scene.host.sweep();
    assert.deepEqual([rows(all.scene, 'done'), rows(all.scene, 'mail')], [0, 1]);
    await deliver(all.scene, all.login, 'c');
    offset = 29 * day;
    const iat = Math.floor((Date.now() + offset) / 1_000);
    const token = tokenFor(all.ann.identifier, { iat, exp: iat + 600 });
    await using client = await ChatTester.in(all.scene, all.ann, all.login, { token });
    offset = 31 * day;
    await all.scene.host.sweep();
    assert.equal(rows(all.scene, 'mail'), 1);
    assert.equal(all.scene.host.counts().get('mail-expired'), 1);
    assert.equal(client.isOver, false);
  });

  it('is nobody else s, and ends with the account', async () => {
    await using all = await withAnn();
    const { host } = all.scene;
    const eve = await all.scene.enlisted(testPerson('eve@birdy.example'));
    await deliver(all.scene, eve, 'a');
    await using client = await all.connect();
    assert.deepEqual(await drained(client), []);
    assert.equal(await host.deliver({ ...eve, integrator: 13 }, mailFrom(bob, 'b')), 'no-such-account');
    await host.remove(eve);
    assert.equal(await host.deliver(eve, mailFrom(bob, 'b')), 'no-such-account');
    assert.equal(rows(all.scene, 'mail'), 0);
  });
});
