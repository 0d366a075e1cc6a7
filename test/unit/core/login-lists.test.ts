import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { AccountListScene, alice, login, smoke, who } from '../../support/account-list-scene.ts';

describe('blocks and the list of an account', () => {
  it('agree after a block and an unblock on the bridge', async () => {
    await using scene = await AccountListScene.open();
    await scene.block('bob');
    assert.deepEqual(await scene.place('bob'), ['me waiting']);
    await scene.look();
    assert.deepEqual([scene.listed(), await scene.place('bob')], [['bob'], ['me there']]);
    const { writes } = scene;
    const kept = scene.store.writes;
    await scene.look();
    assert.deepEqual([scene.writes, scene.store.writes], [writes, kept], 'nothing is written again');
    await scene.unblock('bob');
    await scene.look();
    assert.deepEqual([scene.listed(), scene.isBlocked('bob'), scene.followed], [[], false, 0]);
  });

  it('agree after the user has changed the list in another app, and the list on Matrix is to follow', async () => {
    await using scene = await AccountListScene.open();
    scene.list().add('bob');
    await scene.look();
    assert.deepEqual([scene.isBlocked('bob'), scene.followed], [true, 1]);
    scene.list().delete('bob');
    await scene.look();
    assert.deepEqual([scene.isBlocked('bob'), scene.followed, scene.writes], [false, 2, 0]);
  });

  it('agree without being asked: when blocks change, when the link comes up, when the platform tells', async () => {
    await using scene = await AccountListScene.open();
    scene.following?.begin();
    await scene.block('bob');
    await until(() => scene.listed().includes('bob'));
    scene.list().add('carol');
    scene.following?.listChanged(smoke, who('me').remote);
    await until(() => scene.isBlocked('carol'));
    scene.list().delete('carol');
    scene.following?.linkUp(smoke);
    await until(() => !scene.isBlocked('carol'));
    scene.fault = 'garbage';
    await scene.block('dave');
    await until(async () => (await scene.place('dave'))[0] === 'me waiting' && scene.calls > 8);
    scene.fault = 'none';
    await until(() => scene.listed().includes('dave'));
  });

  it('are about persons: all their accounts are listed, and none once one is taken off', async () => {
    await using scene = await AccountListScene.open();
    await scene.one('bob', 'rob');
    scene.list().add('bob').add('other');
    await scene.look();
    assert.deepEqual(scene.listed(), ['bob', 'other', 'rob']);
    scene.list().delete('rob');
    await scene.look();
    assert.deepEqual([scene.listed(), scene.isBlocked('bob')], [['other'], false]);
    // One name comes on as another goes: the block wins.
    await scene.block('bob');
    await scene.look();
    await scene.one('bob', 'new');
    scene.list().delete('rob');
    scene.list().add('new');
    await scene.look();
    assert.deepEqual([scene.listed(), scene.isBlocked('bob')], [['bob', 'new', 'other', 'rob'], true]);
  });

  it('hold on all lists of a user, and end on all once they end on one', async () => {
    await using scene = await AccountListScene.open();
    scene.store.all.push(login('work', 2));
    await scene.same(alice, 'work');
    scene.list('me').add('bob');
    await scene.look();
    await scene.look();
    assert.deepEqual([scene.listed('me'), scene.listed('work')], [['bob'], ['bob']]);
    assert.deepEqual(await scene.place('bob'), ['me there', 'work there']);
    scene.list('work').delete('bob');
    await scene.look();
    await scene.look();
    assert.deepEqual([scene.listed('me'), scene.listed('work'), scene.isBlocked('bob')], [[], [], false]);
  });

  it('leave alone what is not theirs: the bridge, the user, what a list cannot hold', async () => {
    await using scene = await AccountListScene.open();
    scene.store.all.push(login('work', 2));
    await scene.same(alice, 'work');
    for (const name of ['bridge', 'work', 'me']) scene.list().add(name);
    await scene.block('room?occupant');
    await scene.look();
    assert.deepEqual(scene.listed(), ['bridge', 'me', 'work']);
    assert.deepEqual(
      ['bridge', 'work', 'me'].filter((name) => scene.isBlocked(name)),
      [],
    );
    assert.deepEqual(await scene.place('room?occupant'), []);
  });

  it('take a domain on the list for everybody there, and nobody below it', async () => {
    await using scene = await AccountListScene.open();
    scene.list().add('evil.example');
    await scene.look();
    const names = ['x@evil.example', 'x@sub.evil.example', 'x@good.example'];
    assert.deepEqual(
      names.map((name) => scene.isBlocked(name)),
      [true, false, false],
    );
    await scene.restart();
    assert.ok(scene.isBlocked('x@evil.example'), 'also after a restart');
    scene.list().delete('evil.example');
    await scene.look();
    assert.ok(!scene.isBlocked('x@evil.example'));
  });

  it('agree later where the platform does not answer, also over a restart', async () => {
    for (const fault of ['down', 'lost', 'throws', 'garbage'] as const) {
      await using scene = await AccountListScene.open();
      scene.fault = fault;
      await scene.block('bob');
      await scene.look();
      assert.deepEqual([scene.isBlocked('bob'), await scene.place('bob')], [true, ['me waiting']], fault);
      await scene.restart();
      scene.fault = 'none';
      await scene.look();
      assert.deepEqual([scene.listed(), scene.isBlocked('bob')], [['bob'], true], fault);
      scene.fault = fault;
      await scene.unblock('bob');
      await scene.look();
      await scene.restart();
      scene.fault = 'none';
      await scene.look();
      assert.deepEqual([scene.listed(), scene.isBlocked('bob')], [[], false], fault);
    }
  });

  it('know their own hand on a list: what they put there is no block of the user', async () => {
    for (const fault of ['lost', 'crash'] as const) {
      await using scene = await AccountListScene.open();
      scene.fault = fault;
      await scene.block('bob');
      await scene.look();
      assert.deepEqual(scene.listed(), ['bob'], fault);
      await scene.unblock('bob');
      await scene.restart();
      scene.fault = 'none';
      await scene.look();
      assert.deepEqual([scene.listed(), scene.isBlocked('bob')], [[], false], fault);
      scene.fault = fault;
      await scene.block('bob');
      await scene.look();
      scene.list().delete('bob');
      await scene.restart();
      scene.fault = 'none';
      await scene.look();
      assert.deepEqual([scene.listed(), scene.isBlocked('bob')], [['bob'], true], fault);
    }
  });

  it('let a block win over an unblock that was made elsewhere meanwhile', async () => {
    await using scene = await AccountListScene.open();
    await scene.block('bob');
    await scene.look();
    scene.fault = 'down';
    await scene.unblock('bob');
    await scene.block('bob');
    scene.list().delete('bob');
    scene.fault = 'none';
    await scene.look();
    assert.deepEqual([scene.listed(), scene.isBlocked('bob')], [['bob'], true]);
    scene.fault = 'down';
    await scene.unblock('bob');
    scene.list().add('rob');
    await scene.one('bob', 'rob');
    scene.fault = 'none';
    await scene.look();
    assert.deepEqual([scene.listed(), scene.isBlocked('bob')], [['bob', 'rob'], true]);
  });

  it('unblock nobody for a list that was lost or is too long, and tell of what was lost', async () => {
    await using scene = await AccountListScene.open();
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    for (const name of names) await scene.block(name);
    await scene.look();
    scene.list().clear();
    await scene.look();
    assert.deepEqual([scene.listed(), scene.told], [names, ['me restored']]);
    scene.most = 2;
    await scene.look();
    await scene.unblock('f');
    await scene.block('g');
    await scene.look();
    assert.deepEqual(scene.listed(), ['a', 'b', 'c', 'd', 'e', 'g']);
    scene.most = Infinity;
    for (const name of ['a', 'b', 'c', 'd', 'e']) scene.list().delete(name);
    await scene.look();
    assert.deepEqual(
      names.filter((name) => scene.isBlocked(name)),
      [],
      'a few are taken off by hand',
    );
  });

  it('are told once where the platform does not let the bridge, and again after it did', async () => {
    await using scene = await AccountListScene.open();
    scene.fault = 'not-allowed';
    scene.canTell = false;
    await scene.look();
    assert.deepEqual(scene.told, []);
    scene.canTell = true;
    await scene.block('bob');
    await scene.look();
    await scene.look();
    await scene.restart();
    await scene.look();
    assert.deepEqual([scene.told, await scene.place('bob')], [['me not-granted'], ['me unfollowed']]);
    scene.fault = 'none';
    await scene.look();
    assert.deepEqual([scene.listed(), await scene.place('bob')], [['bob'], ['me there']]);
    scene.fault = 'not-allowed';
    await scene.look();
    assert.deepEqual(scene.told, ['me not-granted', 'me not-granted']);
    scene.fault = 'no-lists';
    await scene.look();
    await scene.look();
    assert.deepEqual(scene.told.slice(2), ['me not-offered']);
  });

  it('do not ask again and again for what the platform will not have', async () => {
    await using scene = await AccountListScene.open();
    scene.unwanted = new Set(['bob']);
    await scene.block('bob');
    await scene.block('carol');
    await scene.look();
    assert.deepEqual([scene.listed(), await scene.place('bob')], [['carol'], ['me unfollowed']]);
    const { writes } = scene;
    await scene.look();
    assert.deepEqual([scene.writes, scene.isBlocked('bob')], [writes, true]);
  });

  it('forget an account that is given up: what happens to its list then unblocks nobody', async () => {
    await using scene = await AccountListScene.open();
    await scene.block('bob');
    await scene.look();
    scene.store.all.length = 0;
    scene.list().clear();
    await scene.look();
    scene.store.all.push(login('me', 2));
    await scene.look();
    assert.deepEqual([scene.listed(), scene.isBlocked('bob')], [['bob'], true]);
  });
});

