import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import xml, { type Element } from '@xmpp/xml';
import fc from 'fast-check';
import {
  matrixEventId,
  matrixUserId,
  networkId,
  portalId,
  remoteChatId,
  remoteMessageId,
  remoteUserId,
  roomId,
} from '../../../../src/core/ids.ts';
import type { DirectPortal, GroupPortal } from '../../../../src/core/portal.ts';
import { announced } from '../../../../src/networks/xmpp/chat-states.ts';
import { createAddressBook } from '../../../../src/networks/xmpp/ids.ts';
import { newsIn } from '../../../../src/networks/xmpp/pep-events.ts';
import { attribute } from '../../../../src/networks/xmpp/stanza.ts';
import { isSignalBounce } from '../../../../src/networks/xmpp/signal-id.ts';
import { signalsIn, withSignals } from '../../../../src/networks/xmpp/signals.ts';

const alice = matrixUserId('@alice:hs.test');
const bob = remoteUserId('bob@example.org');
const place = { chat: remoteChatId(bob), receiver: alice, sender: bob };
const states = 'http://jabber.org/protocol/chatstates';
const markers = 'urn:xmpp:chat-markers:0';
const message = (...children: Element[]): Element => xml('message', { type: 'chat', id: 'm1' }, ...children);

function read(stanza: Element): unknown {
  return signalsIn(stanza, place, 5).map(({ chat, receiver, event }) => {
    assert.deepEqual([chat, receiver, event.sender.userId], [bob, alice, bob]);
    if (event.kind === 'typing') return event.typing;
    return event.kind === 'receipt' ? [event.receipt, event.target] : event;
  });
}

describe('what a stanza signals', () => {
  for (const [name, typing] of [
    ['composing', [true]],
    ['paused', [false]],
    ['active', [false]],
    ['inactive', [false]],
    ['gone', [false]],
    ['dreaming', []],
  ] as const) {
    it(`is, of the state ${name}, ${JSON.stringify(typing)}`, () => {
      assert.deepEqual(read(message(xml(name, states))), typing);
    });
  }

  it('is no writing where it comes late, or with the words themselves', () => {
    const delay = xml('delay', { xmlns: 'urn:xmpp:delay', stamp: '2020-01-01T00:00:00Z' });
    assert.deepEqual(read(message(xml('composing', states), delay)), []);
    assert.deepEqual(read(message(xml('active', states), xml('body', {}, 'x'))), []);
  });

  it('is that messages were read or have arrived', () => {
    const target = { in: 'remote', messageId: 'm9' };
    assert.deepEqual(read(message(xml('displayed', { xmlns: markers, id: 'm9' }))), [['read', target]]);
    assert.deepEqual(read(message(xml('acknowledged', { xmlns: markers, id: 'm9' }))), [['read', target]]);
    assert.deepEqual(read(message(xml('received', { xmlns: markers, id: 'm9' }))), [['delivered', target]]);
    const both = message(xml('body', {}, 'x'), xml('displayed', { xmlns: markers, id: 'm9' }));
    assert.deepEqual(read(both), [['read', target]]);
  });

  it('is nothing where it names no message, or is an error', () => {
    assert.deepEqual(read(message(xml('displayed', markers))), []);
    assert.deepEqual(read(message(xml('displayed', { xmlns: markers, id: 'x'.repeat(5_000) }))), []);
    assert.deepEqual(read(message(xml('displayed', { xmlns: 'urn:other', id: 'm9' }))), []);
    const error = xml('message', { type: 'error' }, xml('composing', states));
    assert.deepEqual(read(error), []);
  });

  it('is read without a fault, whatever it is', () => {
    const element = fc
      .record({
        name: fc.constantFrom('composing', 'displayed', 'received', 'delay', 'body', 'event', 'items'),
        xmlns: fc.constantFrom(states, markers, 'urn:xmpp:delay', 'http://jabber.org/protocol/pubsub#event'),
        id: fc.string({ unit: 'binary' }),
      })
      .map(({ name, ...attributes }) => xml(name, attributes));
    fc.assert(
      fc.property(fc.array(element, { maxLength: 6 }), (children) => {
        const stanza = message(...children);
        newsIn(stanza);
        for (const { event } of signalsIn(stanza, place, 5)) {
          if (event.kind === 'receipt')
            assert.ok(event.target.in === 'remote' && event.target.messageId !== '');
        }
      }),
    );
  });
});

