import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import xml, { type Element } from '@xmpp/xml';
import type { UnresolvedEvent } from '../../../../src/core/event.ts';
import type { OpenedArrival } from '../../../../src/core/network.ts';
import { openStanza } from '../../../../src/networks/xmpp/from-remote.ts';
import { namespaces } from '../../../../src/networks/xmpp/namespaces.ts';
import {
  arrivalOf,
  chatMessage,
  correctionOf,
  fallbackFor,
  message,
  openContext,
  outOfBand,
  reactionsTo,
  receiptFor,
  replyTo,
  retractionOf,
  xhtmlIm,
} from '../../../support/stanzas.ts';

const open = (stanza: Element | string): OpenedArrival => openStanza(arrivalOf(stanza), 'cause', openContext);

function eventOf(stanza: Element | string): UnresolvedEvent {
  const opened = open(stanza);
  assert.equal(opened.kind, 'event', JSON.stringify(opened));
  return (opened as { event: UnresolvedEvent }).event;
}

function textIn(stanza: Element | string): { style: string; plain: string; html: string | undefined } {
  const event = eventOf(stanza);
  assert.ok(event.kind === 'message' || event.kind === 'edit');
  assert.equal(event.content.kind, 'text');
  return { style: event.content.style, ...event.content.text };
}

function withHtml(body: string, inner: string, ...payloads: readonly Element[]): string {
  return chatMessage(body, ...payloads)
    .toString()
    .replace('</message>', `${xhtmlIm(inner)}</message>`);
}

const remote = (messageId: string): unknown => ({ in: 'remote', messageId });