type Act =
  'block' | 'unblock' | 'list' | 'unlist' | 'same' | 'restart' | 'look' | 'up' | 'down' | 'lost' | 'crash';

describe('whatever happens in whatever order', () => {
  const names = ['a', 'b', 'c'] as const;
  const act = fc.tuple(
    fc.constantFrom<Act>(
      ...(['block', 'unblock', 'list', 'unlist', 'same', 'restart', 'up', 'down', 'lost', 'crash'] as const),
      ...(['look', 'look', 'look'] as const),
    ),
    fc.constantFrom(...names),
    fc.constantFrom(...names),
  );

  it('both sides come to the same and stay so, and no block is lost that was made last', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 30, size: 'max' }), async (acts) => {
        await using scene = await AccountListScene.open();
        // Whose block was the last that was done about them, on whatever side, known there or not.
        const safe = new Set<string>();
        const persons = new Map<string, string>(names.map((name) => [name, name]));
        const ofPerson = (one: string) => names.filter((name) => persons.get(name) === persons.get(one));
        for (const [what, one, other] of acts) {
          const isListed = scene.list().has(one);
          if (what === 'block' || (what === 'list' && !isListed && !scene.uncertain.has(one))) safe.add(one);
          if (what === 'unblock' || (what === 'unlist' && isListed))
            for (const name of ofPerson(one)) safe.delete(name);
          if (what === 'block') await scene.block(one);
          else if (what === 'unblock') await scene.unblock(one);
          else if (what === 'list') scene.list().add(one);
          else if (what === 'unlist') {
            if (scene.list().delete(one)) scene.uncertain.add(one);
          } else if (what === 'restart') await scene.restart();
          else if (what === 'look') {
            await scene.look();
            if (scene.store.failing) await scene.restart();
          } else if (what === 'same') {
            const [kept, gone] = [persons.get(one) ?? one, persons.get(other) ?? other];
            for (const [name, person] of persons) if (person === gone) persons.set(name, kept);
            await scene.one(one, other);
          } else scene.fault = what === 'up' ? 'none' : what;
        }
        scene.fault = 'none';
        await scene.restart();
        await scene.look();
        await scene.look();
        assert.deepEqual(
          scene.listed(),
          names.filter((name) => scene.isBlocked(name)),
        );
        for (const name of safe) assert.ok(scene.isBlocked(name), `the block of ${name} is lost`);
        const { writes } = scene;
        await scene.look();
        assert.equal(scene.writes, writes, 'they go round in a circle');
      }),
      { numRuns: 1_000 },
    );
  });
});

async function until(is: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 10_000; !(await is());) {
    assert.ok(Date.now() < end, 'it does not happen');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
