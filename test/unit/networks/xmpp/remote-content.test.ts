import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import xml, { type Element } from '@xmpp/xml';
import type { Content, MessageEvent, Unresolved } from '../../../../src/core/event.ts';
import { openStanza } from '../../../../src/networks/xmpp/from-remote.ts';
import { namespaces } from '../../../../src/networks/xmpp/namespaces.ts';
import {
  arrivalOf,
  chatMessage,
  fallbackFor,
  geoloc,
  mentionOf,
  message,
  openContext,
  replyTo,
  sharing,
  spoiler,
} from '../../../support/stanzas.ts';

const file = 'https://files.example.org/1/summit.jpg';

function messageIn(stanza: Element): MessageEvent<Unresolved> {
  const opened = openStanza(arrivalOf(stanza), 'cause', openContext);
  assert.ok(opened.kind === 'event' && opened.event.kind === 'message', JSON.stringify(opened));
  return opened.event;
}
const contentIn = (stanza: Element): Content => messageIn(stanza).content;

describe('places', () => {
  const placeIn = (stanza: Element): unknown => {
    const content = contentIn(stanza);
    return content.kind === 'location' ? content.place : content.kind;
  };

  it('are geo URIs that are the whole body', () => {
    const at = { latitude: 48.2, longitude: 16.37, accuracy: undefined, description: undefined };
    assert.deepEqual(placeIn(chatMessage('geo:48.2,16.37')), at);
    assert.deepEqual(placeIn(chatMessage(' GEO:48.2,16.37,150;crs=WGS84;u=35.5?z=14 ')), {
      ...at,
      accuracy: 35.5,
    });
    assert.deepEqual(placeIn(chatMessage('I am at geo:48.2,16.37')), 'text');
  });

  it('are the payload of XEP-0080, with what the body says beside it', () => {
    const payload = geoloc({ lat: '48.2', lon: '-16.37', accuracy: '20', description: "Bill's house" });
    const at = { latitude: 48.2, longitude: -16.37, accuracy: 20 };
    assert.deepEqual(placeIn(chatMessage('geo:48.2,-16.37', payload)), {
      ...at,
      description: "Bill's house",
    });
    assert.deepEqual(placeIn(chatMessage('come here', payload)), {
      ...at,
      description: "Bill's house\ncome here",
    });
    assert.deepEqual(placeIn(chatMessage('come here', geoloc({ lat: '48.2', lon: '-16.37' }))), {
      ...{ ...at, accuracy: undefined },
      description: 'come here',
    });
  });

  it('stay text where they are nowhere on earth', () => {
    for (const absurd of ['geo:91,0', 'geo:0,-180.1', 'geo:1e1,0', 'geo:,', 'geo:1,2;crs=moon', 'geo:NaN,0'])
      assert.equal(placeIn(chatMessage(absurd)), 'text', absurd);
    for (const [lat, lon] of [
      ['91', '0'],
      ['0', '181'],
      ['Infinity', '0'],
      ['', ''],
    ] as const)
      assert.equal(placeIn(chatMessage('here', geoloc({ lat, lon }))), 'text', `${lat} ${lon}`);
    const vague = placeIn(chatMessage('geo:1,2;u=99999999', geoloc({ lat: '1', lon: '2', accuracy: '-3' })));
    assert.deepEqual(vague, { latitude: 1, longitude: 2, accuracy: undefined, description: undefined });
  });
});

describe('mentions', () => {
  const alice = { in: 'matrix', userId: '@alice:example.org' };
  it('name a Matrix user by the address, with a link where the text says their name', () => {
    const quotation = '> 👍\n';
    const body = `${quotation}👋 Alice, *look*: Alice`;
    const begin = Array.from(`${quotation}👋 `).length;
    const event = messageIn(
      chatMessage(
        body,
        replyTo('m0'),
        fallbackFor(namespaces.reply, [0, Array.from(quotation).length]),
        mentionOf('xmpp:alice@bridge.example.org', { begin: String(begin), end: String(begin + 5) }),
      ),
    );
    assert.deepEqual(event.mentions, { users: [alice], room: false });
    assert.ok(event.content.kind === 'text');
    assert.deepEqual(event.content.text, {
      plain: '👋 Alice, *look*: Alice',
      html: '👋 <a href="https://matrix.to/#/%40alice%3Aexample.org">Alice</a>, <strong>look</strong>: Alice',
    });
  });

  it('name people on XMPP, each once, and nobody whom an address does not name', () => {
    const event = messageIn(
      chatMessage(
        'hi all',
        mentionOf('xmpp:Carol@example.org/phone'),
        mentionOf('xmpp:carol@example.org', { begin: '3', end: '1' }),
        mentionOf('xmpp:a%40b@bridge.example.org'),
        mentionOf('https://example.org/'),
        mentionOf('xmpp:bridge.example.org'),
        mentionOf('xmpp:%'),
        xml('reference', { xmlns: namespaces.reference, type: 'data', uri: 'xmpp:dan@example.org' }),
      ),
    );
    assert.deepEqual(event.mentions, { users: [{ in: 'remote', userId: 'carol@example.org' }], room: false });
  });
});

describe('spoilers and threads', () => {
  it('hide the text behind what they hint at', () => {
    const html = (stanza: Element): unknown => {
      const content = contentIn(stanza);
      return content.kind === 'text' ? content.text.html : content.kind;
    };
    assert.equal(
      html(chatMessage('They *die*', spoiler('the "end"'))),
      '<span data-mx-spoiler="the &quot;end&quot;">They <strong>die</strong></span>',
    );
    assert.equal(html(chatMessage('a <b', spoiler())), '<span data-mx-spoiler="">a &lt;b</span>');
    const unstyled = xml('unstyled', { xmlns: namespaces.styling });
    assert.equal(
      html(chatMessage('*a*\nb', spoiler(), unstyled)),
      '<span data-mx-spoiler="">*a*<br>b</span>',
    );
    const captioned = contentIn(chatMessage('the *end*', sharing(file, {}), spoiler()));
    assert.ok(captioned.kind === 'media');
    assert.equal(captioned.caption?.html, '<span data-mx-spoiler="">the <strong>end</strong></span>');
    const hinted = contentIn(chatMessage(file, sharing(file, {}), spoiler('gore')));
    assert.ok(hinted.kind === 'media');
    assert.deepEqual(hinted.caption, { plain: 'gore', html: undefined });
  });

  it('are a guess: a thread may be named after no message', () => {
    const thread = (id: string): unknown =>
      messageIn(message({}, xml('thread', {}, id), xml('body', {}, 'a'))).thread;
    assert.deepEqual(thread(' m0 '), { in: 'remote', messageId: 'm0', perhaps: true });
    assert.equal(thread(''), undefined);
    assert.equal(thread('x'.repeat(2000)), undefined);
  });
});
