import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { matrixUserId, networkId, portalId, remoteChatId, roomId } from '../../../src/core/ids.ts';
import type { GroupPortal } from '../../../src/core/portal.ts';
import { alice, carol, chat, group, net, room, TieScene, type Kill } from '../../support/tie-scene.ts';

/** A wish for which the group was asked. */
async function asked(): Promise<TieScene> {
  const scene = new TieScene();
  await scene.begin();
  await scene.ties.invited(room, false);
  await scene.settled();
  assert.equal(scene.waiting?.state, 'asked');
  return scene;
}

async function answer(scene: TieScene, administers = true): Promise<void> {
  const code = scene.waiting?.code ?? 'none';
  await scene.ties.answered(net, { chat, code, administers });
  await scene.settled();
}

async function portalIn(scene: TieScene): Promise<GroupPortal> {
  const portal = await scene.stores.portals.byRoom(room);
  assert.ok(portal?.kind === 'group');
  return portal;
}

function news(scene: TieScene): readonly string[] {
  return [...scene.told.values()];
}

describe('a room and a group that are there already', () => {
  it('are tied when both sides have agreed, one after the other', async () => {
    const scene = new TieScene();
    assert.equal((await scene.begin()).kind, 'begun');
    await scene.settled();
    assert.deepEqual(news(scene), ['{"kind":"invite-bot"}']);
    assert.equal(scene.inGroup.size, 0, 'nobody enters the group before the room agrees');
    assert.equal(await scene.ties.invited(room, false), true);
    await scene.settled();
    assert.deepEqual([...scene.said.values()], ['ask']);
    assert.equal(await scene.stores.portals.byRoom(room), undefined);
    await answer(scene);
    const portal = await portalIn(scene);
    assert.equal(portal.borrowed, true);
    assert.equal(portal.key.chat, chat);
    assert.deepEqual(
      (await scene.stores.groups.members(portal.id)).map(({ user, state }) => [user, state]),
      [[alice, 'joined']],
    );
    assert.deepEqual(
      [...scene.kept.values()].map(({ state, user }) => [state, user]),
      [['open', alice]],
    );
    assert.deepEqual([...scene.said.values()], ['ask', 'open']);
    assert.equal(await scene.stores.groups.mark(portal.id, 'history'), undefined, 'nothing earlier is due');
  });

  it('are tied at once where the user runs the group too', async () => {
    const scene = new TieScene();
    scene.runsGroup = true;
    scene.botIn = true;
    await scene.begin();
    await scene.settled();
    assert.equal((await portalIn(scene)).borrowed, true);
    assert.deepEqual([...scene.said.values()], ['open']);
  });

  it('are tied by nobody but those who run the group, with the code of this wish', async () => {
    const scene = await asked();
    for (let time = 0; time < 5; time += 1) await answer(scene, false);
    await scene.ties.answered(net, { chat, code: '0000-0000', administers: true });
    const { code = '' } = scene.waiting ?? {};
    await scene.ties.answered(net, { chat: remoteChatId('#other'), code, administers: true });
    await scene.settled();
    assert.equal(await scene.stores.portals.byRoom(room), undefined);
    assert.equal(
      [...scene.said.values()].filter((text) => text === 'not-you').length,
      3,
      'told, but not for ever',
    );
    await answer(scene);
    await portalIn(scene);
  });

  it('are let go of when the time is over, and are told', async () => {
    const scene = await asked();
    const { code = '' } = scene.waiting ?? {};
    scene.time += 60_000;
    await scene.ties.answered(net, { chat, code, administers: true });
    await scene.ties.look();
    assert.deepEqual([scene.botIn, scene.inGroup.size, scene.kept.size], [false, 0, 0]);
    assert.equal(await scene.stores.portals.byRoom(room), undefined);
    assert.deepEqual(news(scene).at(-1), '{"kind":"refused","why":"expired"}');
    assert.deepEqual([...scene.said.values()], ['ask', 'off']);
  });

  it('wait where the room lacks what people can give it, and are looked at again when asked', async () => {
    const scene = new TieScene();
    scene.botIn = true;
    scene.look = { ...scene.look, botMay: false };
    await scene.begin();
    await scene.settled();
    await scene.ties.look();
    assert.deepEqual(news(scene), ['{"kind":"waits","why":"bot-power"}']);
    await scene.begin(alice, '2');
    await scene.settled();
    assert.equal(news(scene).length, 2, 'who asks again is told again');
    scene.look = { ...scene.look, botMay: true };
    await scene.ties.look();
    assert.equal(scene.waiting?.state, 'asked');
  });

  it('are looked at once more before anything is recorded for good', async () => {
    const scene = await asked();
    scene.look = { ...scene.look, userMay: false };
    await answer(scene);
    assert.equal(await scene.stores.portals.byRoom(room), undefined);
    assert.equal(news(scene).at(-1), '{"kind":"refused","why":"no-power"}');
    assert.deepEqual([scene.botIn, scene.inGroup.size], [false, 0]);
  });

  it('are let go of where the room is a direct chat, or the user may use the bridge no longer', async () => {
    const direct = new TieScene();
    await direct.begin();
    assert.equal(await direct.ties.invited(room, true), true);
    assert.equal(news(direct).at(-1), '{"kind":"refused","why":"direct"}');
    const scene = await asked();
    scene.permitted = false;
    await scene.ties.look();
    assert.equal(news(scene).at(-1), '{"kind":"refused","why":"not-permitted"}');
  });

  it('are not tied where the bridge cannot ask; a link that is down is waited for', async () => {
    const scene = new TieScene();
    scene.botIn = true;
    scene.linked = false;
    await scene.begin();
    await scene.settled();
    assert.equal(scene.waiting?.state, 'wanted');
    scene.linked = true;
    scene.mayAsk = false;
    await scene.ties.look();
    assert.equal(news(scene).at(-1), '{"kind":"refused","why":"cannot-ask"}');
  });

  it('are one each: a room or group that is a portal, or is asked for by somebody else, is refused', async () => {
    const scene = await asked();
    assert.deepEqual(await scene.begin(carol), { kind: 'refused', why: 'other-wish' });
    assert.deepEqual(
      await scene.ties.begin(carol, { network: net, chat: remoteChatId('#other') }, room, '1'),
      { kind: 'refused', why: 'other-wish' },
    );
    await answer(scene);
    const elsewhere = roomId('!elsewhere:hs.test');
    assert.deepEqual(await scene.begin(carol), { kind: 'refused', why: 'room-taken' });
    assert.deepEqual(await scene.ties.begin(carol, group, elsewhere, '1'), {
      kind: 'refused',
      why: 'group-taken',
    });
    assert.deepEqual(await scene.ties.begin(alice, group, elsewhere, '1'), {
      kind: 'refused',
      why: 'group-yours',
    });
    await scene.stores.users.put({ userId: carol, managementRoom: elsewhere, language: undefined });
    const other = { network: net, chat: remoteChatId('#other') };
    assert.deepEqual(await scene.ties.begin(carol, other, elsewhere, '1'), {
      kind: 'refused',
      why: 'management',
    });
  });

  it('are refused where the group got a room while it was asked', async () => {
    const scene = await asked();
    const key = { network: net, chat, receiver: undefined };
    const rival = { kind: 'group', id: portalId('rival'), key, room: roomId('!rival:hs.test') } as const;
    await scene.stores.portals.adopted(rival);
    await scene.stores.groups.putMember(rival.id, {
      user: alice,
      nick: 'a',
      state: 'joined',
      role: 'member',
    });
    await answer(scene);
    assert.equal(news(scene).at(-1), '{"kind":"refused","why":"group-taken"}');
    assert.equal(scene.inGroup.has(alice), true, 'whoever is in the group otherwise stays there');
    assert.equal(scene.botIn, false);
  });

  it('are asked for a few times at once by one user, not more', async () => {
    const scene = new TieScene();
    const ask = (n: number): ReturnType<TieScene['begin']> =>
      scene.ties.begin(alice, { network: net, chat: remoteChatId(`#g${n}`) }, roomId(`!r${n}:hs.test`), '1');
    for (let n = 0; n < 5; n += 1) assert.equal((await ask(n)).kind, 'begun');
    assert.deepEqual(await ask(5), { kind: 'refused', why: 'too-many' });
    assert.equal((await ask(2)).kind, 'begun', 'what waits may be asked for again');
  });

  it('are parted by who asked for it, who rules the room, and nobody else', async () => {
    const scene = await asked();
    await answer(scene);
    const portal = await portalIn(scene);
    assert.equal(await scene.ties.mayEnd(alice, portal), true);
    assert.equal(await scene.ties.mayEnd(matrixUserId('@mallory:hs.test'), portal), false);
    assert.equal(await scene.ties.end(alice, portal), undefined);
    assert.deepEqual(
      [scene.botIn, scene.inGroup.size, await scene.stores.portals.byRoom(room)],
      [...[false, 0, undefined]],
    );
    assert.equal([...scene.said.values()].at(-1), 'ended');
  });

  it('are given up without a word when the user is erased, or takes the wish back', async () => {
    const scene = await asked();
    const before = news(scene).length;
    assert.equal(await scene.ties.forget(alice, networkId('elsewhere')), undefined);
    assert.equal(scene.kept.size, 1);
    assert.equal(await scene.ties.forget(alice), undefined);
    assert.deepEqual(
      [news(scene).length, scene.kept.size, scene.botIn, scene.inGroup.size],
      [before, 0, false, 0],
    );
    const other = await asked();
    const wish = await other.ties.wishOf(alice, '#THERE');
    assert.ok(wish !== undefined);
    assert.equal(await other.ties.wishOf(carol, '#there'), undefined);
    assert.equal(await other.ties.withdraw(wish), undefined);
    assert.deepEqual([other.kept.size, other.botIn], [0, false]);
  });
});