describe('a stanza as an event', () => {
  it('is a message with its sender, time and own name', () => {
    assert.deepEqual(eventOf(chatMessage('hello')), {
      kind: 'message',
      cause: 'cause',
      sender: { in: 'remote', userId: 'bob@example.org' },
      at: 1_700_000_000_000,
      name: remote('m1'),
      content: { kind: 'text', style: 'normal', text: { plain: 'hello', html: undefined } },
      mentions: { users: [], room: false },
      replyTo: undefined,
      thread: undefined,
    });
  });

  it('is named by its id, and by its origin-id where it has none', () => {
    const origin = xml('origin-id', { xmlns: namespaces.stanzaId, id: 'o1' });
    assert.deepEqual(eventOf(message({}, xml('body', {}, 'a'), origin)).name, remote('m1'));
    assert.deepEqual(eventOf(message({ id: '' }, xml('body', {}, 'a'), origin)).name, remote('o1'));
    assert.equal(eventOf(message({ id: '' }, xml('body', {}, 'a'))).name, undefined);
  });

  it('reads styling, unless the sender says that there is none', () => {
    assert.equal(textIn(chatMessage('*a*')).html, '<strong>a</strong>');
    assert.equal(textIn(chatMessage('*a*', xml('unstyled', { xmlns: namespaces.styling }))).html, undefined);
  });

  it('prefers the formatted body, and keeps of it only what is safe', () => {
    const inner =
      '<p>a <strong>b</strong> <span style="font-style: italic; text-decoration: line-through">c</span></p>' +
      '<script>alert(1)</script><a href="javascript:x">d</a><a href="https://e.org/">e</a><p/>f<img src="https://e.org/x" alt="g"/>';
    assert.equal(
      textIn(withHtml('a *b* c d e', inner)).html,
      '<p>a <strong>b</strong> <em><del>c</del></em></p><a>d</a><a href="https://e.org/">e</a><p></p>fg',
    );
    assert.equal(textIn(withHtml('*a*', '<p> </p>')).html, '<strong>a</strong>');
    assert.equal(textIn(withHtml('a', '<p>a</p>')).html, undefined);
  });

  it('is an action where the body starts with the command (XEP-0245)', () => {
    assert.deepEqual(textIn(chatMessage('/me shrugs in disgust')), {
      style: 'emote',
      plain: 'shrugs in disgust',
      html: undefined,
    });
    assert.equal(textIn(withHtml('/me waves', '<p>/me <em>waves</em></p>')).html, '<p><em>waves</em></p>');
    for (const body of ["/me's disgusted", '/meshrugs', ' /me shrugs', '"/me shrugs"'])
      assert.equal(textIn(chatMessage(body)).style, 'normal', body);
  });

  it('is a reply without the quotation that stands in for it, counted in code points', () => {
    const quotation = '> 👩‍👧 wrote:\n> 👍\n';
    const range = [0, Array.from(quotation).length] as const;
    const event = eventOf(
      chatMessage(`${quotation}Great`, replyTo('m0'), fallbackFor(namespaces.reply, range)),
    );
    assert.ok(event.kind === 'message');
    assert.deepEqual(event.replyTo, remote('m0'));
    assert.equal(event.quoted, '👩‍👧 wrote:\n👍');
    assert.deepEqual(event.content, {
      kind: 'text',
      style: 'normal',
      text: { plain: 'Great', html: undefined },
    });
  });

  it('leaves the formatted body out where that would bring the quotation back', () => {
    const stanza = withHtml(
      '> *a*\n_b_',
      '<blockquote><strong>a</strong></blockquote><em>b</em>',
      replyTo('m0'),
      fallbackFor(namespaces.reply, [0, 6]),
    );
    assert.deepEqual(textIn(stanza), { style: 'normal', plain: '_b_', html: '<em>b</em>' });
  });

  it('keeps the whole body where the fallback is for something else, or for all of it', () => {
    assert.equal(textIn(chatMessage('a b', replyTo('m0'), fallbackFor('urn:other', [0, 2]))).plain, 'a b');
    assert.equal(textIn(chatMessage('a b', fallbackFor(namespaces.reply, [0, 2]))).plain, 'a b');
    assert.equal(textIn(chatMessage('a b', replyTo('m0'), fallbackFor(namespaces.reply))).plain, 'a b');
  });

  it('is an edit of what it corrects (XEP-0308)', () => {
    const event = eventOf(chatMessage('new *text*', correctionOf('m0')));
    assert.ok(event.kind === 'edit');
    assert.deepEqual(event.target, remote('m0'));
    assert.deepEqual(event.name, remote('m1'));
    assert.equal(textIn(chatMessage('new *text*', correctionOf('m0'))).html, 'new <strong>text</strong>');
  });

  it('is the full set of reactions (XEP-0444), empty when all are taken away', () => {
    const event = eventOf(chatMessage(undefined, reactionsTo('m0', '👋', '🐢', '👋', ' ', 'x'.repeat(256))));
    assert.ok(event.kind === 'reaction');
    assert.deepEqual(event.target, remote('m0'));
    assert.deepEqual(event.reactions, { op: 'set', emojis: ['👋', '🐢'] });
    const none = eventOf(chatMessage('x', reactionsTo('m0'), fallbackFor(namespaces.reactions)));
    assert.ok(none.kind === 'reaction');
    assert.deepEqual(none.reactions, { op: 'set', emojis: [] });
    assert.equal(eventOf(chatMessage('a text of its own', reactionsTo('m0', '👋'))).kind, 'message');
  });

  it('is a redaction in either version of XEP-0424, whatever the body says', () => {
    for (const payload of [retractionOf('m0', 1), retractionOf('m0', 0)]) {
      const event = eventOf(chatMessage('/me retracted a message', payload));
      assert.ok(event.kind === 'redaction');
      assert.deepEqual(event.target, remote('m0'));
    }
  });

  it('is a receipt (XEP-0184), or with an error the word that it was not delivered', () => {
    const receipt = eventOf(chatMessage(undefined, receiptFor('ours')));
    assert.ok(receipt.kind === 'receipt');
    assert.deepEqual([receipt.receipt, receipt.target], ['delivered', remote('ours')]);
    const bounce = eventOf(
      message({ type: 'error', id: 'ours' }, xml('body', {}, 'hello'), xml('error', {})),
    );
    assert.ok(bounce.kind === 'receipt');
    assert.deepEqual(
      [bounce.receipt, bounce.target, bounce.name],
      ['undelivered', remote('ours'), undefined],
    );
  });

  it('keeps the subject above the text', () => {
    const stanza = message({}, xml('subject', {}, 'News'), xml('body', {}, 'a\nb'));
    assert.deepEqual(textIn(stanza), {
      style: 'normal',
      plain: 'News\n\na\nb',
      html: '<strong>News</strong><br><br>a<br>b',
    });
  });
});

