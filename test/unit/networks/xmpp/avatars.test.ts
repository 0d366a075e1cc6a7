import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import xml, { type Element } from '@xmpp/xml';
import fc from 'fast-check';
import { matrixUserId } from '../../../../src/core/ids.ts';
import type { RemoteAvatar } from '../../../../src/core/network.ts';
import { failedForNow } from '../../../../src/core/outcome.ts';
import { pictureOf, readSmallFile } from '../../../../src/core/small-file.ts';
import { decodeBase64, parseMetadata } from '../../../../src/networks/xmpp/avatar-metadata.ts';
import { verification } from '../../../../src/networks/xmpp/caps.ts';
import type { Link } from '../../../../src/networks/xmpp/client.ts';
import type { Answer } from '../../../../src/networks/xmpp/iq.ts';
import { Persons } from '../../../../src/networks/xmpp/persons.ts';
import { askProfile } from '../../../../src/networks/xmpp/profile.ts';
import { square } from '../../../conformance/square.ts';

const ns = 'urn:xmpp:avatar:metadata';
const id = 'a'.repeat(40);
const info = (attributes: Record<string, string>): Element =>
  xml('info', { bytes: '10', type: 'image/png', id, ...attributes });
const metadata = (...infos: Element[]): Element => xml('metadata', ns, ...infos);
const signal = AbortSignal.timeout(10_000);

describe('the metadata of a picture', () => {
  it('name the picture in the data node, a PNG before others', () => {
    const png = { id, bytes: 10, type: 'image/png' };
    assert.deepEqual(parseMetadata(metadata(info({}))), png);
    const gif = info({ id: 'b'.repeat(40), type: 'image/gif' });
    assert.deepEqual(parseMetadata(metadata(gif, info({}))), png);
    assert.deepEqual(parseMetadata(metadata(gif)), { id: 'b'.repeat(40), bytes: 10, type: 'image/gif' });
    assert.deepEqual(parseMetadata(metadata(info({ id: id.toUpperCase() }))), png);
  });

  it('are none where the person has none, and unknown where they cannot be read', () => {
    assert.equal(parseMetadata(metadata()), 'none');
    for (const broken of [
      { id: '../../x' },
      { bytes: '-1' },
      { bytes: '1e9' },
      { type: 'text/html' },
      { url: 'http://127.0.0.1/a.png' },
    ]) {
      assert.equal(parseMetadata(metadata(info(broken))), undefined);
    }
  });

  it('are read without a fault, whatever they are', () => {
    const attributes = fc.dictionary(fc.constantFrom('id', 'bytes', 'type', 'url', 'width'), fc.string());
    fc.assert(
      fc.property(fc.array(attributes), (all) => {
        const read = parseMetadata(metadata(...all.map((one) => xml('info', { xmlns: ns, ...one }))));
        if (typeof read === 'object') assert.match(`${read.id} ${read.type}`, /^[0-9a-f]{40} image\//);
      }),
    );
  });

  it('base64 is decoded within its bounds, or not at all', () => {
    assert.deepEqual(decodeBase64(' aGVs\n bG8= ', 10), Buffer.from('hello'));
    for (const text of ['', '====', 'a b!', '<x/>', 'aGVsbG8gaGVsbG8gaGVsbG8='])
      assert.equal(decodeBase64(text, 10), undefined);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 100 }), (bytes) => {
        assert.deepEqual(decodeBase64(Buffer.from(bytes).toString('base64'), 100), Buffer.from(bytes));
      }),
    );
  });
});

