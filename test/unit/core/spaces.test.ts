import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  matrixUserId,
  networkId,
  portalId,
  remoteChatId,
  remoteUserId,
  roomId,
  type RoomId,
} from '../../../src/core/ids.ts';
import { failedForGood, failedForNow, type Failed } from '../../../src/core/outcome.ts';
import type { Portal } from '../../../src/core/portal.ts';
import { Spaces, type Space, type SpaceRooms, type SpaceStore } from '../../../src/core/spaces.ts';
import { orderOf } from '../../../src/matrix/spaces.ts';
import { memoryStores } from '../../support/memory-stores.ts';
import { RecordingLog } from '../../support/recording-log.ts';
import { alice, net } from '../../support/spine-rig.ts';

const carol = matrixUserId('@carol:hs.test');

class MemorySpaces implements SpaceStore {
  readonly all = new Map<string, Space>();
  readonly off = new Set<string>();

  async list(user: Space['user']): Promise<readonly Space[]> {
    return [...this.all.values()].filter((space) => space.user === user);
  }

  async put(space: Space): Promise<void> {
    this.all.set(`${space.user} ${space.network}`, space);
  }

  async remove(user: Space['user'], network: Space['network']): Promise<void> {
    this.all.delete(`${user} ${network}`);
  }

  async wanted(user: Space['user'], network?: Space['network']): Promise<boolean> {
    return !this.off.has(user) && !this.off.has(`${user} ${network ?? ''}`);
  }

  async choose(user: Space['user'], wanted: boolean, network?: Space['network']): Promise<void> {
    const name = network === undefined ? user : `${user} ${network}`;
    if (wanted) this.off.delete(name);
    else this.off.add(name);
  }
}

/** A homeserver with spaces, whose acts are told in words. */
class Scene implements AsyncDisposable {
  readonly acts: string[] = [];
  readonly rooms = new Map<RoomId, readonly string[]>();
  readonly stores = memoryStores();
  readonly store = new MemorySpaces();
  fails: (act: string) => Failed | undefined = () => undefined;
  #made = 0;
  readonly spaces: Spaces;

  constructor(options: { readonly offered?: boolean; readonly permits?: boolean } = {}) {
    const act = (what: string): Failed | undefined => {
      this.acts.push(what);
      return this.fails(what);
    };
    const rooms: SpaceRooms = {
      create: async ({ user }, again) => {
        const failed = act(`create for ${user}${again ? ' again' : ''}`);
        if (failed !== undefined) return failed;
        const room = roomId(`!space${(this.#made += 1)}`);
        this.rooms.set(room, []);
        return { kind: 'room', room };
      },
      fill: async (room, portals) => {
        if (!this.rooms.has(room)) return failedForGood('portal-closed');
        const failed = act(`fill ${room}`);
        if (failed === undefined)
          this.rooms.set(
            room,
            portals.map((portal) => portal.room),
          );
        return failed;
      },
      close: async ({ room }) => {
        const failed = act(`close ${room}`);
        if (failed === undefined) this.rooms.delete(room);
        return failed;
      },
    };
    this.spaces = new Spaces({
      ...{ store: this.store, portals: this.stores.portals, groups: this.stores.groups, rooms },
      ...{
        permits: () => options.permits ?? true,
        offered: options.offered ?? true,
        log: new RecordingLog(),
      },
      times: { settle: 5, each: 1, again: 5 },
    });
  }

  async open(name: string, user = alice): Promise<Portal> {
    const key = { network: net, chat: remoteChatId(name), receiver: user };
    const remote = remoteUserId(name);
    const portal: Portal = {
      kind: 'direct',
      id: portalId(`p ${name}`),
      key,
      remote,
      room: roomId(`!${name}`),
    };
    await this.stores.portals.adopted(portal);
    return portal;
  }

  async quiet(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 60));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.spaces[Symbol.asyncDispose]();
  }
}