describe('a stanza with a file', () => {
  const url = 'https://files.example.org/1/a%20picture.png';
  const sharing = xml(
    'file-sharing',
    { xmlns: namespaces.fileSharing, disposition: 'inline' },
    xml(
      'file',
      { xmlns: namespaces.fileMetadata },
      xml('media-type', {}, 'image/jpeg'),
      xml('name', {}, '../../summit\u202Egpj.jpg'),
      xml('size', {}, '3032449'),
      xml('width', {}, '4096'),
      xml('height', {}, '-1'),
    ),
    xml('sources', {}, xml('url-data', { xmlns: namespaces.urlData, target: url })),
  );

  const mediaIn = (stanza: Element): unknown => {
    const event = eventOf(stanza);
    assert.ok(event.kind === 'message');
    assert.ok(event.content.kind === 'media', JSON.stringify(event.content));
    const { kind, name, mimetype, size, width, height, duration } = event.content.media;
    const caption = event.content.caption?.plain;
    return { kind, name, mimetype, size, width, height, duration, caption };
  };

  it('is media where the body is its address (XEP-0066)', () => {
    const expected = {
      kind: 'image',
      name: 'a picture.png',
      mimetype: 'image/png',
      size: undefined,
      width: undefined,
      height: undefined,
      duration: undefined,
      caption: undefined,
    };
    assert.deepEqual(mediaIn(chatMessage(url, outOfBand(url))), expected);
    assert.deepEqual(mediaIn(chatMessage(undefined, outOfBand(url))), expected);
  });

  it('is text with a link where the body says something else', () => {
    assert.equal(textIn(chatMessage('look', outOfBand(url))).plain, `look\n${url}`);
    assert.equal(textIn(chatMessage(`look: ${url}`, outOfBand(url))).plain, `look: ${url}`);
  });

  it('is media with what its metadata says (XEP-0446, XEP-0447), and a caption', () => {
    const expected = {
      kind: 'image',
      name: 'summitgpj.jpg',
      mimetype: 'image/jpeg',
      size: 3_032_449,
      width: 4096,
      height: undefined,
      duration: undefined,
    };
    assert.deepEqual(
      mediaIn(chatMessage(url, sharing, fallbackFor(namespaces.fileSharing), outOfBand(url))),
      {
        ...expected,
        caption: undefined,
      },
    );
    assert.deepEqual(mediaIn(chatMessage('Everyone!', sharing)), { ...expected, caption: 'Everyone!' });
  });

  it('never hands on an address that is not of the web', () => {
    for (const address of ['file:///etc/passwd', 'javascript:x', 'https://', 'http:///x', 'ftp://x/y', 'x'])
      assert.deepEqual(open(chatMessage(undefined, outOfBand(address))), {
        kind: 'unsupported',
        reason: 'not-carried',
      });
  });
});

describe('a stanza that is no event', () => {
  const state = (name: string, xmlns: string): Element => chatMessage(undefined, xml(name, { xmlns }));
  const cases: readonly (readonly [what: string, stanza: Element | string, kind: string, reason: string])[] =
    [
      ['chat state', state('composing', 'http://jabber.org/protocol/chatstates'), 'ignored', 'nothing-to-do'],
      ['marker', state('displayed', 'urn:xmpp:chat-markers:0'), 'ignored', 'nothing-to-do'],
      ['subject', message({}, xml('subject', {}, 'a')), 'ignored', 'nothing-to-do'],
      ['empty body', chatMessage(' '), 'ignored', 'nothing-to-do'],
      ['headline', message({ type: 'headline' }, xml('body', {}, 'a')), 'ignored', 'not-carried'],
      ['group message', message({ type: 'groupchat' }, xml('body', {}, 'a')), 'unsupported', 'not-carried'],
      ['call', state('propose', namespaces.jingleMessage), 'unsupported', 'not-carried'],
      ['invitation', state('x', namespaces.conference), 'unsupported', 'not-carried'],
      ['other stanza', xml('presence'), 'ignored', 'broken-event'],
      ['reactions to nothing', chatMessage(undefined, reactionsTo('')), 'ignored', 'broken-event'],
      ['aesgcm', chatMessage('aesgcm://files.example.org/a#00'), 'unsupported', 'no-encryption'],
      ['eme', chatMessage('a', xml('encryption', { xmlns: namespaces.eme })), 'unsupported', 'no-encryption'],
      ['wrong end tag', '<message><body>a</message></body>', 'ignored', 'broken-event'],
      ['cut off', '<message><body>a', 'ignored', 'broken-event'],
      ['two', '<message/><message/>', 'ignored', 'broken-event'],
      ['entity', '<message><body>&lol;</body></message>', 'ignored', 'broken-event'],
      [
        'doctype',
        '<!DOCTYPE a [<!ENTITY b "c">]><message><body>&b;</body></message>',
        'ignored',
        'broken-event',
      ],
      ['illegal reference', '<message><body>&#0;</body></message>', 'ignored', 'broken-event'],
      ['nothing', '', 'ignored', 'broken-event'],
    ];
  for (const [what, stanza, kind, reason] of cases) {
    it(`${what}: ${kind}, ${reason}`, () => assert.deepEqual(open(stanza), { kind, reason }));
  }

  it('is refused as encrypted in each version of OMEMO, but not for keys alone', () => {
    for (const xmlns of [namespaces.omemoLegacy, namespaces.omemo1, namespaces.omemo2]) {
      const encrypted = (...inner: readonly Element[]): Element =>
        xml('encrypted', { xmlns }, xml('header'), ...inner);
      assert.deepEqual(
        open(chatMessage('I sent you an OMEMO message', encrypted(xml('payload', {}, 'AA')))),
        {
          kind: 'unsupported',
          reason: 'no-encryption',
        },
      );
      assert.deepEqual(open(chatMessage(undefined, encrypted())), {
        kind: 'ignored',
        reason: 'nothing-to-do',
      });
    }
  });
});
