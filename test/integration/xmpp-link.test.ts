import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { xml } from '@xmpp/client';
import { remoteUserId } from '../../src/core/ids.ts';
import {
  alice,
  aliceJid,
  conditionIn,
  domain,
  errorOf,
  receiptOf,
  XmppScene,
} from '../support/xmpp-scene.ts';
import { attribute, bodyOf, type Stanza } from '../support/xmpp-stanzas.ts';

describe('the XMPP link, on Prosody', { timeout: 120_000 }, () => {
  let scene: XmppScene;
  before(async () => {
    scene = await XmppScene.open('xmpp-link');
  });
  after(() => scene[Symbol.asyncDispose]());
  beforeEach(async () => {
    await scene.start();
    await scene.up();
  });

  it('gives a receipt only once the message is kept', async () => {
    const kept = Promise.withResolvers<undefined>();
    scene.sink.keep = () => kept.promise;
    const id = await scene.bob.sendText(aliceJid, 'hello ✓ 👋');
    const arrival = await scene.sink.arrivals.waitFor(() => true, 5000);
    assert.equal(arrival.sender, scene.bob.jid);
    assert.equal(arrival.receiver, alice);
    const opened = scene.network.open(arrival, 'c');
    assert.ok(opened.kind === 'event' && opened.event.kind === 'message');
    assert.ok(opened.event.content.kind === 'text');
    assert.equal(opened.event.content.text.plain, 'hello ✓ 👋');
    await sleep(200);
    assert.ok(!scene.bob.stanzas.some(receiptOf(id)));
    kept.resolve(undefined);
    await scene.bob.waitFor(receiptOf(id));
  });

  it('tells the sender when a message could not be kept, and gives no receipt', async () => {
    scene.sink.keep = () => Promise.reject(new Error('disk full'));
    const id = await scene.bob.sendText(aliceJid, 'lost');
    const error = await scene.bob.waitFor(errorOf(id));
    assert.deepEqual(conditionIn(error), ['resource-constraint']);
    assert.equal(error.getChild('body'), undefined);
    assert.ok(!scene.bob.stanzas.some(receiptOf(id)));
  });

  it('knows the same stanza again, and takes two of the same words for two', async () => {
    const message = (): Stanza => xml('message', { to: aliceJid, type: 'chat' }, xml('body', {}, 'ok'));
    await scene.bob.send(message());
    await scene.bob.send(message());
    await scene.bob.sendText(aliceJid, 'again', 'same');
    await scene.bob.sendText(aliceJid, 'again', 'same');
    await scene.bob.sendText(aliceJid, 'other words', 'same');
    await scene.sink.arrivals.waitFor(({ raw }) => raw.includes('other words'), 5000);
    const ids = scene.sink.arrivals.all.map(({ outerId }) => outerId);
    assert.equal(ids.length, 5);
    assert.equal(new Set(ids).size, 4);
    assert.equal(ids[2], ids[3]);
  });

  it('keeps the order and stops reading while much is waiting', async () => {
    await scene.start({ max_waiting: 20 });
    const open = Promise.withResolvers<undefined>();
    scene.sink.keep = () => open.promise;
    const long = 'x'.repeat(20_000);
    for (let index = 0; index < 300; index += 1) await scene.bob.sendText(aliceJid, `${index} ${long}`);
    await sleep(2500);
    const early = scene.sink.arrivals.all.length;
    assert.ok(early >= 20 && early < 100, `${early} were read`);
    assert.equal(scene.network.health().kind, 'up');
    open.resolve(undefined);
    await scene.sink.arrivals.waitFor(({ raw }) => raw.includes('299 x'), 20_000);
    const order = scene.sink.arrivals.all.map(({ raw }) => Number(/<body>(\d+) /.exec(raw)?.[1]));
    assert.deepEqual(order, [...order.keys()]);
  });

  it('refuses in the open who cannot be reached', async () => {
    scene.sink.who = (user) =>
      user.startsWith('@shy') ? 'not-permitted' : user === alice ? 'yes' : 'no-such-user';
    const nobody = await scene.bob.sendText(`nobody@${domain}`, 'hello?');
    const shy = await scene.bob.sendText(`shy@${domain}`, 'hello?');
    const wrong = await scene.bob.sendText(`No=zz@${domain}`, 'hello?');
    assert.deepEqual(conditionIn(await scene.bob.waitFor(errorOf(nobody))), ['item-not-found']);
    assert.deepEqual(conditionIn(await scene.bob.waitFor(errorOf(shy))), ['forbidden']);
    assert.deepEqual(conditionIn(await scene.bob.waitFor(errorOf(wrong))), ['item-not-found']);
    assert.equal(scene.sink.arrivals.all.length, 0);
  });

  it('survives a stanza of hostile depth', async () => {
    const id = 'deep';
    const deep = `${'<a>'.repeat(100)}${'</a>'.repeat(100)}`;
    const message = xml('message', { to: aliceJid, type: 'chat', id }, xml('body', {}, 'deep'));
    message.toString = () =>
      `<message to="${aliceJid}" type="chat" id="${id}"><body>x</body>${deep}</message>`;
    await scene.bob.send(message);
    assert.deepEqual(conditionIn(await scene.bob.waitFor(errorOf(id))), ['policy-violation']);
    assert.equal(scene.network.health().kind, 'up');
  });

  it('sends in order, many at once, each under the name that its cause gives', async () => {
    const texts = Array.from({ length: 200 }, (_, index) => `out ${index}`);
    const sent = await Promise.all(texts.map((text) => scene.sayText(text)));
    assert.ok(sent.every(({ kind }) => kind === 'sent'));
    const last = await scene.bob.waitForText('out 199');
    assert.equal(attribute(last, 'from'), aliceJid);
    const bodies = scene.bob.stanzas
      .map((stanza) => bodyOf(stanza))
      .filter((body) => body?.startsWith('out '));
    assert.deepEqual(bodies, texts);
    const again = await scene.sayText('out 7');
    assert.deepEqual(again, sent[7]);
  });

  it('carries characters that XML does not, and cannot be cut off by them', async () => {
    assert.equal((await scene.sayText('a\u0000b\u0008c\ud800d', 'odd')).kind, 'sent');
    await scene.bob.waitFor((stanza) => bodyOf(stanza)?.startsWith('ab') === true);
    assert.equal(scene.network.health().kind, 'up');
  });

  it('hears of what came back', async () => {
    const stranger = `stranger@${scene.prosody.domain}`;
    const sent = await scene.sayText('anybody?', 'anybody', remoteUserId(stranger));
    assert.ok(sent.kind === 'sent');
    const arrival = await scene.sink.arrivals.waitFor(({ sender }) => sender === stranger, 5000);
    const opened = scene.network.open(arrival, 'c');
    assert.ok(opened.kind === 'event' && opened.event.kind === 'receipt');
    assert.equal(opened.event.receipt, 'undelivered');
    assert.deepEqual(opened.event.target, { in: 'remote', messageId: sent.messageIds[0] });
  });

  it('tells the sender what became of an arrival that ended without being sent', async () => {
    const id = await scene.bob.sendText(aliceJid, 'forbidden words');
    const arrival = await scene.sink.arrivals.waitFor(() => true, 5000);
    await scene.network.refuse?.(arrival, { kind: 'blocked', rule: 'r1' });
    const error = await scene.bob.waitFor(errorOf(id));
    assert.deepEqual(conditionIn(error), ['policy-violation', 'text']);
    assert.equal(error.getChild('body'), undefined);
  });

  it('says so when the secret is wrong, and does not hurry', async () => {
    await scene.start({ secret: 'wrong' });
    await scene.sink.health.waitFor(
      (health) => health.kind === 'down' && health.reason === 'forbidden',
      5000,
    );
    await sleep(1000);
    const log = await readFile(scene.prosody.logFile, 'utf8');
    assert.equal(log.split('Component authentication failed').length - 1, 1, 'it tried again at once');
    assert.equal((await scene.sayText('into the void')).kind, 'failed');
  });

  it('notices a frozen server, fails what waits, and comes back by itself', async () => {
    scene.prosody.pause();
    const waiting = scene.sayText('frozen');
    const failed = await waiting;
    assert.ok(failed.kind === 'failed' && failed.reason === 'link-down' && failed.retry.kind === 'later');
    assert.equal(scene.network.health().kind === 'up', false);
    scene.prosody.resume();
    await scene.up();
    assert.equal((await scene.sayText('frozen')).kind, 'sent');
  });

  it('comes back after the server was killed', async () => {
    await scene.prosody.kill();
    await scene.sink.health.waitFor(({ kind }) => kind === 'down', 5000);
    await scene.prosody.restart();
    await scene.up();
    assert.equal((await scene.sayText('after the crash', 'crash')).kind, 'sent');
  });
});
