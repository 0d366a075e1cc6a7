import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Element } from '@xmpp/xml';
import fc from 'fast-check';
import { noMentions, type Content, type Mentions, type Place } from '../../../../src/core/event.ts';
import { matrixUserId, remoteUserId } from '../../../../src/core/ids.ts';
import type { Media } from '../../../../src/core/media.ts';
import { maxParts, maxStanzaBytes, maxTextBytes } from '../../../../src/networks/xmpp/capabilities.ts';
import { attachedWhereLong } from '../../../../src/networks/xmpp/content-parts.ts';
import { namespaces } from '../../../../src/networks/xmpp/namespaces.ts';
import { attribute, ownText } from '../../../../src/networks/xmpp/stanza.ts';
import { isBlurhash } from '../../../../src/networks/xmpp/thumbnails.ts';
import { renderEdit, renderMessage } from '../../../../src/networks/xmpp/to-remote.ts';
import { unfetched } from '../../../support/stanzas.ts';
import {
  child,
  context,
  envelope,
  messageOf,
  reread,
  rereadText,
  targetOf,
  textMessage,
  texts,
  url,
  withFiles,
} from '../../../support/written-stanzas.ts';

const bare = unfetched({ url: '', name: 'cat.png', mimetype: 'image/png', size: 5 });
const idsOf = (stanzas: readonly Element[]): unknown => stanzas.map((stanza) => attribute(stanza, 'id'));
const bodies = (stanzas: readonly Element[]): readonly string[] =>
  stanzas.map((stanza) => ownText(stanza, 'body') ?? '');
const written = (content: Content, ...files: readonly Media[]): readonly Element[] =>
  renderMessage(messageOf(content), withFiles(...files));

describe('files as stanzas', () => {
  it('carry their duration, digest, thumbnail and blurhash', () => {
    const voice: Media = {
      ...bare,
      ...{ kind: 'voice', name: 'voice.m4a', mimetype: 'audio/mp4', duration: 3210.4 },
      blurhash: 'LEHV6nWB2yk8pyo0adR*.7kCMdnj',
      thumbnail: { mimetype: 'image/png', size: 3, width: 32, height: 24, open: bare.open },
    };
    const [stanza, ...more] = written({ kind: 'media', media: voice, caption: undefined }, voice);
    assert.deepEqual(more, []);
    const file = child(
      child(stanza, 'file-sharing', namespaces.fileSharing),
      'file',
      namespaces.fileMetadata,
    );
    assert.equal(file?.getChildText('length'), '3210');
    assert.equal(child(file, 'hash', namespaces.hashes)?.getText(), 'AAAA');
    const read = reread(stanza);
    assert.ok(read.kind === 'message' && read.content.kind === 'media');
    const { kind, blurhash, thumbnail, duration } = read.content.media;
    assert.deepEqual([kind, blurhash, duration], ['audio', voice.blurhash, 3210]);
    assert.deepEqual([thumbnail?.mimetype, thumbnail?.width, thumbnail?.height], ['image/png', 32, 24]);
  });

  it('are shown at once, or offered, by what they are', () => {
    const disposition = (kind: Media['kind']): unknown => {
      const media = { ...bare, kind };
      const sharing = child(
        written({ kind: 'media', media, caption: undefined }, media)[0],
        'file-sharing',
        namespaces.fileSharing,
      );
      return sharing && attribute(sharing, 'disposition');
    };
    for (const kind of ['image', 'video', 'audio', 'voice', 'sticker'] as const)
      assert.equal(disposition(kind), 'inline', kind);
    assert.deepEqual([disposition('file'), disposition('contact')], ['attachment', 'attachment']);
  });

  it('are stickers for those who know them and pictures for the others', () => {
    const sticker: Media = { ...bare, kind: 'sticker', name: 'Sad cat' };
    const [stanza] = written({ kind: 'media', media: sticker, caption: undefined }, sticker);
    assert.equal(bodies(stanza === undefined ? [] : [stanza])[0], url);
    const read = reread(stanza);
    assert.ok(read.kind === 'message' && read.content.kind === 'media');
    assert.deepEqual([read.content.media.kind, read.content.media.name], ['sticker', 'Sad cat']);
    const mark = child(stanza, 'sticker', namespaces.stickers);
    assert.notEqual(mark && attribute(mark, 'pack'), undefined);
  });

  it('of a gallery are one stanza each, then their caption; an edit changes the caption alone', () => {
    const content: Content = {
      kind: 'gallery',
      items: [bare, bare, bare],
      caption: { plain: 'three', html: undefined },
    };
    const stanzas = renderMessage(
      messageOf(content, { replyTo: targetOf('m0') }),
      withFiles(bare, bare, bare),
    );
    assert.deepEqual(idsOf(stanzas), ['cw-1', 'cw-1-2', 'cw-1-3', 'cw-1-4']);
    assert.deepEqual(bodies(stanzas), [url, `${url}?1`, `${url}?2`, 'three']);
    assert.deepEqual(
      stanzas.map((stanza) => child(stanza, 'reply', namespaces.reply) !== undefined),
      [true, false, false, false],
    );
    const target = targetOf('m0', 'm0-2', 'm0-3', 'm0-4');
    const edit = { ...envelope, kind: 'edit', target, content, mentions: noMentions } as const;
    const [edited, ...others] = renderEdit(edit, context, texts);
    assert.deepEqual([others, edited && attribute(edited, 'id')], [[], 'cw-1-4']);
    const read = reread(edited);
    assert.deepEqual('target' in read && read.target, { in: 'remote', messageId: 'm0-4' });
  });
});

