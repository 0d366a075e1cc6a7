import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { xml } from '@xmpp/client';
import type { Content } from '../../src/core/event.ts';
import {
  matrixEventId,
  matrixUserId,
  networkId,
  portalId,
  remoteChatId,
  remoteUserId,
  roomId,
} from '../../src/core/ids.ts';
import type { Media } from '../../src/core/media.ts';
import type { Handled, RunningNetwork } from '../../src/core/network.ts';
import type { Portal } from '../../src/core/portal.ts';
import { createXmpp, xmppConfig, type XmppDeps } from '../../src/networks/xmpp/index.ts';
import { startProsody, type Prosody } from '../support/prosody.ts';
import { quietLog, RecordingSink } from '../support/recording-sink.ts';
import { makeRunDir, type RunDir } from '../support/run-dir.ts';
import { attribute, bodyOf, NS, type Stanza } from '../support/xmpp-stanzas.ts';
import { XmppUser } from '../support/xmpp-user.ts';

const domain = 'matrix.xmpp.localhost';
const alice = matrixUserId('@alice:hs.test');
const aliceJid = `alice@${domain}`;
const signal = new AbortController().signal;
const times = {
  backOff: { firstMs: 100, longestMs: 400 },
  hopelessMs: 60_000,
  connectMs: 5000,
  idleMs: 1000,
  answerMs: 1000,
};
const deps: XmppDeps = {
  homeserver: 'hs.test',
  version: '0.0.0',
  log: quietLog,
  times,
  texts: {
    loginCode: ({ user, code, minutes }) => `${user} ${code} ${minutes}`,
    noReplies: () => 'nobody reads this',
    retracted: () => 'taken back',
    reason: (code) => `because ${code}`,
  },
};

