import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { matrixUserId } from '../../../../src/core/ids.ts';
import type { Reachable } from '../../../../src/core/network.ts';
import { partner, stanzaOf } from '../../../support/third-party-partner.ts';
import {
  alice,
  handle,
  message,
  messagesIn,
  portalOf,
  scene,
  words,
} from '../../../support/third-party-scene.ts';

const carol = matrixUserId('@carol:example.org');

describe('who may be reached in third-party chats', () => {
  for (const answer of ['no-such-user', 'not-permitted'] as const satisfies readonly Reachable[])
    it(`looks like nobody where the homeserver says ${answer}, also after having been there`, async () => {
      await using on = await scene();
      const bob = await partner(on);
      const known = (await bob.find('alice')) ?? assert.fail();
      await bob.say(known, 'A1', { conversation: 'hello' });
      on.sink.who = () => answer;
      const nobody = { ...known, user: '123456789' };
      const receipts = bob.receipts().length;
      assert.equal(await bob.find('alice'), undefined);
      assert.equal(await bob.find('nobody'), undefined);
      assert.equal(await on.listener().keysOf(bob.account, known), undefined);
      assert.equal(await on.listener().keysOf(bob.account, nobody), undefined);
      const gone = await bob.say(known, 'A2', { conversation: 'hello?' });
      assert.deepEqual(gone, { error: 404 });
      assert.deepEqual(
        await on.listener().message(bob.account, stanzaOf(bob.account.login, nobody, 'A3')),
        gone,
      );
      assert.equal(messagesIn(on).length, 1);
      assert.equal(bob.receipts().length, receipts);
    });

  it('is found by Matrix ID and localpart, however written, and not by another integrator’s number', async () => {
    await using on = await scene();
    on.sink.who = (user) => (user === alice ? 'yes' : 'no-such-user');
    const bob = await partner(on);
    const found = await bob.find('@alice:example.org');
    assert.ok(found !== undefined);
    for (const typed of ['alice', '@alice', ' Alice ', 'alice:example.org'])
      assert.deepEqual(await bob.find(typed), found, typed);
    for (const typed of ['', '@', ':', '@alice:other.org', 'al ice', 'a'.repeat(320)])
      assert.equal(await bob.find(typed), undefined, typed);
    const other = await on.listener().lookUp(bob.account, { externalId: 'alice', integrator: 12 });
    assert.equal(other, undefined);
  });

  it('has another id than before once forgotten, and the old one is nobody’s', async () => {
    await using on = await scene();
    const bob = await partner(on);
    const before = (await bob.find('alice')) ?? assert.fail();
    await bob.say(before, 'A1', { conversation: 'hello' });
    await on.network().forget?.(alice, []);
    await on.network().forget?.(alice, []);
    assert.deepEqual(await bob.say(before, 'A2', { conversation: 'there?' }), { error: 404 });
    assert.deepEqual([...on.store.rows.values()], [], 'no key and no session is left');
    assert.deepEqual([...on.records.rows.values()], [], 'nothing is known of the user');
    const after = (await bob.find('alice')) ?? assert.fail();
    assert.notDeepEqual(after, before);
    await on.restart();
    assert.deepEqual(await bob.find('alice'), after);
  });

  it('takes messages where the homeserver is away, and answers only for those who were there', async () => {
    await using on = await scene();
    const bob = await partner(on);
    const known = (await bob.find('alice')) ?? assert.fail();
    on.sink.who = () => 'unsure';
    assert.deepEqual(await bob.find('alice'), known);
    assert.equal(await bob.find('carol'), undefined);
    assert.deepEqual(await bob.say(known, 'A1', { conversation: 'hello' }), {});
    assert.equal(messagesIn(on).length, 1);
  });

  it('does not reach who has blocked them, who wants nobody, and who is gone', async () => {
    await using on = await scene();
    const bob = await partner(on);
    const known = (await bob.find('alice')) ?? assert.fail();
    const say = async (user = alice): Promise<string> => {
      const handled = await handle(on, message(words('hello'), user), portalOf(bob, user));
      return handled.kind === 'failed' ? handled.reason : handled.kind;
    };
    await on.listener().block(bob.account, known, true);
    assert.deepEqual(await on.listener().blocked(bob.account), [known]);
    assert.deepEqual([await say(), await say(carol)], ['user-unavailable', 'sent']);
    await on.restart();
    assert.equal(await say(), 'user-unavailable');
    await on.listener().block(bob.account, known, false);
    assert.equal(await say(), 'sent');
    const off = { enabled: false, integrators: [] };
    assert.deepEqual(await on.listener().reachability(bob.account, off), off);
    assert.deepEqual([await say(), await say(carol)], ['user-unavailable', 'user-unavailable']);
    const find = (typed: string): Promise<unknown> => on.network().directory.find(typed);
    assert.deepEqual(await find('bob@birdychat.example'), await find('nobody@birdychat.example'));
    await on.listener().reachability(bob.account, { enabled: true, integrators: [0, 7] });
    assert.equal(await say(), 'sent');
    await on.listener().block(bob.account, known, true);
    on.host.accounts.length = 0;
    await on.listener().gone(bob.account, 'deleted');
    assert.deepEqual(on.sink.gone, [{ user: portalOf(bob).remote, receivers: [carol, alice] }]);
    assert.equal(await say(), 'no-such-user');
    assert.deepEqual(await on.listener().blocked(bob.account), []);
  });

  it('gives each one-time prekey once, and bundles without where somebody asks without end', async () => {
    await using on = await scene();
    const bob = await partner(on);
    const known = (await bob.find('alice')) ?? assert.fail();
    const bundles = await Promise.all(
      Array.from({ length: 20 }, () => on.listener().keysOf(bob.account, known)),
    );
    const ids = bundles.flatMap((bundle) => (bundle?.prekey === undefined ? [] : [bundle.prekey.id]));
    assert.equal(new Set(ids).size, ids.length);
    assert.ok(ids.length >= 5 && ids.length < 20, String(ids.length));
    assert.ok(bundles.every((bundle) => bundle !== undefined));
    on.clock.now += 3_600_000;
    await on.restart();
    const more = await on.listener().keysOf(bob.account, known);
    assert.ok(more?.prekey !== undefined && !ids.includes(more.prekey.id));
  });

  it('never gives a prekey twice when the bridge is stopped in the middle', async () => {
    await using on = await scene();
    const bob = await partner(on);
    const known = (await bob.find('alice')) ?? assert.fail();
    const given = new Set<number>();
    for (let stop = 0; stop < 24; stop += 1) {
      let left = stop % 6;
      const fails = (): void => {
        left -= 1;
        if (left < 0) throw new Error('the database is away');
      };
      const side = stop % 2 === 0 ? 'before' : 'after';
      on.records[side] = on.store[side] = (step: string): void => {
        if (step === 'commit') fails();
      };
      const bundle = await on
        .listener()
        .keysOf(bob.account, known)
        .catch(() => undefined);
      on.records[side] = on.store[side] = () => undefined;
      const id = bundle?.prekey?.id;
      assert.ok(id === undefined || !given.has(id), `prekey ${String(id)} was given twice`);
      if (id !== undefined) given.add(id);
      on.clock.now += 3_600_000;
      await on.restart();
    }
    assert.ok(given.size > 4);
  });
});