describe('places and polls as stanzas', () => {
  it('tells a place as a link and as a payload, and keeps what is said of it', () => {
    const coordinate = (most: number): fc.Arbitrary<number> =>
      fc.integer({ min: -most * 1e6, max: most * 1e6 }).map((value) => value / 1e6);
    const anyPlace: fc.Arbitrary<Place> = fc.record({
      latitude: coordinate(90),
      longitude: coordinate(180),
      accuracy: fc.option(fc.nat({ max: 1_000_000 }), { nil: undefined }),
      description: fc.option(fc.stringMatching(/^[a-zä👍]{1,20}$/u), { nil: undefined }),
    });
    fc.assert(
      fc.property(anyPlace, (place) => {
        const [stanza, said] = written({ kind: 'location', place });
        assert.match(
          bodies(stanza === undefined ? [] : [stanza])[0] ?? '',
          /^geo:-?[\d.]+,-?[\d.]+(?:;u=\d+)?$/,
        );
        const read = reread(stanza);
        assert.ok(read.kind === 'message' && read.content.kind === 'location', String(stanza));
        assert.deepEqual(read.content.place, {
          ...place,
          latitude: place.latitude + 0,
          longitude: place.longitude + 0,
        });
        assert.equal(said && rereadText(said).plain, place.description);
      }),
      { numRuns: 1000 },
    );
  });

  it('writes a poll in words', () => {
    const poll = { question: 'Tea?', answers: [{ id: 'a', text: 'yes' }], maxSelections: 1, disclosed: true };
    assert.equal(rereadText(written({ kind: 'poll', poll })[0]).plain, 'poll: Tea?');
  });
});

