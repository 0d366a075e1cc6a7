import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { remoteChatId } from '../../../src/core/ids.ts';
import { failedForGood, failedForNow } from '../../../src/core/outcome.ts';
import { eventually } from '../../conformance/eventually.ts';
import { AliasScene, net, salon } from '../../support/alias-scene.ts';
import { memoryStores } from '../../support/memory-stores.ts';
import { alice } from '../../support/spine-rig.ts';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const gone = (scene: AliasScene): Promise<true> =>
  eventually('the end', async () => ((await scene.portal()) === undefined ? true : undefined), 2_000);

describe('a room that is asked for by its alias', () => {
  it('is made, with nobody in the group, and has the alias when that is answered', async () => {
    await using scene = new AliasScene();
    assert.equal(await scene.asked.asked(net, salon), true);
    const portal = await scene.portal();
    assert.ok(portal !== undefined);
    assert.equal(scene.directory.get(salon), portal.room);
    assert.ok(scene.open.has(portal.room));
    assert.equal(scene.count('join'), 0);
    assert.deepEqual(await scene.stores.groups.members(portal.id), []);
  });

  it('is one, however many ask, and counts as one', async () => {
    await using scene = new AliasScene({ limits: { perMinute: 1, burst: 1 } });
    const answers = await Promise.all(Array.from({ length: 20 }, () => scene.asked.asked(net, salon)));
    assert.deepEqual(new Set(answers), new Set([true]));
    assert.equal(scene.count('room'), 1);
  });

  it('is none where there is no such group, it is not open, or its name has another form', async () => {
    await using none = new AliasScene({ find: async () => failedForGood('no-such-group') });
    assert.equal(await none.asked.asked(net, salon), false);
    await using shut = new AliasScene();
    shut.isOpen = false;
    assert.equal(await shut.asked.asked(net, salon), false);
    await using other = new AliasScene({
      find: async () => ({
        ...{ chat: remoteChatId('#other'), name: undefined, topic: undefined, size: 1, open: true },
      }),
    });
    assert.equal(await other.asked.asked(net, salon), false);
    assert.equal(await other.asked.asked(net, remoteChatId('salon')), false);
    await using never = new AliasScene({ mayEnter: () => false });
    assert.equal(await never.asked.asked(net, salon), false);
    for (const scene of [none, shut, other, never]) assert.equal(scene.count('room'), 0);
  });

  it('is not looked for again at once where it was not there', async () => {
    let asked = 0;
    let now = 1_000_000;
    await using scene = new AliasScene({
      now: () => now,
      find: async () => {
        asked += 1;
        return failedForGood('no-such-group');
      },
    });
    for (let time = 0; time < 5; time += 1) await scene.asked.asked(net, salon);
    assert.equal(asked, 1);
    now += 31_000;
    await scene.asked.asked(net, salon);
    assert.equal(asked, 2);
  });

  it('is refused and counted beyond the rate', async () => {
    const now = 1_000_000;
    await using scene = new AliasScene({ limits: { perMinute: 1, burst: 2 }, now: () => now });
    const names = ['#a', '#b', '#c', '#d'].map(remoteChatId);
    const answers = [];
    for (const name of names) answers.push(await scene.asked.asked(net, name));
    assert.deepEqual(answers, [true, true, false, false]);
    assert.deepEqual(scene.bounded, ['alias', 'alias']);
    assert.equal(await scene.asked.asked(net, remoteChatId('#a')), true);
  });

  it('is not waited for longer than the homeserver waits, and is finished all the same', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    await using scene = new AliasScene({
      answer: 30,
      find: async (typed) => {
        await promise;
        return { chat: remoteChatId(typed), name: undefined, topic: undefined, size: 1, open: true };
      },
    });
    assert.equal(await scene.asked.asked(net, salon), false);
    resolve(undefined);
    await eventually('the room', () => (scene.directory.has(salon) ? true : undefined), 2_000);
    assert.equal(await scene.asked.asked(net, salon), true);
    assert.equal(scene.count('room'), 1);
  });

  it('answers no where something breaks', async () => {
    await using scene = new AliasScene({
      find: () => Promise.reject(new Error('a bug')),
    });
    assert.equal(await scene.asked.asked(net, salon), false);
    assert.equal(scene.log.errors().length, 1);
  });

  it('gives the alias again where the homeserver has lost it, and makes no second room', async () => {
    await using scene = new AliasScene();
    await scene.groups.join(scene.network, salon, alice);
    await eventually('the alias', () => (scene.directory.has(salon) ? true : undefined), 2_000);
    scene.directory.clear();
    assert.equal(await scene.asked.asked(net, salon), true);
    assert.equal(scene.directory.get(salon), (await scene.portal())?.room);
    assert.equal(scene.count('room'), 1);
  });

  it('has no alias that belongs to another room', async () => {
    await using scene = new AliasScene();
    const other = await new AliasScene().groups.join(scene.network, salon, alice);
    assert.ok(other.kind === 'group');
    scene.directory.set(salon, other.portal.room);
    assert.equal(await scene.asked.asked(net, salon), false);
  });
});