describe('providers that are shut out', () => {
  it('lose their connections at once, and are found by the domain that bans name', async () => {
    let banned = false;
    const listeners: (() => void)[] = [];
    const asked: string[] = [];
    await using on = await scene({
      shutOut: {
        has: (name) => {
          asked.push(on.network().directory.serverOf?.(name) ?? '');
          return banned && name.startsWith('12-');
        },
        listen: (changed) => void listeners.push(changed),
      },
    });
    on.network().reachChanged?.(undefined);
    assert.deepEqual([on.host.out, asked], [[], ['birdychat.example', 'haiket.example']]);
    banned = true;
    on.network().reachChanged?.(alice);
    assert.deepEqual(on.host.out, [12]);
    assert.equal(on.network().directory.serverOf?.('99-1'), undefined);
    assert.equal(on.network().directory.serverOf?.('nobody'), undefined);
    // As an administrator types it.
    assert.equal(on.network().directory.serverOf?.('haiket.example'), 'haiket.example');
  });
});

describe('finding providers’ users', () => {
  it('goes by identifiers as people write them, in the providers that have such', async () => {
    await using on = await scene();
    const [bob, tel] = [await partner(on), await partner(on, '+4915112345678', 13)];
    const { directory } = on.network();
    const found = async (typed: string): Promise<string> => {
      const answer = await directory.find(typed);
      return 'kind' in answer ? answer.reason : answer.userId;
    };
    const [bobs, tels] = [portalOf(bob).remote, portalOf(tel).remote];
    assert.equal(await found(' Bob@BirdyChat.example '), bobs);
    assert.equal(await found('birdychat:bob@birdychat.example'), bobs);
    assert.equal(await found(bobs), bobs, 'as rooms and lines name people');
    assert.equal(await found('+49 151 1234-5678'), tels);
    assert.equal(await found('Haiket: 0049 151 12345678'), tels);
    for (const typed of [
      'haiket:bob@birdychat.example',
      '',
      ':',
      'x'.repeat(1000),
      'dave@birdychat.example',
      '12-1',
    ])
      assert.equal(await found(typed), 'no-such-user', typed);
    assert.deepEqual(
      [bobs, '99-1'].map((typed) => directory.named?.(typed)),
      [bobs, undefined],
    );
    assert.equal(directory.addressOf?.(alice), alice);
    await on.restart();
    assert.equal(on.network().directory.numberOf?.(tels), '+4915112345678');
    assert.equal(on.network().directory.numberOf?.(bobs), undefined);
    await on.listener().gone(tel.account, 'unseen');
    assert.equal(on.network().directory.numberOf?.(tels), undefined);
  });

  it('has the ghost follow the name that somebody goes by, told once', async () => {
    await using on = await scene();
    const bob = await partner(on);
    const address = (await bob.find('alice')) ?? assert.fail();
    await bob.say(address, 'A1', { conversation: 'one' });
    await bob.say(address, 'A2', { conversation: 'two' });
    assert.deepEqual(on.sink.changed, [portalOf(bob).remote]);
  });
});