describe('texts as stanzas', () => {
  it('hides a message that is a spoiler from end to end, and marks what is hidden in another', () => {
    const of = (html: string): Element | undefined =>
      renderMessage(textMessage({ plain: 'x', html }), context)[0];
    const whole = of('<p><span data-mx-spoiler="the end">They <b>die</b></span></p>');
    assert.equal(child(whole, 'spoiler', namespaces.spoiler)?.getText(), 'the end');
    assert.equal(bodies(whole === undefined ? [] : [whole])[0], 'They *die*');
    assert.equal(rereadText(whole).html, '<span data-mx-spoiler="the end">They <strong>die</strong></span>');
    const plain = of('<span data-mx-spoiler>all of it</span>');
    assert.equal(bodies(plain === undefined ? [] : [plain])[0], 'all of it');
    const part = of('So <span data-mx-spoiler>they die</span> and <span data-mx-spoiler="end">live</span>');
    assert.equal(child(part, 'spoiler', namespaces.spoiler), undefined);
    assert.equal(rereadText(part).plain, 'So ||they die|| and (end) ||live||');
    const first = of('<span data-mx-spoiler>They die</span>, it is sad');
    assert.equal(child(first, 'spoiler', namespaces.spoiler), undefined);
    assert.equal(rereadText(first).plain, '||They die||, it is sad');
  });

  it('names the language of code', () => {
    const html = '<pre><code class="language-rust">let *x* = 1;\n</code></pre>';
    const [stanza] = renderMessage(textMessage({ plain: 'let *x* = 1;', html }), context);
    assert.equal(bodies(stanza === undefined ? [] : [stanza])[0], '```rust\nlet *x* = 1;\n```');
  });

  it('puts every message of a thread into it, and answers its beginning for those who know no threads', () => {
    const thread = targetOf('root', 'root-2');
    const [stanza] = renderMessage({ ...textMessage({ plain: 'a', html: undefined }), thread }, context);
    assert.equal(stanza && ownText(stanza, 'thread'), 'root');
    const read = reread(stanza);
    assert.ok(read.kind === 'message');
    assert.deepEqual(read.replyTo, { in: 'remote', messageId: 'root' });
    const [answer] = renderMessage(
      {
        ...textMessage({ plain: 'a', html: undefined }),
        thread,
        replyTo: { ...targetOf('m1', 'm1-2'), part: 1 },
      },
      context,
    );
    const replied = reread(answer);
    assert.ok(replied.kind === 'message');
    assert.deepEqual(replied.replyTo, { in: 'remote', messageId: 'm1-2' });
  });

  it('asks for no receipts in rooms', () => {
    const [stanza] = renderMessage(textMessage({ plain: 'a', html: undefined }), {
      ...context,
      type: 'groupchat',
    });
    assert.equal(stanza && attribute(stanza, 'type'), 'groupchat');
    assert.equal(child(stanza, 'request', namespaces.receipts), undefined);
  });

  it('says where it names those whom it calls, in code points', () => {
    const dan = remoteUserId('room@conference.example.org/Dan');
    const mentions: Mentions = {
      users: [
        { in: 'matrix', userId: matrixUserId('@carol:example.org') },
        { in: 'remote', userId: remoteUserId('bob@example.org') },
        { in: 'remote', userId: dan },
        { in: 'matrix', userId: matrixUserId('@nobody:example.org') },
      ],
      room: false,
    };
    const html = '👍 <a href="https://matrix.to/#/@carol:example.org">Carol C.</a>, bobcat, bob and Dan';
    const [stanza] = renderMessage(
      messageOf({ kind: 'text', style: 'normal', text: { plain: 'x', html } }, { mentions }),
      context,
    );
    const body = Array.from(stanza === undefined ? '' : (ownText(stanza, 'body') ?? ''));
    const references = stanza?.getChildren('reference', namespaces.reference) ?? [];
    assert.deepEqual(
      references.map((reference) => [
        attribute(reference, 'uri'),
        attribute(reference, 'begin') === undefined
          ? undefined
          : body.slice(Number(attribute(reference, 'begin')), Number(attribute(reference, 'end'))).join(''),
      ]),
      [
        ['xmpp:carol@bridge.example.org', 'Carol C.'],
        ['xmpp:bob@example.org', 'bob'],
        ['xmpp:room@conference.example.org/Dan', 'Dan'],
        ['xmpp:nobody@bridge.example.org', undefined],
      ],
    );
    assert.ok(body.join('').includes('bobcat, bob'));
    assert.equal(
      attribute(references[1] ?? assert.fail(), 'begin'),
      String(body.join('').indexOf('bob and') - 1),
    );
  });

  it('of any length fit into stanzas, in order and whole, or become a file', () => {
    const text = fc
      .tuple(fc.constantFrom('a', '&', '<b>"', '👩‍👩‍👧', 'ä \n', 'word '), fc.integer({ min: 1, max: 90_000 }))
      .map(([unit, bytes]) => unit.repeat(Math.ceil(bytes / Buffer.byteLength(unit))));
    fc.assert(
      fc.property(text, (plain) => {
        const content = attachedWhereLong({
          kind: 'text',
          style: 'normal',
          text: { plain, html: undefined },
        });
        if (Buffer.byteLength(plain) > maxTextBytes * maxParts) {
          assert.ok(content.kind === 'media' && content.media.kind === 'file');
          assert.equal(content.media.size, Buffer.byteLength(plain));
          return;
        }
        if (content.kind !== 'text') return;
        const stanzas = written(content);
        assert.ok(stanzas.length <= maxParts);
        assert.equal(bodies(stanzas).join(''), plain);
        for (const stanza of stanzas) assert.ok(Buffer.byteLength(String(stanza)) < maxStanzaBytes);
      }),
      { numRuns: 200 },
    );
  });

  it('lose their formatting before they are cut', () => {
    const plain = 'word '.repeat(3000);
    const html = `<b>${'&amp; '.repeat(15_000)}</b>`;
    const [stanza, ...more] = written({ kind: 'text', style: 'normal', text: { plain, html } });
    assert.deepEqual(more, []);
    assert.equal(rereadText(stanza).plain, plain);
  });
});

describe('blurhashes', () => {
  it('are known by their length and characters', () => {
    assert.ok(isBlurhash('LEHV6nWB2yk8pyo0adR*.7kCMdnj'));
    assert.ok(isBlurhash('00TI:j'));
    for (const none of ['', 'LEHV6', 'LEHV6nWB2yk8pyo0adR*.7kCMdnj ', 'LEHV6nWB2yk8pyo0adR*.7kCMdn"'])
      assert.ok(!isBlurhash(none), none);
  });
});