describe('the spaces of a user', () => {
  it('hold the portals that there are, one space a network', async () => {
    await using scene = new Scene();
    const [bob] = [await scene.open('bob'), await scene.open('eve')];
    scene.spaces.portalChanged(bob);
    scene.spaces.changed(alice);
    await scene.quiet();
    assert.deepEqual(scene.acts, ['create for @alice:hs.test', 'fill !space1']);
    assert.deepEqual([...(scene.rooms.get(roomId('!space1')) ?? [])].sort(), ['!bob', '!eve']);
    await scene.stores.portals.closed(bob.id);
    scene.spaces.portalChanged(bob);
    await scene.quiet();
    assert.deepEqual([...scene.rooms], [['!space1', ['!eve']]]);
  });

  it('are found again where a crash came between the room and its record', async () => {
    await using scene = new Scene();
    await scene.open('bob');
    await scene.store.put({ user: alice, network: net, room: undefined });
    scene.spaces.begin();
    await scene.quiet();
    assert.deepEqual(scene.acts, ['create for @alice:hs.test again', 'fill !space1']);
  });

  it('are looked after at the start: of direct chats and of groups', async () => {
    await using scene = new Scene();
    await scene.open('bob', carol);
    const group = { network: net, chat: remoteChatId('#salon'), receiver: undefined };
    const id = portalId('g');
    await scene.stores.portals.intend({ kind: 'group', id, key: group, room: undefined });
    await scene.stores.groups.putMember(id, { user: alice, nick: 'a', state: 'joined', role: 'member' });
    await scene.stores.portals.opened(id, roomId('!salon'));
    scene.spaces.begin();
    await scene.quiet();
    assert.deepEqual([...scene.rooms.values()].flat().sort(), ['!bob', '!salon']);
  });

  it('are made anew where the bot is no longer in one', async () => {
    await using scene = new Scene();
    await scene.open('bob');
    await scene.store.put({ user: alice, network: net, room: roomId('!lost') });
    scene.spaces.changed(alice);
    await scene.quiet();
    assert.deepEqual([...scene.rooms], [['!space1', ['!bob']]]);
    await scene.store.put({ user: carol, network: net, room: roomId('!lost') });
    scene.spaces.changed(carol);
    await scene.quiet();
    assert.deepEqual(await scene.store.list(carol), [], 'nor forgotten where there is nothing to hold');
    assert.equal(scene.rooms.size, 1);
  });

  it('wait for a homeserver that is away, and are not made twice', async () => {
    await using scene = new Scene();
    let left = 2;
    scene.fails = () => ((left -= 1) >= 0 ? failedForNow('link-down') : undefined);
    await scene.open('bob');
    scene.spaces.changed(alice);
    await scene.quiet();
    assert.deepEqual(scene.acts, [
      'create for @alice:hs.test',
      'create for @alice:hs.test again',
      'create for @alice:hs.test again',
      'fill !space1',
    ]);
  });

  it('are closed for who wants none, and not made again until they do', async () => {
    await using scene = new Scene();
    await scene.open('bob');
    scene.spaces.changed(alice);
    await scene.quiet();
    assert.equal(await scene.spaces.choose(alice, false), undefined);
    assert.equal(scene.rooms.size, 0);
    scene.spaces.changed(alice);
    await scene.quiet();
    assert.equal(scene.rooms.size, 0);
    await scene.spaces.choose(alice, true);
    await scene.quiet();
    assert.deepEqual([...scene.rooms], [['!space2', ['!bob']]]);
    scene.fails = () => failedForNow('link-down');
    assert.equal((await scene.spaces.choose(alice, false))?.reason, 'link-down');
    assert.equal((await scene.store.list(alice)).length, 1, 'it is closed another time');
  });

  it('are closed for a single network, whose chats stand among the others then', async () => {
    await using scene = new Scene();
    await scene.open('bob');
    scene.spaces.changed(alice);
    await scene.quiet();
    const [space] = await scene.store.list(alice);
    assert.ok(space);
    assert.equal(await scene.spaces.choose(alice, false, networkId('elsewhere')), undefined);
    assert.equal(scene.rooms.size, 1);
    assert.equal(await scene.spaces.choose(alice, false, space.network), undefined);
    scene.spaces.changed(alice);
    await scene.quiet();
    assert.equal(scene.rooms.size, 0);
    await scene.spaces.choose(alice, true, space.network);
    await scene.quiet();
    assert.deepEqual([...scene.rooms], [['!space2', ['!bob']]]);
  });

  it('are not made where the configuration or the permissions say no', async () => {
    for (const options of [{ offered: false }, { permits: false }]) {
      await using scene = new Scene(options);
      await scene.open('bob');
      scene.spaces.begin();
      scene.spaces.changed(alice);
      await scene.quiet();
      assert.deepEqual(scene.acts, []);
    }
  });

  it('have groups before people, by address, in what the specification takes for an order', () => {
    const key = { network: net, chat: remoteChatId(`${'ж'.repeat(60)}@x`), receiver: alice };
    const order = orderOf({
      kind: 'direct',
      id: portalId('p'),
      key,
      remote: remoteUserId('x'),
      room: roomId('!x'),
    });
    assert.match(order, /^[\x20-\x7e]{1,50}$/);
    const group = { network: net, chat: remoteChatId('zz'), receiver: undefined };
    assert.ok(orderOf({ kind: 'group', id: portalId('g'), key: group, room: roomId('!g') }) < order);
  });
});