describe('the XMPP link, on Prosody', { timeout: 120_000 }, () => {
  let dir: RunDir;
  let prosody: Prosody;
  let bob: XmppUser;
  let sink: RecordingSink;
  let network: RunningNetwork | undefined;
  let portal: Portal;

  const start = async (into: RecordingSink, secret = 'sesame'): Promise<RunningNetwork> => {
    const config = xmppConfig.parse({
      service: prosody.componentService,
      domain,
      secret,
      media: { trusted_hosts: ['127.0.0.1'] },
    });
    return createXmpp(config, deps).start(into, signal);
  };
  const up = (): Promise<unknown> => sink.health.waitFor(({ kind }) => kind === 'up', 10_000, 'the link');

  before(async () => {
    dir = await makeRunDir('xmpp-link');
    prosody = await startProsody({
      dir: dir.path,
      components: [{ domain, secret: 'sesame' }],
      users: [{ local: 'bob', password: 'secret' }],
    });
    bob = await loginBob();
    portal = {
      id: portalId('p1'),
      key: { network: networkId('xmpp'), chat: remoteChatId(bob.jid), receiver: alice },
      remote: remoteUserId(bob.jid),
      room: roomId('!r:hs.test'),
    };
  });
  const loginBob = (): Promise<XmppUser> =>
    XmppUser.login({
      service: prosody.service,
      domain: prosody.domain,
      username: 'bob',
      password: 'secret',
    });
  after(async () => {
    await network?.[Symbol.asyncDispose]();
    await bob.stop();
    await prosody.stop();
    await dir[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    await network?.[Symbol.asyncDispose]();
    sink = new RecordingSink();
    network = await start(sink);
    await up();
  });

  const running = (): RunningNetwork => {
    assert.ok(network);
    return network;
  };
  const say = (content: Content, cause: string): Promise<Handled> => {
    const { message } = running().handlers;
    assert.ok(message);
    const name = { in: 'matrix' as const, eventId: matrixEventId(`$${cause}`) };
    const sender = { in: 'matrix' as const, userId: alice };
    return message(
      { kind: 'message', cause, name, sender, at: 0, content, replyTo: undefined },
      portal,
      signal,
    );
  };
  const sayText = (plain: string, cause = plain): Promise<Handled> =>
    say({ kind: 'text', style: 'normal', text: { plain, html: undefined } }, cause);
  const receiptOf =
    (id: string) =>
    (stanza: Stanza): boolean => {
      const received = stanza.getChild('received', NS.receipts);
      return received !== undefined && attribute(received, 'id') === id;
    };
  const errorOf =
    (id: string) =>
    (stanza: Stanza): boolean =>
      attribute(stanza, 'type') === 'error' && attribute(stanza, 'id') === id;
  const conditionIn = (stanza: Stanza): string[] =>
    (stanza.getChild('error')?.children ?? []).map((child) =>
      typeof child === 'string' ? child : child.name,
    );

  it('gives a receipt only once the message is kept', async () => {
    const kept = Promise.withResolvers<void>();
    sink.keep = () => kept.promise;
    const id = await bob.sendText(aliceJid, 'hello ✓ 👋');
    const arrival = await sink.arrivals.waitFor(() => true, 5000);
    assert.equal(arrival.sender, bob.jid);
    assert.equal(arrival.receiver, alice);
    const opened = running().open(arrival, 'c');
    assert.ok(opened.kind === 'event' && opened.event.kind === 'message');
    assert.ok(opened.event.content.kind === 'text');
    assert.equal(opened.event.content.text.plain, 'hello ✓ 👋');
    await sleep(200);
    assert.ok(!bob.stanzas.some(receiptOf(id)));
    kept.resolve();
    await bob.waitFor(receiptOf(id));
  });

  it('tells the sender when a message could not be kept, and gives no receipt', async () => {
    sink.keep = () => Promise.reject(new Error('disk full'));
    const id = await bob.sendText(aliceJid, 'lost');
    const error = await bob.waitFor(errorOf(id));
    assert.deepEqual(conditionIn(error), ['resource-constraint']);
    assert.equal(error.getChild('body'), undefined);
    assert.ok(!bob.stanzas.some(receiptOf(id)));
  });

  it('knows the same stanza again, and takes two of the same words for two', async () => {
    const message = (): Stanza => xml('message', { to: aliceJid, type: 'chat' }, xml('body', {}, 'ok'));
    await bob.send(message());
    await bob.send(message());
    await bob.sendText(aliceJid, 'again', 'same');
    await bob.sendText(aliceJid, 'again', 'same');
    await bob.sendText(aliceJid, 'other words', 'same');
    await sink.arrivals.waitFor(({ raw }) => raw.includes('other words'), 5000);
    const ids = sink.arrivals.all.map(({ outerId }) => outerId);
    assert.equal(ids.length, 5);
    assert.equal(new Set(ids).size, 4);
    assert.equal(ids[2], ids[3]);
  });

  it('keeps the order and stops reading while much is waiting', async () => {
    await running()[Symbol.asyncDispose]();
    const open = Promise.withResolvers<void>();
    sink = new RecordingSink();
    sink.keep = () => open.promise;
    const config = { service: prosody.componentService, domain, secret: 'sesame', max_waiting: 20 };
    network = await createXmpp(xmppConfig.parse(config), deps).start(sink, signal);
    await up();
    const long = 'x'.repeat(20_000);
    for (let index = 0; index < 300; index += 1) await bob.sendText(aliceJid, `${index} ${long}`);
    await sleep(2500);
    const early = sink.arrivals.all.length;
    assert.ok(early >= 20 && early < 100, `${early} were read`);
    assert.equal(running().health().kind, 'up');
    open.resolve();
    await sink.arrivals.waitFor(({ raw }) => raw.includes('299 x'), 20_000);
    const order = sink.arrivals.all.map(({ raw }) => Number(/<body>(\d+) /.exec(raw)?.[1]));
    assert.deepEqual(order, [...order.keys()]);
  });

  it('refuses in the open who cannot be reached', async () => {
    sink.who = (user) =>
      user.startsWith('@shy') ? 'not-permitted' : user === alice ? 'yes' : 'no-such-user';
    const nobody = await bob.sendText(`nobody@${domain}`, 'hello?');
    const shy = await bob.sendText(`shy@${domain}`, 'hello?');
    const wrong = await bob.sendText(`No=zz@${domain}`, 'hello?');
    assert.deepEqual(conditionIn(await bob.waitFor(errorOf(nobody))), ['item-not-found']);
    assert.deepEqual(conditionIn(await bob.waitFor(errorOf(shy))), ['forbidden']);
    assert.deepEqual(conditionIn(await bob.waitFor(errorOf(wrong))), ['item-not-found']);
    assert.equal(sink.arrivals.all.length, 0);
  });

  it('survives a stanza of hostile depth', async () => {
    const id = 'deep';
    const deep = `${'<a>'.repeat(100)}${'</a>'.repeat(100)}`;
    const message = xml('message', { to: aliceJid, type: 'chat', id }, xml('body', {}, 'deep'));
    message.toString = () =>
      `<message to="${aliceJid}" type="chat" id="${id}"><body>x</body>${deep}</message>`;
    await bob.send(message);
    assert.deepEqual(conditionIn(await bob.waitFor(errorOf(id))), ['policy-violation']);
    assert.equal(running().health().kind, 'up');
  });

  it('sends in order, many at once, each under the name that its cause gives', async () => {
    const texts = Array.from({ length: 200 }, (_, index) => `out ${index}`);
    const sent = await Promise.all(texts.map((text) => sayText(text)));
    assert.ok(sent.every(({ kind }) => kind === 'sent'));
    const last = await bob.waitForText('out 199');
    assert.equal(attribute(last, 'from'), aliceJid);
    const bodies = bob.stanzas.map((stanza) => bodyOf(stanza)).filter((body) => body?.startsWith('out '));
    assert.deepEqual(bodies, texts);
    const again = await sayText('out 7');
    assert.deepEqual(again, sent[7]);
  });

  it('carries characters that XML does not, and cannot be cut off by them', async () => {
    assert.equal((await sayText('a\u0000b\u0008c\ud800d', 'odd')).kind, 'sent');
    await bob.waitFor((stanza) => bodyOf(stanza)?.startsWith('ab') === true);
    assert.equal(running().health().kind, 'up');
  });

  it('hears of what came back', async () => {
    const stranger = `stranger@${prosody.domain}`;
    portal = { ...portal, remote: remoteUserId(stranger) };
    const sent = await sayText('anybody?');
    portal = { ...portal, remote: remoteUserId(bob.jid) };
    assert.ok(sent.kind === 'sent');
    const arrival = await sink.arrivals.waitFor(({ sender }) => sender === stranger, 5000);
    const opened = running().open(arrival, 'c');
    assert.ok(opened.kind === 'event' && opened.event.kind === 'receipt');
    assert.equal(opened.event.receipt, 'undelivered');
    assert.deepEqual(opened.event.target, { in: 'remote', messageId: sent.messageIds[0] });
  });

  it('tells the sender what became of an arrival that ended without being sent', async () => {
    const id = await bob.sendText(aliceJid, 'forbidden words');
    const arrival = await sink.arrivals.waitFor(() => true, 5000);
    await running().refuse?.(arrival, { kind: 'blocked', rule: 'r1' });
    const error = await bob.waitFor(errorOf(id));
    assert.deepEqual(conditionIn(error), ['policy-violation', 'text']);
    assert.equal(error.getChild('body'), undefined);
  });

  it('answers for its addresses', async () => {
    const info = await bob.request('get', xml('query', 'http://jabber.org/protocol/disco#info'), aliceJid);
    const features = info?.getChildren('feature').map((feature) => attribute(feature, 'var'));
    assert.ok(features?.includes(NS.receipts) && !features.includes(NS.chatStates));
    const gateway = await bob.request('get', xml('query', 'http://jabber.org/protocol/disco#info'), domain);
    assert.equal(attribute(gateway?.getChild('identity') ?? xml('none'), 'category'), 'gateway');
    const card = await bob.request('get', xml('vCard', 'vcard-temp'), aliceJid);
    assert.equal(card?.getChildText('FN'), 'The name of @alice:hs.test');
    await bob.request('get', xml('ping', 'urn:xmpp:ping'), aliceJid);
    const version = await bob.request('get', xml('query', 'jabber:iq:version'), domain);
    assert.equal(version?.getChildText('name'), 'Causeway');
    await assert.rejects(bob.request('get', xml('query', 'urn:nothing'), aliceJid), /service-unavailable/);
    sink.who = () => 'no-such-user';
    await assert.rejects(
      bob.request('get', xml('vCard', 'vcard-temp'), `nobody@${domain}`),
      /item-not-found/,
    );
  });

  it('answers subscriptions and probes', async () => {
    // Only who has asked for the roster hears of subscriptions.
    await bob.request('get', xml('query', 'jabber:iq:roster'));
    await bob.send(xml('presence', { type: 'subscribe', to: aliceJid }));
    const presence = (type: string | undefined) => (stanza: Stanza) =>
      stanza.is('presence') &&
      attribute(stanza, 'from')?.startsWith(aliceJid) === true &&
      attribute(stanza, 'type') === type;
    await bob.waitFor(presence('subscribed'));
    await bob.waitFor(presence(undefined));
    sink.who = () => 'no-such-user';
    await bob.send(xml('presence', { type: 'subscribe', to: `ghost@${domain}` }));
    await bob.waitFor(
      (stanza) =>
        attribute(stanza, 'type') === 'unsubscribed' && attribute(stanza, 'from') === `ghost@${domain}`,
    );
  });

  it('finds people by their address', async () => {
    const nick = xml('item', { id: 'current' }, xml('nick', 'http://jabber.org/protocol/nick', 'Bobby'));
    const publish = xml('publish', { node: 'http://jabber.org/protocol/nick' }, nick);
    const field = (name: string, value: string): Stanza =>
      xml('field', { var: name }, xml('value', {}, value));
    const options = xml(
      'publish-options',
      {},
      xml(
        'x',
        { xmlns: NS.data, type: 'submit' },
        field('FORM_TYPE', 'http://jabber.org/protocol/pubsub#publish-options'),
        field('pubsub#access_model', 'open'),
      ),
    );
    await bob.request('set', xml('pubsub', 'http://jabber.org/protocol/pubsub', publish, options));
    const found = await running().directory.find(' xmpp:BOB@Xmpp.Localhost ');
    assert.deepEqual(found, { userId: bob.jid, chat: bob.jid, name: 'Bobby' });
    const own = await running().directory.find(aliceJid);
    assert.ok('kind' in own && own.reason === 'forbidden');
    const none = await running().directory.find('not an address');
    assert.ok('kind' in none && none.reason === 'no-such-user');
  });

  it('sends a code to an address and links it by the code', async () => {
    const { logins } = running();
    assert.ok(logins);
    const step = await logins.begin(alice, bob.jid);
    assert.ok(step.kind === 'ask');
    const message = await bob.waitFor((stanza) => attribute(stanza, 'from') === domain);
    const code = bodyOf(message)?.split(' ')[1] ?? '';
    assert.ok(!step.state.includes(code));
    assert.equal((await logins.answer(alice, step.state, '000')).kind, 'failed');
    assert.deepEqual(await logins.answer(alice, step.state, ` ${code.slice(0, 4)} ${code.slice(4)}`), {
      kind: 'done',
      remote: bob.jid,
    });
    const nobody = await logins.begin(alice, `nobody@${prosody.domain}`);
    assert.ok(nobody.kind === 'failed' && nobody.reason === 'no-such-user');
    const id = await bob.sendText(domain, 'hi bridge');
    assert.deepEqual(conditionIn(await bob.waitFor(errorOf(id))), ['service-unavailable', 'text']);
  });

  it('uploads what Matrix users send and fetches what XMPP users share', async () => {
    const bytes = randomBytes(300_000);
    for (const size of [bytes.byteLength, undefined]) {
      const media = fileOf(bytes, size);
      const handled = await say({ kind: 'media', media, caption: undefined }, `file-${size}`);
      assert.ok(handled.kind === 'sent', JSON.stringify(handled));
      const [id] = handled.messageIds;
      const message = await bob.waitFor((stanza) => attribute(stanza, 'id') === id);
      const url = message.getChild('x', NS.oob)?.getChildText('url') ?? '';
      assert.equal(bodyOf(message), url);
      const got = await fetch(url);
      assert.deepEqual(Buffer.from(await got.arrayBuffer()), bytes);
    }
    const address = await bob.upload(prosody.uploadDomain, { name: 'a.png', type: 'image/png', bytes });
    await bob.sendFile(aliceJid, address);
    const opened = running().open(
      await sink.arrivals.waitFor(({ raw }) => raw.includes('jabber:x:oob'), 5000),
      'c',
    );
    assert.ok(opened.kind === 'event' && opened.event.kind === 'message');
    assert.ok(opened.event.content.kind === 'media');
    const open = await opened.event.content.media.open(signal);
    assert.ok(open.kind === 'open');
    assert.equal(open.size, bytes.byteLength);
    assert.deepEqual(await bytesOf(open.stream), bytes);
  });

  it('refuses files above the limit of either side', async () => {
    const media = fileOf(randomBytes(10), 200 * 1024 * 1024);
    const handled = await say({ kind: 'media', media, caption: undefined }, 'huge');
    assert.ok(handled.kind === 'failed' && handled.reason === 'too-large');
  });

  it('says so when the secret is wrong, and does not hurry', async () => {
    await running()[Symbol.asyncDispose]();
    sink = new RecordingSink();
    network = await start(sink, 'wrong');
    await sink.health.waitFor((health) => health.kind === 'down' && health.reason === 'forbidden', 5000);
    await sleep(1000);
    assert.equal(sink.health.all.length, 1);
    assert.equal((await sayText('into the void')).kind, 'failed');
  });

  it('notices a frozen server, fails what waits, and comes back by itself', async () => {
    prosody.pause();
    const waiting = sayText('frozen');
    const failed = await waiting;
    assert.ok(failed.kind === 'failed' && failed.reason === 'link-down' && failed.retry.kind === 'later');
    assert.equal(running().health().kind === 'up', false);
    prosody.resume();
    await upAgain();
    assert.equal((await sayText('frozen')).kind, 'sent');
  });

  it('comes back after the server was killed', async () => {
    await prosody.kill();
    await sink.health.waitFor(({ kind }) => kind === 'down', 5000);
    await prosody.restart();
    await upAgain();
    assert.equal((await sayText('after the crash', 'crash')).kind, 'sent');
  });

  async function upAgain(): Promise<void> {
    for (let tries = 0; running().health().kind !== 'up'; tries += 1) {
      assert.ok(tries < 200, 'the link does not come back');
      await sleep(50);
    }
  }
});

function fileOf(bytes: Uint8Array, size: number | undefined): Media {
  return {
    ...{ kind: 'file', name: 'täst.bin', mimetype: 'application/octet-stream', size },
    ...{ width: undefined, height: undefined, duration: undefined },
    open: async () => ({
      kind: 'open',
      size,
      mimetype: undefined,
      stream: (async function* () {
        for (let at = 0; at < bytes.byteLength; at += 50_000) yield bytes.subarray(at, at + 50_000);
      })(),
    }),
  };
}

async function bytesOf(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
