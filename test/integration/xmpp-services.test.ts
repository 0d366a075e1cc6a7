import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import { xml } from '@xmpp/client';
import { matrixUserId, remoteUserId } from '../../src/core/ids.ts';
import type { Media } from '../../src/core/media.ts';
import { readSmallFile } from '../../src/core/small-file.ts';
import { square } from '../conformance/square.ts';
import { alice, aliceJid, conditionIn, domain, errorOf, XmppScene } from '../support/xmpp-scene.ts';
import { attribute, bodyOf, NS, type Stanza } from '../support/xmpp-stanzas.ts';

const signal = AbortSignal.timeout(120_000);

describe('what the XMPP network offers beside messages, on Prosody', { timeout: 120_000 }, () => {
  let scene: XmppScene;
  before(async () => {
    scene = await XmppScene.open('xmpp-services');
  });
  after(() => scene[Symbol.asyncDispose]());
  beforeEach(async () => {
    await scene.start();
    await scene.up();
  });

  it('answers for its addresses', async () => {
    const info = await scene.bob.request(
      'get',
      xml('query', 'http://jabber.org/protocol/disco#info'),
      aliceJid,
    );
    const features = info?.getChildren('feature').map((feature) => attribute(feature, 'var'));
    for (const carried of [NS.receipts, NS.chatStates, NS.markers, 'urn:xmpp:avatar:metadata+notify'])
      assert.ok(features?.includes(carried), carried);
    const gateway = await scene.bob.request(
      'get',
      xml('query', 'http://jabber.org/protocol/disco#info'),
      domain,
    );
    assert.equal(attribute(gateway?.getChild('identity') ?? xml('none'), 'category'), 'gateway');
    const card = await scene.bob.request('get', xml('vCard', 'vcard-temp'), aliceJid);
    assert.equal(card?.getChildText('FN'), 'The name of @alice:hs.test');
    await scene.bob.request('get', xml('ping', 'urn:xmpp:ping'), aliceJid);
    const version = await scene.bob.request('get', xml('query', 'jabber:iq:version'), domain);
    assert.equal(version?.getChildText('name'), 'Causeway');
    await assert.rejects(
      scene.bob.request('get', xml('query', 'urn:nothing'), aliceJid),
      /service-unavailable/,
    );
    scene.sink.who = () => 'no-such-user';
    await assert.rejects(
      scene.bob.request('get', xml('vCard', 'vcard-temp'), `nobody@${domain}`),
      /item-not-found/,
    );
  });

  it('answers subscriptions and probes', async () => {
    // Only who has asked for the roster hears of subscriptions.
    await scene.bob.request('get', xml('query', 'jabber:iq:roster'));
    await scene.bob.send(xml('presence', { type: 'subscribe', to: aliceJid }));
    const presence = (type: string | undefined) => (stanza: Stanza) =>
      stanza.is('presence') &&
      attribute(stanza, 'from')?.startsWith(aliceJid) === true &&
      attribute(stanza, 'type') === type;
    await scene.bob.waitFor(presence('subscribed'));
    await scene.bob.waitFor(presence(undefined));
    scene.sink.who = () => 'no-such-user';
    await scene.bob.send(xml('presence', { type: 'subscribe', to: `ghost@${domain}` }));
    await scene.bob.waitFor(
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
    await scene.bob.request('set', xml('pubsub', 'http://jabber.org/protocol/pubsub', publish, options));
    const found = await scene.network.directory.find(' xmpp:BOB@Xmpp.Localhost ');
    assert.deepEqual(found, { userId: scene.bob.jid, chat: scene.bob.jid, name: 'Bobby', avatar: 'none' });
    const own = await scene.network.directory.find(aliceJid);
    assert.ok('kind' in own && own.reason === 'forbidden');
    const none = await scene.network.directory.find('not an address');
    assert.ok('kind' in none && none.reason === 'no-such-user');
  });

  it('finds the picture of a card, and hears that there is another', async () => {
    const bytes = square('face.png', 48, 120).bytes;
    const base64 = Buffer.from(bytes).toString('base64');
    const photo = xml('PHOTO', {}, xml('TYPE', {}, 'image/png'), xml('BINVAL', {}, base64));
    await scene.bob.request('set', xml('vCard', { xmlns: 'vcard-temp' }, xml('FN', {}, 'Bob'), photo));
    const found = await scene.network.directory.profile(remoteUserId(scene.bob.jid));
    assert.ok(!('kind' in found) && typeof found.avatar === 'object', JSON.stringify(found));
    assert.equal(found.avatar.version, createHash('sha1').update(bytes).digest('hex'));
    const file = await readSmallFile(found.avatar.media, 10_000, signal);
    assert.ok(file.kind === 'file' && Buffer.from(bytes).equals(file.bytes));
    // Directed presence, with the digest that the server puts in for the client.
    await scene.bob.send(xml('presence', { to: aliceJid }));
    const { signals, changed } = scene.sink;
    await signals.waitFor(({ event }) => event.kind === 'presence' && event.presence === 'online', 5_000);
    assert.deepEqual(changed, [scene.bob.jid]);
  });

  it('sends a code to an address and links it by the code', async () => {
    const { logins } = scene.network;
    assert.ok(logins);
    const step = await logins.begin(alice, scene.bob.jid);
    assert.ok(step.kind === 'ask');
    const message = await scene.bob.waitFor((stanza) => attribute(stanza, 'from') === domain);
    const code = bodyOf(message)?.split(' ')[1] ?? '';
    assert.ok(!step.state.includes(code));
    assert.equal((await logins.answer(alice, step.state, '000')).kind, 'failed');
    assert.deepEqual(await logins.answer(alice, step.state, ` ${code.slice(0, 4)} ${code.slice(4)}`), {
      kind: 'done',
      remote: scene.bob.jid,
    });
    const odd = await logins.begin(matrixUserId('@odd\u0001name:hs.test'), scene.bob.jid);
    assert.equal(odd.kind, 'ask', 'what XML cannot carry cuts the link off');
    const nobody = await logins.begin(alice, `nobody@${scene.prosody.domain}`);
    assert.ok(nobody.kind === 'failed' && nobody.reason === 'no-such-user');
    const id = await scene.bob.sendText(domain, 'hi bridge');
    assert.deepEqual(conditionIn(await scene.bob.waitFor(errorOf(id))), ['service-unavailable', 'text']);
  });

  it('uploads what Matrix users send and fetches what XMPP users share', async () => {
    const bytes = randomBytes(300_000);
    for (const size of [bytes.byteLength, undefined]) {
      const media = fileOf(bytes, size);
      const handled = await scene.say({ kind: 'media', media, caption: undefined }, `file-${size}`);
      assert.ok(handled.kind === 'sent', JSON.stringify(handled));
      const [id] = handled.messageIds;
      const message = await scene.bob.waitFor((stanza) => attribute(stanza, 'id') === id);
      const url = message.getChild('x', NS.oob)?.getChildText('url') ?? '';
      assert.equal(bodyOf(message), url);
      const got = await fetch(url);
      assert.deepEqual(Buffer.from(await got.arrayBuffer()), bytes);
    }
    const address = await scene.bob.upload(scene.prosody.uploadDomain, {
      name: 'a.png',
      type: 'image/png',
      bytes,
    });
    await scene.bob.sendFile(aliceJid, address);
    const opened = scene.network.open(
      await scene.sink.arrivals.waitFor(({ raw }) => raw.includes('jabber:x:oob'), 5000),
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
    const open = (): never => assert.fail('was fetched');
    const media = { ...fileOf(randomBytes(10), 200 * 1024 * 1024), open };
    const handled = await scene.say({ kind: 'media', media, caption: undefined }, 'huge');
    assert.ok(handled.kind === 'failed' && handled.reason === 'too-large');
  });
});

function fileOf(bytes: Uint8Array, size: number | undefined): Media {
  return {
    ...{ kind: 'file', name: 'täst.bin', mimetype: 'application/octet-stream', size },
    ...{ width: undefined, height: undefined, duration: undefined },
    ...{ waveform: undefined, blurhash: undefined, thumbnail: undefined },
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
