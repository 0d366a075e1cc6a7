import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import xml, { type Element } from '@xmpp/xml';
import type { Content, MessageEvent, Unresolved } from '../../../../src/core/event.ts';
import { MediaError, type Media } from '../../../../src/core/media.ts';
import { openStanza } from '../../../../src/networks/xmpp/from-remote.ts';
import { namespaces } from '../../../../src/networks/xmpp/namespaces.ts';
import { mostFiles, sharedFiles } from '../../../../src/networks/xmpp/files.ts';
import { readContent, type OpenContext } from '../../../../src/networks/xmpp/remote-content.ts';
import {
  arrivalOf,
  chatMessage,
  openContext,
  outOfBand,
  rosterItems,
  sharing,
  thumbnailAt,
  unfetched,
} from '../../../support/stanzas.ts';

const png =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const blurhash = 'LEHV6nWB2yk8pyo0adR*.7kCMdnj';
const file = 'https://files.example.org/1/summit.jpg';

function messageIn(stanza: Element): MessageEvent<Unresolved> {
  const opened = openStanza(arrivalOf(stanza), 'cause', openContext);
  assert.ok(opened.kind === 'event' && opened.event.kind === 'message', JSON.stringify(opened));
  return opened.event;
}
const contentIn = (stanza: Element): Content => messageIn(stanza).content;

function mediaIn(stanza: Element): Media {
  const content = contentIn(stanza);
  assert.ok(content.kind === 'media', content.kind);
  return content.media;
}