describe('a room that nobody comes to', () => {
  it('is closed after a time, its alias taken away first', async () => {
    await using scene = new AliasScene({ limits: { closeAfter: 40 } });
    await scene.asked.asked(net, salon);
    const room = (await scene.portal())?.room;
    scene.asked.begin();
    await gone(scene);
    assert.deepEqual([...scene.directory], []);
    const order = [`shut ${room ?? ''}`, 'remove #salon', 'close'].map((act) => scene.acts.indexOf(act));
    assert.ok(
      order.every((at, index) => at >= 0 && at > (order[index - 1] ?? -1)),
      String(order),
    );
  });

  it('is closed by the next run, also where a crash left no room, or an unrecorded one', async () => {
    for (const crash of ['after the room', 'before the room']) {
      const stores = memoryStores();
      await using before = new AliasScene({
        stores,
        fails: (act) =>
          crash === 'before the room' && act.startsWith('room') ? failedForNow('link-down') : undefined,
      });
      assert.equal(await before.asked.asked(net, salon), crash === 'after the room');
      await pause(20);
      await using scene = new AliasScene({ stores, limits: { closeAfter: 10 } });
      scene.asked.begin();
      await eventually(
        'the end',
        async () =>
          (await stores.portals.byKey({ network: net, chat: salon, receiver: undefined })) === undefined
            ? true
            : undefined,
        2_000,
      );
      assert.equal(scene.count('close'), 1, crash);
      assert.equal(
        scene.acts.filter((act) => act.endsWith('again')).length,
        crash === 'after the room' ? 0 : 1,
      );
    }
  });

  it('is made once by who asks again after a crash between the note and the room', async () => {
    const stores = memoryStores();
    await using before = new AliasScene({
      stores,
      fails: (act) => (act.startsWith('room') ? failedForNow('link-down') : undefined),
    });
    await before.asked.asked(net, salon);
    await using scene = new AliasScene({ stores });
    assert.equal(await scene.asked.asked(net, salon), true);
    assert.equal(scene.acts.filter((act) => act.startsWith('room') && act.endsWith('again')).length, 1);
  });

  it('stays where a user entered the group', async () => {
    await using scene = new AliasScene({ limits: { closeAfter: 30 } });
    await scene.asked.asked(net, salon);
    const portal = await scene.portal();
    assert.ok(portal !== undefined);
    assert.equal(await scene.groups.entered(scene.network, portal, alice), undefined);
    scene.asked.begin();
    await eventually(
      'the note to go',
      async () => ((await scene.stores.groups.mark(portal.id, 'unjoined')) === '' ? true : undefined),
      2_000,
    );
    await pause(60);
    assert.equal(scene.count('close'), 0);
    assert.equal(scene.directory.get(salon), portal.room);
  });

  it('stays where a user is about to come, or entered just before it is looked at', async () => {
    await using scene = new AliasScene({ limits: { closeAfter: 10 } });
    await scene.asked.asked(net, salon);
    const portal = await scene.portal();
    assert.ok(portal !== undefined);
    const invited = { user: alice, nick: 'alice', state: 'invited', role: 'member' } as const;
    await scene.stores.groups.putMember(portal.id, invited);
    await pause(20);
    scene.asked.begin();
    await eventually(
      'the note to go',
      async () => ((await scene.stores.groups.mark(portal.id, 'unjoined')) === '' ? true : undefined),
      2_000,
    );
    assert.equal(scene.count('shut') + scene.count('close'), 0);
  });

  it('stays, open, where somebody is in it who is not in the group yet', async () => {
    await using scene = new AliasScene({ limits: { closeAfter: 20 } });
    await scene.asked.asked(net, salon);
    const portal = await scene.portal();
    assert.ok(portal !== undefined);
    scene.inside.add(alice);
    scene.asked.begin();
    await eventually('a look', () => (scene.count('shut') > 0 ? true : undefined), 2_000);
    await pause(10);
    assert.equal(scene.count('close'), 0);
    scene.inside.clear();
    await gone(scene);
  });

  it('stays for now where the homeserver does not answer', async () => {
    let fails = true;
    await using scene = new AliasScene({
      limits: { closeAfter: 10 },
      fails: (act) => (fails && act === 'empty' ? failedForNow('link-down') : undefined),
    });
    await scene.asked.asked(net, salon);
    scene.asked.begin();
    await eventually('looks', () => (scene.count('shut') > 1 ? true : undefined), 2_000);
    assert.ok((await scene.portal()) !== undefined);
    fails = false;
    await gone(scene);
  });
});
