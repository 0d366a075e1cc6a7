import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import xml, { type Element } from '@xmpp/xml';
import { matrixUserId, remoteUserId } from '../../../../src/core/ids.ts';
import type { RemoteSignal } from '../../../../src/core/network.ts';
import { createAddressBook, parseAddress } from '../../../../src/networks/xmpp/ids.ts';
import { Presences } from '../../../../src/networks/xmpp/presences.ts';
import { attribute } from '../../../../src/networks/xmpp/stanza.ts';
import { quietLog } from '../../../support/recording-sink.ts';

const alice = matrixUserId('@alice:hs.test');
const bob = remoteUserId('bob@example.org');

function setUp(subscribe = true, givesPresence?: () => Promise<boolean>) {
  const posted: Element[] = [];
  const signals: RemoteSignal[] = [];
  const changed: string[] = [];
  const presences = new Presences({
    addresses: createAddressBook('gate.test', 'hs.test'),
    sink: {
      ...{ signal: (signal) => signals.push(signal), profileChanged: (user) => changed.push(user) },
      ...(givesPresence === undefined ? {} : { givesPresence }),
    },
    persons: {
      update: async () => xml('x', { xmlns: 'vcard-temp:x:update' }),
      news: async () => [['node', xml('item')]],
    },
    post: (stanza) => posted.push(stanza),
    caps: () => xml('c', {}),
    subscribe,
    log: quietLog,
    now: () => 5,
  });
  const told = async (): Promise<readonly unknown[]> => {
    await turn();
    return posted
      .splice(0)
      .filter((stanza) => stanza.is('presence'))
      .map((stanza) => [
        ...[attribute(stanza, 'from'), attribute(stanza, 'type')],
        ...['show', 'status'].map((name) => stanza.getChildText(name) ?? undefined),
      ]);
  };
  const hear = (resource: string, type: string | undefined, ...children: Element[]): unknown => {
    const from = parseAddress(`bob@example.org${resource}`);
    assert.ok(from !== undefined);
    presences.take(xml('presence', type === undefined ? {} : { type }, ...children), from, alice);
    const event = signals.at(-1)?.event;
    return event?.kind === 'presence' ? [event.presence, event.status] : undefined;
  };
  return { presences, posted, signals, changed, told, hear };
}

describe('the presence of Matrix users', () => {
  const full = 'alice@gate.test/matrix';

  it('is told to who follows them, as it was last said for that person, and when it changes', async () => {
    const { presences, told } = setUp();
    assert.equal(presences.tell(alice, bob, { presence: 'away', status: 'lunch' }), false);
    assert.deepEqual(await told(), []);
    presences.follow(alice, bob);
    assert.deepEqual(await told(), [[full, undefined, 'away', 'lunch']]);
    assert.equal(presences.tell(alice, bob, { presence: 'away', status: 'lunch' }), false);
    assert.equal(presences.tell(alice, bob, { presence: 'offline', status: undefined }), true);
    assert.deepEqual(await told(), [[full, 'unavailable', undefined, undefined]]);
    presences.unfollow(alice, bob);
    assert.equal(presences.tell(alice, bob, { presence: 'online', status: undefined }), false);
    assert.deepEqual(await told(), []);
  });

  it('without anything known is that they are there, for they can be written to', async () => {
    const { presences, told } = setUp();
    presences.follow(alice, bob);
    assert.deepEqual(await told(), [[full, undefined, undefined, undefined]]);
  });

  it('is that they are away, whatever was told before, where they show it to nobody', async () => {
    let gives = true;
    const { presences, told } = setUp(true, async () => gives);
    presences.follow(alice, bob);
    presences.tell(alice, bob, { presence: 'online', status: 'here' });
    assert.deepEqual((await told()).at(-1), [full, undefined, undefined, 'here']);
    gives = false;
    presences.changed(alice);
    assert.deepEqual(await told(), [[full, 'unavailable', undefined, undefined]]);
    presences.follow(alice, bob);
    assert.deepEqual(await told(), [[full, 'unavailable', undefined, undefined]]);
    gives = true;
    presences.changed(alice);
    assert.deepEqual(await told(), [[full, undefined, undefined, 'here']]);
  });

  it('is taken back from people of earlier chats who may have seen it before the last start', async () => {
    let gives = false;
    const { presences, told } = setUp(true, async () => gives);
    presences.changed(alice, [bob]);
    assert.deepEqual(await told(), [[full, 'unavailable', undefined, undefined]]);
    gives = true;
    presences.changed(alice, [bob]);
    assert.deepEqual(await told(), []);
  });

  it('and their news go again to all followers when a name or picture changes', async () => {
    const { presences, posted } = setUp();
    for (const name of ['bob', 'eve']) presences.follow(alice, remoteUserId(`${name}@example.org`));
    presences.follow(matrixUserId('@other:hs.test'), bob);
    await turn();
    posted.splice(0);
    presences.changed(alice);
    await turn();
    assert.deepEqual(posted.map((stanza) => `${stanza.name} ${attribute(stanza, 'to') ?? ''}`).toSorted(), [
      ...['message bob@example.org', 'message eve@example.org'],
      ...['presence bob@example.org', 'presence eve@example.org'],
    ]);
  });
});

