import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import xml, { type Element } from '@xmpp/xml';
import fc from 'fast-check';
import type { UnresolvedEvent } from '../../../../src/core/event.ts';
import { remoteChatId } from '../../../../src/core/ids.ts';
import type { Outcome } from '../../../../src/core/outcome.ts';
import { beginsCall, callIn, proposalFor, rejection } from '../../../../src/networks/xmpp/calls.ts';
import { ephemeralElement, timerOn } from '../../../../src/networks/xmpp/ephemeral.ts';
import { openStanza } from '../../../../src/networks/xmpp/from-remote.ts';
import { openFromRoom } from '../../../../src/networks/xmpp/muc/from-room.ts';
import { namespaces } from '../../../../src/networks/xmpp/namespaces.ts';
import { renderMessage, renderTimer } from '../../../../src/networks/xmpp/to-remote.ts';
import { arrivalOf, chatMessage, message, openContext } from '../../../support/stanzas.ts';
import { context, envelope, reread, textMessage } from '../../../support/written-stanzas.ts';

const noCalls: Outcome = { kind: 'unsupported', reason: 'no-calls' };
const rtp = (media: string): Element => xml('description', { xmlns: namespaces.jingleRtp, media });
function proposal(id: string, ...descriptions: readonly Element[]): Element {
  return chatMessage(undefined, xml('propose', { xmlns: namespaces.jingleMessage, id }, ...descriptions));
}
function open(stanza: Element): UnresolvedEvent {
  const opened = openStanza(arrivalOf(stanza), 'cause', openContext);
  assert.ok(opened.kind === 'event', JSON.stringify(opened));
  return opened.event;
}

describe('a call', () => {
  it('that is proposed rings, and one that is taken back has ended', () => {
    const ring = open(proposal('c1', rtp('audio'), rtp('video')));
    assert.ok(ring.kind === 'call');
    assert.deepEqual([ring.change, ring.call, ring.media, ring.name], ['ring', 'c1', 'video', undefined]);
    for (const name of ['retract', 'finish']) {
      const end = open(chatMessage(undefined, xml(name, { xmlns: namespaces.jingleMessage, id: 'c1' })));
      assert.ok(end.kind === 'call' && end.change === 'end' && end.call === 'c1');
    }
    for (const name of ['ringing', 'proceed', 'reject'])
      assert.equal(
        openStanza(
          arrivalOf(chatMessage(undefined, xml(name, { xmlns: namespaces.jingleMessage, id: 'c1' }))),
          'cause',
          openContext,
        ).kind,
        'ignored',
      );
  });

  it('is none without a name, without sound and pictures, or in a room', () => {
    assert.equal(callIn(proposal('')), undefined);
    assert.equal(callIn(proposal('c1')), undefined);
    assert.equal(callIn(proposal('c1', xml('description', namespaces.jingleFile))), undefined);
    const inRoom = { ...arrivalOf(proposal('c1', rtp('audio'))), chat: remoteChatId('room@muc.x') };
    const opened = openFromRoom({ ...inRoom, receiver: undefined }, 'cause', openContext);
    assert.deepEqual(opened, { kind: 'unsupported', reason: 'not-carried' });
  });

  it('is declined at all clients of whoever calls', () => {
    const stanza = proposal('c1', rtp('audio'));
    const answer = rejection(stanza, noCalls, 'no <calls>');
    assert.equal(
      String(answer),
      '<message type="chat" from="alice@bridge.example.org" to="bob@example.org" id="reject-c1">' +
        '<reject xmlns="urn:xmpp:jingle-message:0" id="c1"><reason xmlns="urn:xmpp:jingle:1">' +
        '<unsupported-applications/><text xml:lang="en">no &lt;calls&gt;</text></reason></reject>' +
        '<store xmlns="urn:xmpp:hints"/></message>',
    );
    const ruled = rejection(stanza, { kind: 'blocked', rule: 'r', feature: 'call' }, 'no');
    assert.match(String(ruled), /<decline\/>/);
    assert.equal(rejection(chatMessage('hello'), noCalls, 'no'), undefined);
  });

  it('that is begun without a proposal goes the same way, and is ended as a session', () => {
    const session = (action: string, ...contents: readonly Element[]): Element =>
      xml(
        'iq',
        { type: 'set', id: 'i1', from: 'bob@example.org/phone', to: 'alice@bridge.example.org/x' },
        xml('jingle', { xmlns: namespaces.jingle, action, sid: 's1' }, ...contents),
      );
    const begins = session('session-initiate', xml('content', {}, rtp('audio')));
    assert.equal(beginsCall(begins), true);
    const stanza = proposalFor(begins);
    assert.ok(stanza !== undefined);
    const ring = open(stanza);
    assert.ok(ring.kind === 'call' && ring.call === 's1' && ring.media === 'audio');
    assert.equal(
      String(rejection(stanza, noCalls, 'no')),
      '<iq type="set" from="alice@bridge.example.org/x" to="bob@example.org/phone" id="end-s1">' +
        '<jingle xmlns="urn:xmpp:jingle:1" action="session-terminate" sid="s1">' +
        '<reason xmlns="urn:xmpp:jingle:1"><unsupported-applications/><text xml:lang="en">no</text></reason>' +
        '</jingle></iq>',
    );
    const file = xml('content', {}, xml('description', namespaces.jingleFile));
    for (const other of [session('session-initiate', file), session('session-info')])
      assert.deepEqual([beginsCall(other), proposalFor(other)], [false, undefined]);
  });

  it('is read and declined whatever its names hold', () => {
    const name = fc.string({ unit: 'binary', maxLength: 2_000 });
    fc.assert(
      fc.property(name, name, (id, media) => {
        const stanza = proposal(id, rtp(media));
        const answer = rejection(stanza, noCalls, 'no');
        assert.equal(answer === undefined, callIn(stanza) === undefined);
      }),
    );
  });
});

