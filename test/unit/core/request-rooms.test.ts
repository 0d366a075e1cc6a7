import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { matrixEventId, roomId } from '../../../src/core/ids.ts';
import { RequestNotices } from '../../../src/core/request-notices.ts';
import { RequestRooms } from '../../../src/core/request-rooms.ts';
import { withRequestRooms } from '../../../src/request-desk.ts';
import { requestLine } from '../../../src/request-lines.ts';
import { expireAfter, RequestRig } from '../../support/request-rig.ts';
import { FakeRequestRooms } from '../../support/request-rooms-side.ts';
import { alice, fromRemote, net, textBody } from '../../support/spine-rig.ts';

const management = roomId('!management:hs.test');

/** Requests of a rig, told of and given rooms by hand. */
class Scene {
  readonly rig: RequestRig;
  readonly side = new FakeRequestRooms();
  most = 3;
  wanted = true;
  perServer = 100;
  #lines = 0;

  constructor(rig: RequestRig) {
    this.rig = rig;
  }

  async say(person: string, ...texts: readonly string[]): Promise<void> {
    for (const said of texts)
      await this.rig.rig.spine.receiveRemote(net, fromRemote(person, `${person} ${said}`, textBody(said)));
    await this.rig.rig.quiet();
    await using notices = new RequestNotices({
      ...{ log: this.rig.rig.log, store: this.rig.storage.requests.notices, permits: () => true },
      board: {
        post: async () => ({
          ...{ kind: 'posted', room: management },
          eventId: matrixEventId(`$line${(this.#lines += 1)}`),
        }),
        edit: async () => undefined,
      },
      network: () => this.rig.rig.network,
      line: async (request) => requestLine('en', request),
      crowdLine: async () => ({ plain: 'crowd', html: undefined }),
      now: () => this.rig.now,
      pace: {
        editEvery: 30_000,
        crowdEvery: 3_600_000,
        perServer: this.perServer,
        perUser: 100,
        within: 1,
        renewAfter: 1,
      },
    });
    await notices.tell();
  }

  async round(): Promise<number | undefined> {
    await using rooms = this.make();
    return await rooms.keepInStep();
  }

  make(): RequestRooms {
    const { rig, side } = this;
    return new RequestRooms({
      ...{ log: rig.rig.log, store: rig.storage.requests.rooms, side, now: () => rig.now },
      wanted: async () => this.wanted,
      most: () => this.most,
      texts: {
        space: async () => 'Requests',
        name: async ({ remote }) => remote,
        line: async (request) => requestLine('en', request),
        over: async () => 'over',
      },
    });
  }

  get rooms(): readonly string[] {
    return this.side.open(false).map(({ name }) => name);
  }
}

async function staged(work: (scene: Scene) => Promise<void>): Promise<void> {
  await using rig = await RequestRig.start();
  await work(new Scene(rig));
}