describe('the presence of a user who cannot be reached any more', () => {
  it('is taken back from all who follow them, whom they follow, and whom they are known to have talked to', async () => {
    const { presences, told } = setUp();
    const eve = remoteUserId('eve@example.org');
    const old = remoteUserId('old@example.org');
    const carol = matrixUserId('@carol:hs.test');
    presences.follow(alice, bob);
    presences.follow(carol, bob);
    presences.met(alice, eve);
    presences.answered(alice, eve, true);
    await told();
    presences.forget(alice, [old, bob]);
    const said = await told();
    assert.equal(said.length, 9);
    for (const type of ['unavailable', 'unsubscribed', 'unsubscribe'])
      assert.equal(said.filter((one) => Array.isArray(one) && one[1] === type).length, 3);
    assert.equal(presences.tell(alice, bob, { presence: 'away', status: undefined }), false);
    assert.equal(presences.tell(carol, bob, { presence: 'away', status: undefined }), true);
    assert.equal(presences.askerFor(eve), undefined);
    await told();
    // Whom they talk to again is asked again.
    presences.met(alice, old);
    assert.equal((await told()).length, 2);
  });
});

describe('the presence of people', () => {
  const show = (text: string): Element => xml('show', {}, text);

  it('is that of the client that is most there', () => {
    const { hear } = setUp();
    assert.deepEqual(hear('/phone', undefined, show('xa'), xml('status', {}, ' out ')), ['away', 'out']);
    assert.deepEqual(hear('/laptop', undefined), ['online', undefined]);
    assert.deepEqual(hear('/laptop', undefined, show('dnd')), ['away', 'out']);
    assert.deepEqual(hear('/phone', 'unavailable'), ['away', undefined]);
    assert.deepEqual(hear('/laptop', 'unavailable'), ['offline', undefined]);
  });

  it('ends with that of the account, and is not that of other stanzas', () => {
    const { hear, signals } = setUp();
    hear('/phone', undefined);
    assert.deepEqual(hear('', 'unavailable'), ['offline', undefined]);
    hear('/phone', 'error');
    assert.equal(signals.length, 2);
  });

  it('of a thousand clients is bounded', () => {
    const { hear } = setUp();
    for (let count = 0; count < 1_000; count += 1) hear(`/${count}`, undefined, show('away'));
    assert.deepEqual(hear('/late', undefined), ['away', undefined]);
    assert.deepEqual(hear('/0', undefined, xml('status', {}, 'x'.repeat(9_000))), [
      'online',
      'x'.repeat(500),
    ]);
  });

  it('names their picture: another one is news', () => {
    const { hear, changed } = setUp();
    const photo = (id: string): Element => xml('x', 'vcard-temp:x:update', xml('photo', {}, id));
    hear('/phone', undefined);
    hear('/phone', undefined, xml('x', 'vcard-temp:x:update'));
    assert.deepEqual(changed, []);
    for (const id of ['1', '1', '2', '']) hear('/phone', undefined, photo(id));
    assert.equal(changed.length, 3);
  });

  it('is lost with the link, and looked for when that is there again', async () => {
    const { presences, hear, signals, told } = setUp();
    hear('/phone', undefined);
    presences.lost();
    const last = signals.at(-1)?.event;
    assert.equal(last?.kind === 'presence' && last.presence, 'offline');
    presences.lost();
    assert.equal(signals.length, 2);
    presences.found();
    assert.deepEqual(await told(), [['alice@gate.test', 'probe', undefined, undefined]]);
    assert.deepEqual(hear('/laptop', undefined, show('away')), ['away', undefined]);
  });

  it('is asked for once by who writes to them, if at all', async () => {
    const { presences, told } = setUp();
    presences.met(alice, bob);
    presences.met(alice, bob);
    assert.deepEqual(
      (await told()).map((one) => (Array.isArray(one) ? one.slice(0, 2) : one)),
      [
        ['alice@gate.test', 'probe'],
        ['alice@gate.test', 'subscribe'],
      ],
    );
    const quiet = setUp(false);
    quiet.presences.met(alice, bob);
    assert.deepEqual(await quiet.told(), []);
  });

  it('that may be seen lets the user ask for more, until it may not', async () => {
    const { presences, changed } = setUp();
    assert.equal(presences.askerFor(bob), undefined);
    presences.answered(alice, bob, true);
    assert.deepEqual([presences.askerFor(bob), changed], ['alice@gate.test', [bob]]);
    presences.answered(alice, bob, false);
    assert.equal(presences.askerFor(bob), undefined);
    await turn();
  });
});