describe('the picture of a person', () => {
  const bytes = square('a.png', 20, 1).bytes;
  const sha1 = createHash('sha1').update(bytes).digest('hex');
  const base64 = Buffer.from(bytes).toString('base64');
  const item = (node: string, payload: Element): Element =>
    xml('pubsub', 'http://jabber.org/protocol/pubsub', xml('items', { node }, xml('item', {}, payload)));
  type Answers = Partial<Record<'metadata' | 'data' | 'card', Element | string>>;
  const ask = async (answers: Answers): Promise<RemoteAvatar | 'none' | undefined> => {
    const link: Link = {
      deliver: async () => true,
      post: () => undefined,
      ask: async ({ child }): Promise<Answer> => {
        const node: unknown = child.getChild('items')?.attrs['node'];
        const what =
          child.name === 'vCard'
            ? 'card'
            : node === ns
              ? 'metadata'
              : node === 'urn:xmpp:avatar:data'
                ? 'data'
                : 'nick';
        const answer = what === 'nick' ? 'item-not-found' : answers[what];
        if (answer === undefined) return { kind: 'no-answer', why: 'timeout' };
        if (typeof answer === 'string') return { kind: 'error', condition: answer, stanza: xml('iq') };
        return { kind: 'result', stanza: xml('iq', {}, answer) };
      },
    };
    return (await askProfile(link, 'gate.test', 'bob@example.org')).avatar;
  };
  const data = (text: string): Element => item('data', xml('data', 'urn:xmpp:avatar:data', text));
  const card = (...children: Element[]): Element => xml('vCard', 'vcard-temp', ...children);
  const photo = (text: string): Element =>
    xml('PHOTO', {}, xml('TYPE', {}, 'image/png'), xml('BINVAL', {}, text));
  const load = async (answers: Answers): Promise<Uint8Array | string | undefined> => {
    const avatar = await ask(answers);
    if (avatar === undefined || avatar === 'none') return avatar;
    const file = await readSmallFile(avatar.media, 100_000, signal);
    return file.kind === 'file' ? file.bytes : file.reason;
  };

  it('is the published one, whose bytes have to have its name', async () => {
    const published = item('m', metadata(info({ id: sha1, bytes: String(bytes.byteLength) })));
    const avatar = await ask({ metadata: published });
    assert.ok(typeof avatar === 'object' && avatar.version === sha1);
    assert.deepEqual(await load({ metadata: published, data: data(base64) }), Buffer.from(bytes));
    const forged = item('m', metadata(info({})));
    assert.equal(await load({ metadata: forged, data: data(base64) }), 'media-type-mismatch');
    assert.equal(await load({ metadata: published, data: 'item-not-found' }), 'media-gone');
    assert.equal(await load({ metadata: published }), 'media-unavailable');
  });

  it('is that of the card where none is published', async () => {
    const avatar = await ask({ metadata: 'item-not-found', card: card(photo(base64)) });
    assert.ok(typeof avatar === 'object' && avatar.version === sha1);
    assert.deepEqual(await load({ metadata: 'forbidden', card: card(photo(base64)) }), Buffer.from(bytes));
  });

  it('is none only where it is known that there is none', async () => {
    assert.equal(await ask({ metadata: item('m', metadata()), card: card(photo(base64)) }), 'none');
    assert.equal(await ask({ metadata: 'item-not-found', card: card() }), 'none');
    assert.equal(await ask({ metadata: 'item-not-found', card: 'item-not-found' }), 'none');
    assert.equal(await ask({ metadata: 'forbidden', card: 'item-not-found' }), undefined);
    assert.equal(await ask({}), undefined);
    assert.equal(await ask({ metadata: 'item-not-found', card: card(photo('?')) }), undefined);
  });
});

describe('the picture of a Matrix user', () => {
  const alice = matrixUserId('@alice:hs.test');
  const bytes = square('a.png', 20, 1).bytes;
  const setUp = (open: RemoteAvatar['media']['open'] = pictureOf(bytes, 'image/png').open) => {
    let fetched = 0;
    const media = {
      ...pictureOf(bytes, 'image/png'),
      open: (abort: AbortSignal) => ((fetched += 1), open(abort)),
    };
    const persons = new Persons({
      displayName: async () => 'A\u0001lice\u202e',
      avatar: async () => ({ version: 'mxc://1', media }),
    });
    return { persons, fetched: () => fetched };
  };

  it('is fetched once, and the same in the card, the presence and the nodes', async () => {
    const { persons, fetched } = setUp();
    const base64 = Buffer.from(bytes).toString('base64');
    const sha1 = createHash('sha1').update(bytes).digest('hex');
    const card = await persons.vcard(alice);
    assert.equal(card.getChildText('FN'), 'Alice');
    assert.equal(card.getChild('PHOTO')?.getChildText('BINVAL'), base64);
    assert.equal((await persons.update(alice)).getChildText('photo'), sha1);
    const [described] = (await persons.items(alice, ns, [])) ?? [];
    const told = described?.getChild('metadata', ns);
    assert.ok(told !== undefined);
    assert.deepEqual(parseMetadata(told), { id: sha1, bytes: bytes.byteLength, type: 'image/png' });
    const [data] = (await persons.items(alice, 'urn:xmpp:avatar:data', [sha1])) ?? [];
    assert.equal(data?.getChildText('data'), base64);
    assert.deepEqual(await persons.items(alice, 'urn:xmpp:avatar:data', ['0'.repeat(40)]), []);
    assert.equal(await persons.items(alice, 'urn:xmpp:omemo:2:devices', []), undefined);
    assert.equal(fetched(), 1);
  });

  it('that is none is not shown, and one that is away is asked for again', async () => {
    const fake = setUp(pictureOf(Buffer.from('no picture'), 'image/png').open).persons;
    assert.equal((await fake.update(alice)).getChildText('photo'), '');
    const away = setUp(async () => failedForNow('link-down'));
    await away.persons.photo(alice);
    await away.persons.photo(alice);
    assert.equal(away.fetched(), 2);
  });
});

describe('capabilities', () => {
  it('have the name that the specification gives for its example', () => {
    const exodus = [{ category: 'client', type: 'pc', name: 'Exodus 0.9.1' }];
    const disco = 'http://jabber.org/protocol/disco#';
    const features = [
      `${disco}items`,
      'http://jabber.org/protocol/muc',
      'http://jabber.org/protocol/caps',
      `${disco}info`,
    ];
    assert.equal(verification(exodus, features), 'QgayPKawpkPSDYmwT/WM94uAlu0=');
  });
});