async function bytesOf(media: Pick<Media, 'open'>): Promise<Buffer> {
  const opened = await media.open(AbortSignal.timeout(1000));
  assert.ok(opened.kind === 'open');
  const chunks: Uint8Array[] = [];
  for await (const chunk of opened.stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe('files with what is said of them', () => {
  it('have a duration and dimensions in either form, where they make sense', () => {
    const facts = (said: Readonly<Record<string, string>>): unknown => {
      const { kind, width, height, duration } = mediaIn(chatMessage(file, sharing(file, said)));
      return [kind, width, height, duration];
    };
    assert.deepEqual(facts({ 'media-type': 'video/mp4', width: '640', height: '480', length: '63000' }), [
      'video',
      640,
      480,
      63_000,
    ]);
    assert.deepEqual(facts({ 'media-type': 'image/png', dimensions: '512x384' }), [
      'image',
      512,
      384,
      undefined,
    ]);
    for (const absurd of ['-5', '1e9', '9'.repeat(15), 'NaN', ''])
      assert.deepEqual(facts({ width: absurd, height: absurd, length: absurd, dimensions: `${absurd}x1` }), [
        'image',
        undefined,
        undefined,
        undefined,
      ]);
  });

  it('have a thumbnail from the web, from the stanza, or from a data URI', async () => {
    const web = mediaIn(
      chatMessage(
        file,
        sharing(file, {}, thumbnailAt(`${file}.png`, 'image/png', { width: '128', height: '96' })),
      ),
    );
    const { mimetype, width, height, size } = web.thumbnail ?? {};
    assert.deepEqual([mimetype, width, height, size], ['image/png', 128, 96, undefined]);
    const inline = mediaIn(
      chatMessage(file, sharing(file, {}, thumbnailAt(`data:image/png;base64,${png}`, 'image/png'))),
    );
    assert.ok(inline.thumbnail);
    assert.deepEqual(await bytesOf(inline.thumbnail), Buffer.from(png, 'base64'));
    const cid = 'sha1+ffd7c8d28e9c5e82afea41f97108c6b4@bob.xmpp.org';
    const bits = xml('data', { xmlns: namespaces.bits, cid, type: 'image/png' }, png);
    const inStanza = mediaIn(
      chatMessage(file, sharing(file, {}, thumbnailAt(`cid:${cid}`, 'image/png')), bits),
    );
    assert.ok(inStanza.thumbnail);
    assert.deepEqual(await bytesOf(inStanza.thumbnail), Buffer.from(png, 'base64'));
  });

  it('have no thumbnail that is no small picture, whatever its server says, and let go of it', async () => {
    for (const said of [undefined, 10_000_000]) {
      let ended = false;
      async function* endless(): AsyncGenerator<Uint8Array, void, undefined> {
        try {
          for (;;) yield Buffer.alloc(100_000);
        } finally {
          ended = true;
        }
      }
      const context: OpenContext = {
        ...openContext,
        media: (source) => ({
          ...unfetched(source),
          open: async () => ({ kind: 'open', stream: endless(), size: said, mimetype: 'image/png' }),
        }),
      };
      const stanza = chatMessage(file, sharing(file, {}, thumbnailAt(`${file}.png`, 'image/png')));
      const content = readContent(stanza, context);
      assert.ok(typeof content === 'object' && content.kind === 'media' && content.media.thumbnail);
      const { thumbnail } = content.media;
      if (said === undefined) await assert.rejects(bytesOf(thumbnail), MediaError);
      else assert.equal((await thumbnail.open(AbortSignal.timeout(1000))).kind, 'failed');
      assert.ok(ended);
    }
  });

  it('have no thumbnail that lies about its type, is too large, or lies nowhere', () => {
    const cases = [
      thumbnailAt(`data:image/jpeg;base64,${png}`, 'image/jpeg'),
      thumbnailAt(`data:image/svg+xml;base64,${png}`, 'image/svg+xml'),
      thumbnailAt(`data:image/png;base64,${png.replaceAll('=', '')}${'A'.repeat(200_000)}`, 'image/png'),
      thumbnailAt('data:image/png;base64,###', 'image/png'),
      thumbnailAt('cid:nowhere', 'image/png'),
      thumbnailAt('file:///etc/passwd', 'image/png'),
      thumbnailAt(`${file}.html`, 'text/html'),
    ];
    for (const thumbnail of cases)
      assert.equal(
        mediaIn(chatMessage(file, sharing(file, {}, thumbnail))).thumbnail,
        undefined,
        String(thumbnail),
      );
  });

  it('have a blurhash, escaped or not, of the length that it says', () => {
    const blurred = (uri: string): unknown =>
      mediaIn(chatMessage(file, sharing(file, {}, thumbnailAt(uri, 'image/blurhash')))).blurhash;
    assert.equal(blurred(`data:image/blurhash,${blurhash}`), blurhash);
    assert.equal(
      blurred(`data:image/blurhash,${encodeURIComponent('LEHV6nWB2yk8%yo0adR*.7kCMdnj')}`),
      'LEHV6nWB2yk8%yo0adR*.7kCMdnj',
    );
    for (const broken of [`${blurhash}x`, '', 'L', 'zzzzzz', `${blurhash.slice(1)} `])
      assert.equal(blurred(`data:image/blurhash,${broken}`), undefined, broken);
  });

  it('are read where they are shared as XEP-0385 has it', () => {
    const shared = xml(
      'reference',
      { xmlns: namespaces.reference, type: 'data' },
      xml(
        'media-sharing',
        { xmlns: namespaces.mediaSharing },
        xml(
          'file',
          { xmlns: namespaces.jingleFile },
          xml('media-type', {}, 'audio/ogg'),
          xml('name', {}, 'a.ogg'),
        ),
        xml('sources', {}, xml('reference', { xmlns: namespaces.reference, type: 'data', uri: file })),
      ),
    );
    const { kind, name } = mediaIn(chatMessage(file, shared, outOfBand(file)));
    assert.deepEqual([kind, name], ['audio', 'a.ogg']);
  });

  it('are a gallery where there are several, each once, with one caption', () => {
    const other = 'https://files.example.org/2/b.png';
    const content = contentIn(
      chatMessage('Look!', sharing(file, {}), sharing(other, {}), sharing(file, { name: 'again.jpg' })),
    );
    assert.ok(content.kind === 'gallery');
    assert.deepEqual(
      content.items.map(({ name }) => name),
      ['summit.jpg', 'b.png'],
    );
    assert.equal(content.caption?.plain, 'Look!');
    const bare = contentIn(chatMessage(`${file}\n${other}`, outOfBand(file), outOfBand(other)));
    assert.ok(bare.kind === 'gallery' && bare.caption === undefined);
    const links = contentIn(chatMessage('two links', outOfBand(file), outOfBand(other)));
    assert.ok(links.kind === 'text');
    assert.equal(links.text.plain, `two links\n${file}\n${other}`);
  });

  it('are refused where there are too many', () => {
    const many = Array.from({ length: mostFiles + 1 }, (_, at) => outOfBand(`${file}?${at}`));
    assert.deepEqual(openStanza(arrivalOf(chatMessage(undefined, ...many)), 'c', openContext), {
      kind: 'unsupported',
      reason: 'too-large',
    });
  });

  it('are not all looked at where there are too many: each could bring out the same large picture again', () => {
    const bits = xml('data', { xmlns: namespaces.bits, cid: 'a', type: 'image/png' }, png);
    const shared = Array.from({ length: 900 }, (_, at) =>
      sharing(`${file}?${at}`, {}, thumbnailAt('cid:a', 'image/png')),
    );
    const stanza = chatMessage(undefined, bits, ...shared);
    assert.equal(sharedFiles(stanza)?.files.length, mostFiles + 1);
    assert.equal(readContent(stanza, openContext), 'too-many');
  });

  it('are stickers where they are marked as such, called by what they stand for', () => {
    const sticker = xml('sticker', { xmlns: namespaces.stickers, pack: 'EpRv28DHHzFrE4zd+xaNpVb4' });
    const content = contentIn(chatMessage('😘', sticker, sharing(file, { desc: '😘' })));
    assert.ok(content.kind === 'media');
    assert.deepEqual([content.media.kind, content.media.name, content.caption], ['sticker', '😘', undefined]);
    assert.equal(mediaIn(chatMessage(file, sticker, sharing(file, {}))).name, 'summit.jpg');
    assert.equal(mediaIn(chatMessage('../\u202Ea b', sticker, sharing(file, {}))).name, 'a b');
  });
});

describe('contacts', () => {
  it('are a card made of the people whom somebody recommends', async () => {
    const content = contentIn(
      chatMessage(
        'Two friends',
        rosterItems(
          { jid: 'Carol@Example.org/x', name: 'Carol, the 1st; of \\ all\nEND:VCARD' },
          { jid: 'dan@example.org', action: 'modify' },
          { jid: 'eve@example.org', action: 'delete' },
          { jid: 'no address' },
        ),
      ),
    );
    assert.ok(content.kind === 'media');
    assert.deepEqual([content.media.kind, content.media.mimetype], ['contact', 'text/vcard']);
    assert.equal(content.caption?.plain, 'Two friends');
    assert.equal(
      (await bytesOf(content.media)).toString(),
      'BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Carol\\, the 1st\\; of \\\\ allEND:VCARD\r\nIMPP:xmpp:carol@example.org\r\nEND:VCARD\r\n' +
        'BEGIN:VCARD\r\nVERSION:4.0\r\nFN:dan@example.org\r\nIMPP:xmpp:dan@example.org\r\nEND:VCARD\r\n',
    );
  });

  it('have lines that readers of cards take, however long the name', async () => {
    const media = mediaIn(
      chatMessage(undefined, rosterItems({ jid: 'c@example.org', name: 'ä👍'.repeat(100) })),
    );
    const text = (await bytesOf(media)).toString();
    for (const line of text.split('\r\n')) assert.ok(Buffer.byteLength(line) <= 75, line);
    assert.match(text.replaceAll('\r\n ', ''), /FN:(?:ä👍){100}\r\n/u);
  });

  it('are a card that is shared as a file', () => {
    const card = 'https://files.example.org/1/carol.vcf';
    assert.equal(mediaIn(chatMessage(card, outOfBand(card))).kind, 'contact');
    assert.equal(mediaIn(chatMessage(file, sharing(file, { 'media-type': 'text/x-vcard' }))).kind, 'contact');
  });

  it('are nothing where nobody is recommended', () => {
    const opened = openStanza(arrivalOf(chatMessage(undefined, rosterItems({ jid: '@' }))), 'c', openContext);
    assert.deepEqual(opened, { kind: 'unsupported', reason: 'not-carried' });
    const told = contentIn(chatMessage('bye', rosterItems({ jid: 'e@example.org', action: 'delete' })));
    assert.ok(told.kind === 'text');
  });
});