/** Kills the process at each step in turn, before the step is done and after, and has another one go on. */
async function everyKill(
  least: number,
  run: (scene: TieScene, kill: Kill) => Promise<boolean>,
): Promise<void> {
  for (const when of ['before', 'after'] as const) {
    let at = 1;
    while (await run(new TieScene(), { at, when })) at += 1;
    assert.ok(at > least, `${at} steps ${when}`);
  }
}

async function survived(work: () => Promise<unknown>): Promise<void> {
  await work().catch(() => undefined);
}

describe('a process that is killed at any step', () => {
  it('ties the room once, and asks, says and tells under one name each', async () => {
    await everyKill(10, async (scene, kill) => {
      scene.killAt(kill);
      await survived(() => scene.begin());
      await survived(() => scene.ties.invited(room, false));
      await scene.settled();
      await survived(() => answer(scene));
      const wasHit = scene.steps >= kill.at;
      await scene.restart();
      // Whoever got no answer repeats what they did.
      if ((await scene.stores.portals.byRoom(room)) === undefined) {
        await scene.begin();
        await scene.ties.invited(room, false);
        await scene.settled();
        await answer(scene);
      }
      const portal = await portalIn(scene);
      assert.deepEqual(
        [scene.kept.size, scene.kept.get(portal.id)?.state],
        [1, 'open'],
        JSON.stringify(kill),
      );
      assert.deepEqual([scene.botIn, [...scene.inGroup]], [true, [alice]]);
      assert.equal((await scene.stores.groups.members(portal.id)).length, 1);
      const ids = [...scene.said].map(([id, text]) => [id, text]);
      assert.deepEqual(
        ids,
        [
          [`${portal.id}/ask`, 'ask'],
          [`${portal.id}/open`, 'open'],
        ].slice(-ids.length),
      );
      return wasHit;
    });
  });

  it('lets go of everything when the time is over', async () => {
    await everyKill(4, async (scene, kill) => {
      await scene.begin();
      await scene.ties.invited(room, false);
      await scene.settled();
      scene.time += 60_000;
      scene.killAt(kill);
      await scene.ties.look();
      const wasHit = scene.steps >= kill.at;
      await scene.restart();
      assert.deepEqual(
        [scene.kept.size, scene.botIn, scene.inGroup.size],
        [0, false, 0],
        JSON.stringify(kill),
      );
      assert.equal(news(scene).filter((told) => told.includes('expired')).length >= 1, true);
      return wasHit;
    });
  });

  it('parts them to the end once that is recorded', async () => {
    await everyKill(4, async (scene, kill) => {
      await scene.begin();
      await scene.ties.invited(room, false);
      await scene.settled();
      await answer(scene);
      const portal = await portalIn(scene);
      scene.killAt(kill);
      await survived(() => scene.ties.end(alice, portal));
      const wasHit = scene.steps >= kill.at;
      const recorded = scene.kept.get(portal.id)?.state !== 'open';
      await scene.restart();
      const there = await scene.stores.portals.byRoom(room);
      if (recorded) assert.deepEqual([there, scene.kept.size, scene.botIn], [undefined, 0, false]);
      else assert.equal(there?.id, portal.id, 'nothing was begun');
      return wasHit;
    });
  });
});
