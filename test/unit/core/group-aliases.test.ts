import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { roomId } from '../../../src/core/ids.ts';
import { failedForGood, failedForNow } from '../../../src/core/outcome.ts';
import { eventually } from '../../conformance/eventually.ts';
import { GroupPortals } from '../../../src/core/groups.ts';
import { Turns } from '../../../src/core/turns.ts';
import { fakeGroupRooms } from '../../support/fake-groups.ts';
import { AliasScene, net, salon } from '../../support/alias-scene.ts';
import { alice } from '../../support/spine-rig.ts';

const elsewhere = roomId('!elsewhere');

async function inSalon(scene: AliasScene): Promise<string> {
  const entered = await scene.groups.join(scene.network, salon, alice);
  assert.ok(entered.kind === 'group');
  return entered.portal.room;
}
const mark = async (scene: AliasScene): Promise<string | undefined> => {
  const portal = await scene.portal();
  return portal && scene.stores.groups.mark(portal.id, 'alias');
};
const marked = (scene: AliasScene, text: string): Promise<true> =>
  eventually(text, async () => ((await mark(scene)) === text ? true : undefined), 2_000);

describe('the room of a group', () => {
  it('gets its alias, and can be entered by it where the network lets anybody in', async () => {
    await using scene = new AliasScene();
    const room = await inSalon(scene);
    await marked(scene, `open ${room}`);
    assert.equal(scene.directory.get(salon), room);
    assert.ok(scene.open.has(roomId(room)));
  });

  it('gets its alias but is not opened where the group is not, or users may be excluded', async () => {
    for (const closed of ['group', 'permissions']) {
      await using scene = new AliasScene({ mayEnter: () => closed === 'group' });
      scene.isOpen = closed !== 'group';
      const room = await inSalon(scene);
      await marked(scene, `put ${room}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
      assert.equal(scene.count('open'), 0);
    }
  });

  it('is shut again when that changes, and its users’ own rule is left alone', async () => {
    let may = true;
    await using scene = new AliasScene({ mayEnter: () => may });
    const room = await inSalon(scene);
    await marked(scene, `open ${room}`);
    scene.aliases.begin();
    await new Promise((resolve) => setTimeout(resolve, 30));
    assert.equal(scene.count('open'), 1);
    may = false;
    scene.aliases.begin();
    await marked(scene, `put ${room}`);
    assert.ok(!scene.open.has(roomId(room)));
  });

  it('gets none where none are offered, and is shut where it was open', async () => {
    await using before = new AliasScene();
    const room = await inSalon(before);
    await marked(before, `open ${room}`);
    await using scene = new AliasScene({ stores: before.stores, offered: false, mayEnter: () => false });
    scene.aliases.begin();
    await marked(scene, `put ${room}`);
    assert.deepEqual(scene.acts, [`shut ${room}`]);
    assert.equal(await scene.asked.asked(net, salon), false);
    await using none = new AliasScene({ offered: false, mayEnter: () => false });
    await inSalon(none);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(none.count('put'), 0);
  });

  it('is left alone while the bot is out of it, and gets what is due when it is back', async () => {
    await using scene = new AliasScene();
    scene.botIsOut = true;
    const room = await inSalon(scene);
    const portal = await scene.portal();
    assert.ok(portal !== undefined);
    scene.aliases.begin();
    assert.equal(await scene.aliases.putNow(portal), false);
    await new Promise((resolve) => setTimeout(resolve, 30));
    assert.equal(scene.count('put'), 0);
    scene.botIsOut = false;
    scene.aliases.portalChanged(portal);
    await marked(scene, `open ${room}`);
  });

  it('is given none while it is being closed', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    await using scene = new AliasScene({ unavailable: true });
    await inSalon(scene);
    await eventually('the note', () => (scene.log.lines.length > 0 ? true : undefined), 2_000);
    const portal = await scene.portal();
    assert.ok(portal !== undefined);
    const { stores } = scene;
    await using other = new AliasScene({ stores });
    const groups = new GroupPortals({
      ...{ stores, rooms: { ...fakeGroupRooms([], () => undefined), close: () => promise } },
      ...{ aliases: other.aliases, reachable: async () => 'yes', nickOf: async (user) => user },
      ...{ remember: async () => undefined, turns: new Turns() },
    });
    const closing = groups.close(other.network, portal);
    await eventually(
      'the closing',
      async () => ((await mark(other)) ?? '').startsWith('closing') || undefined,
      2_000,
    );
    other.aliases.portalChanged(portal);
    assert.equal(await other.aliases.putNow(portal), false);
    resolve(undefined);
    await closing;
    assert.deepEqual([...other.directory], []);
    assert.equal(other.count('put'), 0);
  });

  it('is there although another room has the alias, which stays that one’s', async () => {
    await using scene = new AliasScene();
    scene.directory.set(salon, elsewhere);
    const room = await inSalon(scene);
    await marked(scene, `taken ${room}`);
    const portal = await scene.portal();
    assert.ok(portal !== undefined);
    await scene.groups.close(scene.network, portal);
    assert.equal(scene.directory.get(salon), elsewhere);
    assert.equal(scene.count('open'), 0);
  });

  it('is there although the homeserver has no aliases for the bridge: it is not asked again', async () => {
    await using scene = new AliasScene({ unavailable: true });
    await inSalon(scene);
    await eventually('the note', () => (scene.log.lines.length > 0 ? true : undefined), 2_000);
    scene.aliases.begin();
    await new Promise((resolve) => setTimeout(resolve, 30));
    assert.equal(scene.count('put'), 1);
    assert.equal(await mark(scene), '');
    const portal = await scene.portal();
    assert.ok(portal !== undefined);
    await scene.groups.close(scene.network, portal);
    assert.equal(scene.count('remove'), 0);
  });

  it('gets it later where that fails for now', async () => {
    let fails = true;
    await using scene = new AliasScene({
      fails: (act) => (fails && act.startsWith('put') ? failedForNow('link-down') : undefined),
    });
    const room = await inSalon(scene);
    await eventually('attempts', () => (scene.count('put') > 1 ? true : undefined), 2_000);
    fails = false;
    await marked(scene, `open ${room}`);
  });

  it('is noted to have it before it has: a crash in between takes it away with the portal all the same', async () => {
    let noted: Promise<string | undefined> | undefined;
    await using scene: AliasScene = new AliasScene({
      fails: (act) => {
        if (!act.startsWith('put')) return undefined;
        noted ??= mark(scene);
        return failedForNow('link-down');
      },
    });
    const room = await inSalon(scene);
    await eventually('an attempt', () => (noted === undefined ? undefined : true), 2_000);
    assert.equal(await noted, `putting ${room}`);
    const portal = await scene.portal();
    assert.ok(portal !== undefined);
    assert.equal(await scene.groups.close(scene.network, portal), undefined);
    assert.ok(scene.acts.includes('remove #salon'));
  });

  it('loses it before it is closed, and is not closed where that fails for now', async () => {
    let fails = true;
    await using scene = new AliasScene({
      fails: (act) => (fails && act.startsWith('remove') ? failedForNow('link-down') : undefined),
    });
    const room = await inSalon(scene);
    await marked(scene, `open ${room}`);
    const portal = await scene.portal();
    assert.ok(portal !== undefined);
    assert.equal((await scene.groups.close(scene.network, portal))?.reason, 'link-down');
    assert.equal(scene.count('close'), 0);
    fails = false;
    assert.equal(await scene.groups.close(scene.network, portal), undefined);
    assert.deepEqual([...scene.directory], []);
    assert.ok(scene.acts.indexOf('remove #salon') < scene.acts.indexOf('close'));
    assert.equal(await scene.portal(), undefined);
  });

  it('is closed where the homeserver takes no alias away for good', async () => {
    await using scene = new AliasScene({
      fails: (act) => (act.startsWith('remove') ? failedForGood('forbidden') : undefined),
    });
    const room = await inSalon(scene);
    await marked(scene, `open ${room}`);
    const portal = await scene.portal();
    assert.ok(portal !== undefined);
    assert.equal(await scene.groups.close(scene.network, portal), undefined);
    assert.equal(scene.count('close'), 1);
  });

  it('hands it on to the room that takes its place, after a crash in between too', async () => {
    await using scene = new AliasScene();
    const room = await inSalon(scene);
    await marked(scene, `open ${room}`);
    const portal = await scene.portal();
    assert.ok(portal !== undefined);
    const moved = await scene.stores.portals.moved(portal.id, roomId('!next'));
    // As after a crash between the note and the homeserver's answer.
    await scene.stores.groups.putMark(portal.id, 'alias', `putting !next ${room}`);
    scene.aliases.portalChanged(moved);
    await marked(scene, 'open !next');
    assert.equal(scene.directory.get(salon), '!next');
    assert.ok(scene.acts.includes(`put #salon at !next from ${room}`));
    const again = await scene.stores.portals.moved(portal.id, roomId('!third'));
    scene.aliases.portalChanged(again);
    await marked(scene, 'open !third');
    assert.ok(scene.acts.includes('put #salon at !third from !next'));
  });

  it('that was there before gets one at the next start', async () => {
    await using before = new AliasScene({ unavailable: true });
    const room = await inSalon(before);
    await eventually('the note', () => (before.log.lines.length > 0 ? true : undefined), 2_000);
    await using scene = new AliasScene({ stores: before.stores });
    scene.aliases.begin();
    await marked(scene, `open ${room}`);
  });
});