describe('a message that is to be gone', () => {
  const ephemeral = (timer: string): Element => xml('ephemeral', { xmlns: namespaces.ephemeral, timer });

  it('has its time from when it was read; without a text it sets the timer of the chat', () => {
    const said = open(chatMessage('hello', ephemeral('60')));
    assert.deepEqual(said.kind === 'message' && said.expires, { afterMs: 60_000, from: 'reading' });
    const set = open(chatMessage(undefined, ephemeral('60')));
    assert.deepEqual(set.kind === 'timer' && set.expires, { afterMs: 60_000, from: 'reading' });
    const off = open(chatMessage(undefined, ephemeral('0')));
    assert.ok(off.kind === 'timer' && off.expires === undefined);
    for (const odd of ['', 'x', '-1', '1.5', '99999999999']) {
      const plain = open(chatMessage('hello', ephemeral(odd)));
      assert.ok(plain.kind === 'message' && plain.expires === undefined);
    }
  });

  it('stays so in a room, where nobody sets the timer of all', () => {
    const arrival = { chat: remoteChatId('room@muc.x'), receiver: undefined };
    const inRoom = (stanza: Element): ReturnType<typeof openFromRoom> =>
      openFromRoom({ ...arrivalOf(stanza), ...arrival }, 'cause', openContext);
    const from = { type: 'groupchat', from: 'room@muc.x/bob' };
    assert.equal(inRoom(message(from, ephemeral('60'))).kind, 'ignored');
    const said = inRoom(message(from, xml('body', {}, 'hello'), ephemeral('60')));
    assert.ok(said.kind === 'event' && said.event.kind === 'message' && said.event.expires !== undefined);
  });

  it('reads back as it was written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 150_000_000 }), (seconds) => {
        const expires = { afterMs: seconds * 1_000, from: 'reading' } as const;
        const [stanza] = renderMessage({ ...textMessage({ plain: 'a', html: undefined }), expires }, context);
        const said = reread(stanza);
        assert.deepEqual(said.kind === 'message' && said.expires, expires);
        const timer = { ...envelope, kind: 'timer', expires } as const;
        const set = reread(renderTimer(timer, context));
        assert.deepEqual(set.kind === 'timer' && set.expires, expires);
      }),
    );
    assert.deepEqual(timerOn(chatMessage(undefined, ephemeralElement(undefined))), { expires: undefined });
  });
});