describe('the rooms of requests', () => {
  it('are one for each, in one space, with a line that tells how many wait and not what', () =>
    staged(async (scene) => {
      await scene.say('bob@a', 'secret', 'more');
      await scene.say('eve@b', 'hello');
      assert.equal(await scene.round(), undefined);
      assert.equal(await scene.round(), undefined);
      assert.deepEqual(scene.rooms, ['bob@a', 'eve@b']);
      const [space, ...others] = scene.side.open(true);
      assert.equal(others.length, 0);
      assert.deepEqual([...(space?.children.values() ?? [])], ['000000001', '000000002']);
      const [line = '', ...more] = scene.side.open(false)[0]?.lines.values() ?? [];
      assert.match(line, /Request 1: bob@a .*not verified.*2 messages wait/);
      assert.deepEqual([more.length, line.includes('secret')], [0, false]);
    }));

  it('tell of what comes later, at a bounded rate', () =>
    staged(async (scene) => {
      await scene.say('bob@a', 'one');
      await scene.round();
      await scene.say('bob@a', 'two', 'three');
      assert.equal(await scene.round(), 30_000);
      scene.rig.now += 30_000;
      assert.equal(await scene.round(), undefined);
      assert.match(scene.side.open(false)[0]?.edits.join() ?? '', /3 messages wait/);
    }));

  for (const how of ['accept', 'decline', 'block'] as const)
    it(`go when the request is over: ${how}`, () =>
      staged(async (scene) => {
        await scene.say('bob@a', 'one');
        await scene.say('eve@b', 'one');
        await scene.round();
        await scene.rig.book.answer(alice, 1, how);
        await scene.round();
        assert.deepEqual(scene.rooms, ['eve@b']);
        assert.deepEqual([...(scene.side.open(true)[0]?.children.values() ?? [])], ['000000002']);
      }));

  it('go when it expires, and come anew with the next message', () =>
    staged(async (scene) => {
      await scene.say('bob@a', 'one');
      await scene.round();
      scene.rig.now += expireAfter + 1;
      await scene.rig.book.sweep();
      await scene.say('bob@a', 'two');
      await scene.round();
      assert.deepEqual(scene.rooms, ['bob@a']);
      assert.equal([...scene.side.rooms.values()].filter(({ name }) => name === 'bob@a').length, 2);
    }));

  it('are no more than a user may have, and none for those who are told of together', () =>
    staged(async (scene) => {
      scene.perServer = 4;
      for (let index = 0; index < 20; index += 1) await scene.say(`p${index}@a`, 'buy');
      await scene.round();
      await scene.round();
      assert.deepEqual(scene.rooms, ['p0@a', 'p1@a', 'p2@a']);
      await scene.rig.book.answer(alice, 1, 'decline');
      await scene.rig.book.answer(alice, 2, 'decline');
      await scene.round();
      assert.deepEqual(scene.rooms, ['p2@a', 'p3@a'], 'the rest is grouped');
    }));

  it('are not made for who wants none, or where there are to be none', () =>
    staged(async (scene) => {
      scene.wanted = false;
      await scene.say('bob@a', 'one');
      await scene.round();
      scene.wanted = true;
      scene.most = 0;
      await scene.round();
      assert.equal(scene.side.rooms.size, 0);
    }));

  it('go when the user switches spaces off, and come with them again', () =>
    staged(async (scene) => {
      await scene.say('bob@a', 'one');
      await scene.round();
      const store = scene.rig.storage.spaces;
      await using rooms = scene.make();
      const spaces = withRequestRooms(
        {
          offered: true,
          wanted: (user, network) => store.wanted(user, network),
          choose: async (user, wanted, network) => {
            await store.choose(user, wanted, network);
            return undefined;
          },
        },
        { close: (user) => rooms.close(user), poke: () => undefined },
      );
      await spaces.choose(alice, true, net);
      assert.deepEqual(scene.rooms, ['bob@a'], 'that of a network is another');
      await spaces.choose(alice, false);
      scene.wanted = await store.wanted(alice);
      await scene.round();
      assert.deepEqual([scene.rooms, scene.side.open(true).length], [[], 0]);
      await spaces.choose(alice, true);
      scene.wanted = await store.wanted(alice);
      await scene.round();
      assert.deepEqual([scene.rooms, scene.side.open(true).length], [['bob@a'], 1]);
    }));

  it('stand for one request only, which is found by its room', () =>
    staged(async (scene) => {
      await scene.say('bob@a', 'one');
      await scene.round();
      const store = scene.rig.storage.requests.rooms;
      const [own] = await store.ofUser(alice);
      assert.ok(own?.room !== undefined);
      assert.equal((await store.byRoom(own.room))?.remote, 'bob@a');
      assert.equal((await scene.rig.storage.users.byManagementRoom(own.room))?.userId, undefined);
      await scene.rig.storage.users.put({ userId: alice, managementRoom: management, language: 'ar' });
      assert.equal((await scene.rig.storage.users.byManagementRoom(own.room))?.userId, alice);
      assert.deepEqual(await store.rooms(0, 10), [{ request: own.request, room: own.room }]);
      await scene.rig.book.answer(alice, 1, 'accept');
      await scene.round();
      assert.equal(await scene.rig.storage.users.byManagementRoom(own.room), undefined);
    }));

  it('go with the space when the user is erased', () =>
    staged(async (scene) => {
      await scene.say('bob@a', 'one');
      await scene.round();
      await scene.rig.book.forget(alice);
      await using rooms = scene.make();
      assert.equal(await rooms.close(alice), undefined);
      assert.deepEqual([scene.side.open(true).length, scene.rooms.length], [0, 0]);
      assert.equal(await scene.rig.storage.requests.rooms.space(alice), undefined);
    }));

  it('are asked for seldom where the homeserver refuses them, however often something is new', () =>
    staged(async (scene) => {
      scene.side.refuses = true;
      await scene.say('bob@a', 'one');
      await using rooms = scene.make();
      for (let round = 0; round < 20; round += 1) assert.equal(await rooms.keepInStep(), 300_000);
      assert.equal(scene.side.steps, 2, 'the space, and one try');
      scene.side.refuses = false;
      scene.rig.now += 300_000;
      assert.equal(await rooms.keepInStep(), undefined);
      assert.deepEqual(scene.rooms, ['bob@a']);
    }));

  it('go at once, also when their lines wait to be changed', () =>
    staged(async (scene) => {
      await scene.say('bob@a', 'one');
      await using rooms = scene.make();
      await rooms.keepInStep();
      await scene.say('bob@a', 'two');
      assert.ok((await rooms.keepInStep()) !== undefined);
      await scene.rig.book.answer(alice, 1, 'decline');
      assert.equal(await rooms.keepInStep(), undefined);
      assert.deepEqual(scene.rooms, []);
    }));

  it('come anew with a space that somebody removed', () =>
    staged(async (scene) => {
      await scene.say('bob@a', 'one');
      await scene.round();
      for (const space of scene.side.open(true)) space.isOpen = false;
      await scene.say('eve@b', 'one');
      await scene.round();
      await scene.round();
      assert.deepEqual(
        scene.side.open(true).map(({ children }) => children.size),
        [2],
      );
      assert.deepEqual(scene.rooms, ['bob@a', 'eve@b']);
    }));

  it('are neither lost nor doubled wherever the bridge is killed', async () => {
    const lifecycle = async (fail: FakeRequestRooms['failsIn'], end: boolean): Promise<number> => {
      await using rig = await RequestRig.start();
      const scene = new Scene(rig);
      await scene.say('bob@a', 'one');
      scene.side.failsIn = fail === undefined || end ? undefined : { ...fail };
      await scene.round().catch(() => undefined);
      await rig.restart();
      await scene.round();
      const spaces = scene.side.open(true);
      assert.deepEqual([spaces.length, scene.rooms], [1, ['bob@a']]);
      assert.deepEqual([spaces[0]?.children.size, scene.side.open(false)[0]?.lines.size], [1, 1]);
      const steps = scene.side.steps;
      await rig.book.answer(alice, 1, 'decline');
      scene.side.failsIn = fail === undefined || !end ? undefined : { ...fail };
      await scene.round().catch(() => undefined);
      await rig.restart();
      await scene.round();
      assert.deepEqual([scene.side.open(true)[0]?.children.size, scene.rooms], [0, []]);
      return end ? scene.side.steps - steps : steps;
    };
    for (const end of [false, true]) {
      const steps = await lifecycle(undefined, end);
      assert.ok(steps >= 2, `${steps} steps`);
      for (let at = 0; at < steps; at += 1)
        for (const done of [false, true]) await lifecycle({ steps: at, done }, end);
    }
  });
});
