import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import xml, { type Element } from '@xmpp/xml';
import type { Arrival, Reachable, RemoteSignal } from '../../../../src/core/network.ts';
import { createAddressBook, parseAddress } from '../../../../src/networks/xmpp/ids.ts';
import { Inbound } from '../../../../src/networks/xmpp/inbound.ts';
import { Reachability } from '../../../../src/networks/xmpp/reachability.ts';
import { quietLog } from '../../../support/recording-sink.ts';

describe('messages that come in', () => {
  const setUp = (given: { receive?: () => Promise<'kept'>; reachable?: () => Promise<Reachable> } = {}) => {
    const arrivals: Arrival[] = [];
    const posted: string[] = [];
    const pauses: boolean[] = [];
    const bounced: string[] = [];
    const signals: RemoteSignal[] = [];
    const changed: string[] = [];
    let looks = 0;
    const reachable = async (): Promise<Reachable> => {
      looks += 1;
      return given.reachable?.() ?? 'yes';
    };
    const inbound = new Inbound({
      addresses: createAddressBook('gate.test', 'hs.test'),
      domain: 'gate.test',
      sink: {
        receive: async (arrival) => {
          arrivals.push(arrival);
          return given.receive?.() ?? 'kept';
        },
        signal: (signal) => signals.push(signal),
        profileChanged: (user) => changed.push(user),
      },
      reachability: new Reachability({ reachable }, () => 5_000_000),
      post: (stanza) => posted.push(stanza.toString()),
      pause: (paused) => {
        if (pauses.at(-1) !== paused) pauses.push(paused);
      },
      personBehind: ({ full }) =>
        full === 'open@rooms.test/Bob' ? parseAddress('bob@example.org') : undefined,
      isRoom: ({ bare }) => bare === 'open@rooms.test',
      noPrivate: () => 'nothing private',
      noReplies: () => 'no replies',
      bounced: (id) => bounced.push(id),
      room: ({ attrs }) => attrs['type'] === 'groupchat',
      mostWaiting: 10,
      log: quietLog,
      now: () => 5_000_000,
    });
    return { inbound, signals, changed, arrivals, posted, pauses, bounced, looks: () => looks };
  };
  const message = (attributes: Record<string, string>, ...children: Element[]): Element =>
    xml(
      'message',
      { from: 'bob@example.org/phone', to: 'alice@gate.test', type: 'chat', id: 'm1', ...attributes },
      ...children,
    );
  const body = (text: string): Element => xml('body', {}, text);

  it('waits with the look-up of a new user, asks once, and keeps the order', async () => {
    const answer = Promise.withResolvers<Reachable>();
    const { inbound, arrivals, looks } = setUp({ reachable: () => answer.promise });
    for (const text of ['1', '2', '3']) inbound.take(message({ id: text }, body(text)));
    await turn();
    assert.equal(arrivals.length, 0);
    answer.resolve('yes');
    await turn();
    inbound.take(message({ id: '4' }, body('4')));
    await turn();
    assert.deepEqual(
      arrivals.map(({ raw }) => /<body>(.)/.exec(raw)?.[1]),
      ['1', '2', '3', '4'],
    );
    assert.equal(looks(), 1);
  });

  it('keeps what it is unsure of', async () => {
    const { inbound, arrivals } = setUp({ reachable: async () => 'unsure' });
    inbound.take(message({}, body('x')));
    await turn();
    assert.equal(arrivals.length, 1);
  });

  it('counts what other stanzas ask for, so that a flood of questions slows the reading too', async () => {
    const { inbound, pauses } = setUp();
    const answered = Promise.withResolvers<undefined>();
    const asked = Array.from({ length: 10 }, () => inbound.counted(() => answered.promise));
    assert.deepEqual(pauses, [false, true]);
    answered.resolve(undefined);
    await Promise.all(asked);
    assert.equal(pauses.at(-1), false);
    await assert.rejects(inbound.counted(async () => Promise.reject(new Error('x'))));
    assert.equal(inbound.waiting, 0);
  });

  it('pauses the reading at the limit and goes on at half of it', async () => {
    const kept: (() => void)[] = [];
    const receive = (): Promise<'kept'> => new Promise((resolve) => kept.push(() => resolve('kept')));
    const { inbound, pauses } = setUp({ receive });
    for (let count = 0; count < 10; count += 1) inbound.take(message({ id: `${count}` }, body('x')));
    await turn();
    assert.deepEqual(pauses, [false, true]);
    for (const done of kept.slice(0, 4)) done();
    await turn();
    assert.deepEqual(pauses, [false, true]);
    kept[4]?.();
    await turn();
    assert.deepEqual(pauses, [false, true, false]);
    assert.equal(inbound.waiting, 5);
  });

  it('neither keeps nor answers states, markers, news and group chat', async () => {
    const { inbound, arrivals, posted, signals, changed } = setUp();
    const states = 'http://jabber.org/protocol/chatstates';
    inbound.take(message({}, xml('composing', states), xml('thread', {}, 't')));
    inbound.take(message({}, xml('displayed', { xmlns: 'urn:xmpp:chat-markers:0', id: 'x' })));
    const items = xml('items', { node: 'http://jabber.org/protocol/nick' });
    const news = xml('event', 'http://jabber.org/protocol/pubsub#event', items);
    inbound.take(message({ type: 'headline' }, news));
    inbound.take(message({ type: 'groupchat' }, body('x')));
    inbound.take(message({ from: 'not an address' }, body('x')));
    inbound.take(message({ to: 'alice@elsewhere.test' }, body('x')));
    await turn();
    assert.deepEqual([arrivals, posted], [[], []]);
    assert.deepEqual(
      signals.map(({ event }) => event.kind),
      ['typing', 'receipt'],
    );
    assert.deepEqual(changed, ['bob@example.org']);
  });

  it('takes no signals of its own users, for nobody, and none of what bounced', async () => {
    const { inbound, arrivals, signals } = setUp();
    const composing = xml('composing', 'http://jabber.org/protocol/chatstates');
    inbound.take(message({ from: 'eve@gate.test' }, composing));
    inbound.take(message({ to: 'gate.test' }, composing));
    inbound.take(message({ type: 'error', id: 'signal-1' }, composing));
    await turn();
    assert.deepEqual([arrivals, signals], [[], []]);
  });

  it('keeps a state that comes with words', async () => {
    const { inbound, arrivals } = setUp();
    inbound.take(message({}, body('x'), xml('active', 'http://jabber.org/protocol/chatstates')));
    await turn();
    assert.equal(arrivals.length, 1);
  });

  it('never answers an error with an error', async () => {
    const { inbound, posted, bounced, arrivals } = setUp({ reachable: async () => 'no-such-user' });
    inbound.take(message({ type: 'error' }));
    inbound.take(message({ type: 'error', to: 'gate.test', id: 'code-1' }));
    await turn();
    assert.deepEqual([posted, arrivals, bounced], [[], [], ['code-1']]);
  });

  it('does not keep that a receipt of its own came back', async () => {
    const { inbound, arrivals } = setUp();
    inbound.take(message({ type: 'error', id: 'receipt-1' }));
    inbound.take(message({ type: 'error', id: 'other' }));
    await turn();
    assert.equal(arrivals.length, 1);
  });

  it('refuses its own users as senders, and what is too deep to be read', async () => {
    const { inbound, posted, arrivals } = setUp();
    inbound.take(message({ from: 'eve@gate.test' }, body('x')));
    const deep = message({}, body('x'));
    let at = deep;
    for (let depth = 0; depth < 50_000; depth += 1) at = at.c('a');
    inbound.take(deep);
    await turn();
    assert.equal(arrivals.length, 0);
    assert.deepEqual(
      posted.map((text) => /<(service-unavailable|policy-violation) /.exec(text)?.[1]),
      ['service-unavailable', 'policy-violation'],
    );
  });

  it('takes the time of a delayed message, unless it is to come', async () => {
    const { inbound, arrivals } = setUp();
    for (const stamp of ['1970-01-01T00:10:00Z', '2099-01-01T00:00:00Z', 'yesterday']) {
      inbound.take(message({ id: stamp }, body('x'), xml('delay', { xmlns: 'urn:xmpp:delay', stamp })));
    }
    await turn();
    assert.deepEqual(
      arrivals.map(({ at }) => at),
      [600_000, 5_000_000, 5_000_000],
    );
  });

  it('knows a message again that came with a delay, and from another session not', async () => {
    const { inbound, arrivals } = setUp();
    const delay = xml('delay', { xmlns: 'urn:xmpp:delay', stamp: '1970-01-01T00:10:00Z' });
    inbound.take(message({}, body('x')));
    inbound.take(message({}, body('x'), delay));
    inbound.take(message({ from: 'bob@example.org/laptop' }, body('x')));
    await turn();
    const [one, two, three] = arrivals.map(({ outerId }) => outerId);
    assert.equal(one, two);
    assert.notEqual(one, three);
  });

  it('takes so many invitations for a user at once, and tells who sends more to wait', async () => {
    const { inbound, arrivals, posted } = setUp();
    const invite = (jid: string, to = 'alice@gate.test'): Element =>
      message({ id: jid, to }, xml('x', { xmlns: 'jabber:x:conference', jid }));
    for (let index = 0; index < 100; index += 1) {
      inbound.take(invite(`room${index}@conf.example.org`));
      await turn();
    }
    assert.equal(arrivals.length, 20);
    assert.equal(posted.filter((text) => text.includes('resource-constraint')).length, 80);
    // Others are invited all the same, and messages come as ever.
    inbound.take(invite('room@conf.example.org', 'bert@gate.test'));
    inbound.take(message({ id: 'm' }, body('hello')));
    await turn();
    assert.equal(arrivals.length, 22);
    // There are no rooms at the bridge itself.
    inbound.take(invite('carol@gate.test', 'carl@gate.test'));
    await turn();
    assert.equal(arrivals.length, 22);
    assert.match(posted.at(-1) ?? '', /item-not-found/);
  });

  it('takes invitations to rooms, through the room and from person to person, for what they are', async () => {
    const { inbound, arrivals, posted } = setUp();
    const mucUser = 'http://jabber.org/protocol/muc#user';
    const invite = (): Element => xml('x', { xmlns: mucUser }, xml('invite', { from: 'bob@example.org/x' }));
    inbound.take(message({ from: 'room@conf.example.org', id: 'i1' }, invite()));
    inbound.take(message({ from: 'room@conf.example.org', id: 'i1' }, invite()));
    const direct = (): Element => xml('x', { xmlns: 'jabber:x:conference', jid: 'room@conf.example.org' });
    inbound.take(message({ id: 'i2' }, direct()));
    inbound.take(message({ from: 'carol@gate.test/matrix', id: 'i3' }, direct()));
    await turn();
    assert.deepEqual(
      arrivals.map(({ chat, sender, receiver }) => [chat, sender, receiver]),
      [
        ['room@conf.example.org', 'bob@example.org', undefined],
        ['room@conf.example.org', 'bob@example.org', undefined],
        ['room@conf.example.org', 'bob@example.org', undefined],
        ['room@conf.example.org', 'carol@gate.test', undefined],
      ],
    );
    assert.equal(arrivals[0]?.outerId, arrivals[1]?.outerId);
    assert.equal(new Set(arrivals.map(({ outerId }) => outerId)).size, 3);
    assert.equal(posted.length, 0);
  });

  it('says openly where private messages of rooms are not carried, and leaves errors alone', async () => {
    const { inbound, arrivals, posted } = setUp();
    const x = xml('x', { xmlns: 'http://jabber.org/protocol/muc#user' });
    inbound.take(message({ from: 'room@conf.example.org/Bob' }, body('psst'), x));
    inbound.take(message({ from: 'open@rooms.test/Bob', type: 'error' }, body('psst'), x));
    await turn();
    assert.equal(arrivals.length, 0);
    assert.equal(posted.length, 1);
    assert.match(posted[0] ?? '', /feature-not-implemented[^]*nothing private/);
  });

  it('takes a private message of a room for one of the direct chat, where the room says whose it is', async () => {
    const { inbound, arrivals, posted } = setUp();
    const x = xml('x', { xmlns: 'http://jabber.org/protocol/muc#user' });
    const request = xml('request', { xmlns: 'urn:xmpp:receipts' });
    const from = 'open@rooms.test/Bob';
    const to = 'alice@gate.test/matrix';
    inbound.take(message({ from, to }, body('psst'), x, request));
    await turn();
    const [arrival] = arrivals;
    assert.deepEqual(
      [arrival?.chat, arrival?.sender, arrival?.receiver],
      ['bob@example.org', 'bob@example.org', '@alice:hs.test'],
    );
    assert.match(arrival?.raw ?? '', /psst/);
    assert.match(posted[0] ?? '', /^<message[^>]*to="open@rooms.test\/Bob"[^]*<received/);
  });

  it('answers one that cannot be kept with an error that puts nobody out of the room', async () => {
    const { inbound, posted } = setUp({ reachable: async () => 'no-such-user' });
    const x = xml('x', { xmlns: 'http://jabber.org/protocol/muc#user' });
    const from = 'open@rooms.test/Bob';
    inbound.take(message({ from, to: 'alice@gate.test/matrix' }, body('psst'), x));
    inbound.take(message({ id: 'm2' }, body('psst')));
    await turn();
    assert.match(posted[0] ?? '', /to="open@rooms.test\/Bob"[^]*<not-acceptable/);
    assert.match(posted[1] ?? '', /to="bob@example.org\/phone"[^]*<item-not-found/);
  });
});