describe('signals of Matrix users', () => {
  const portal: DirectPortal = {
    ...{ kind: 'direct', id: portalId('p'), remote: bob, room: roomId('!r:hs.test') },
    key: { network: networkId('xmpp'), chat: remoteChatId(bob), receiver: alice },
  };
  const envelope = {
    ...{ cause: 'signal/1', name: undefined, at: 1 },
    sender: { in: 'matrix', userId: alice },
  } as const;
  const setUp = (occupant: () => string | undefined = () => undefined) => {
    const posted: Element[] = [];
    const met: string[] = [];
    const handlers = withSignals(
      {},
      {
        link: { post: (stanza) => posted.push(stanza) },
        addresses: createAddressBook('gate.test', 'hs.test'),
        occupant,
        presences: { tell: () => true, met: (...pair) => met.push(pair.join(' ')) },
      },
    );
    return { handlers, posted, met };
  };
  const signal = AbortSignal.timeout(10_000);
  const target = (author: 'remote' | 'matrix') => ({
    eventIds: [matrixEventId('$1')] as const,
    messageIds: [remoteMessageId('first'), remoteMessageId('last')] as const,
    author:
      author === 'remote'
        ? ({ in: 'remote', userId: bob } as const)
        : ({ in: 'matrix', userId: alice } as const),
  });

  it('are chat states, which no server keeps, and whose bounces tell nothing', async () => {
    const { handlers, posted, met } = setUp();
    for (const typing of [true, false]) {
      const handled = await handlers.typing?.({ ...envelope, kind: 'typing', typing }, portal, signal);
      assert.equal(handled?.kind, 'sent');
    }
    assert.deepEqual(
      posted.map((stanza) => [attribute(stanza, 'from'), attribute(stanza, 'to'), read(stanza)]),
      [
        ['alice@gate.test', bob, [true]],
        ['alice@gate.test', bob, [false]],
      ],
    );
    const [first] = posted;
    assert.ok(first?.getChild('no-store', 'urn:xmpp:hints') !== undefined);
    assert.ok(isSignalBounce(xml('message', { type: 'error', id: String(first.attrs['id']) })));
    assert.ok(!isSignalBounce(xml('message', { type: 'error', id: 'other' })));
    assert.deepEqual(met, [`${alice} ${bob}`, `${alice} ${bob}`]);
  });

  it('are markers for what the other has written, up to its last part', async () => {
    const { handlers, posted } = setUp();
    const receipt = { ...envelope, kind: 'receipt', receipt: 'read' } as const;
    await handlers.receipt?.({ ...receipt, target: target('remote') }, portal, signal);
    const own = await handlers.receipt?.({ ...receipt, target: target('matrix') }, portal, signal);
    assert.equal(own?.kind, 'ignored');
    assert.deepEqual(posted.map(read), [[['read', { in: 'remote', messageId: 'last' }]]]);
  });

  it('go to a group from the address as which the user is in it, and nowhere without one', async () => {
    const group: GroupPortal = {
      ...{ kind: 'group', id: portalId('g'), room: roomId('!g:hs.test') },
      key: { network: networkId('xmpp'), chat: remoteChatId('tea@rooms.test'), receiver: undefined },
    };
    const typing = { ...envelope, kind: 'typing', typing: true } as const;
    const inIt = setUp(() => 'alice@gate.test/tea');
    assert.equal((await inIt.handlers.typing?.(typing, group, signal))?.kind, 'sent');
    assert.deepEqual(
      inIt.posted.map((stanza) => ['type', 'from', 'to'].map((name) => attribute(stanza, name))),
      [['groupchat', 'alice@gate.test/tea', 'tea@rooms.test']],
    );
    const outside = setUp();
    assert.equal((await outside.handlers.typing?.(typing, group, signal))?.kind, 'ignored');
    assert.deepEqual([outside.posted, outside.met], [[], []]);
  });

  it('are announced with messages that ask for a receipt, and with no other', () => {
    const asks = announced(message(xml('body', {}, 'x'), xml('request', 'urn:xmpp:receipts')));
    assert.ok(
      asks.getChild('active', states) !== undefined && asks.getChild('markable', markers) !== undefined,
    );
    assert.equal(announced(message(xml('body', {}, 'x'))).children.length, 1);
  });
});

describe('news', () => {
  const event = (node: string): Element =>
    xml('event', 'http://jabber.org/protocol/pubsub#event', xml('items', { node }, xml('item', {})));

  it('is of names and pictures, of something else, or the stanza is no news', () => {
    assert.equal(newsIn(message(event('urn:xmpp:avatar:metadata'))), 'profile');
    assert.equal(newsIn(message(event('http://jabber.org/protocol/nick'))), 'profile');
    assert.equal(newsIn(message(event('http://jabber.org/protocol/tune'))), 'other');
    assert.equal(newsIn(message(xml('body', {}, 'x'))), undefined);
    assert.equal(newsIn(message(xml('body', {}, 'x'), event('http://jabber.org/protocol/nick'))), undefined);
  });
});
