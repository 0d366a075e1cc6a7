import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, it } from 'node:test';
import { LoopbackGroupMember, LoopbackWorld } from '../../src/networks/loopback/index.ts';
import { eventually } from '../conformance/eventually.ts';
import { startBridged, type BridgedHomeserver } from '../support/bridge.ts';
import { SdkGroupPerson } from '../conformance/matrix-group-person.ts';
import { MatrixUser } from '../support/matrix-user.ts';
import { makeRunDir } from '../support/run-dir.ts';

for (const version of ['11', '12']) {
  describe(`spaces, room version ${version}`, { timeout: 120_000 }, () => {
    const stack = new AsyncDisposableStack();
    const world = new LoopbackWorld();
    let bridged: BridgedHomeserver;
    let user: MatrixUser;
    let alice: SdkGroupPerson;
    before(async () => {
      const dir = stack.use(await makeRunDir(`spaces-${version}`));
      bridged = stack.use(
        await startBridged({
          ...{ dir: dir.path, networks: { loopback: {} }, maxMediaBytes: 1_000_000, loopbackWorld: world },
          config: { rooms: { spaces: true, version } },
        }),
      );
      const account = await bridged.synapse.createUser('alice', 'a password');
      user = await MatrixUser.login({ baseUrl: bridged.synapse.baseUrl, ...account, displayName: 'Alice' });
      alice = stack.use(new SdkGroupPerson(user, 'Alice', bridged.botUserId, 'loopback'));
      world.person('bob', 'Bob');
      LoopbackGroupMember.make(world, world.person('carol', 'Carol'), '#salon', 'The Salon');
    });
    after(() => stack.disposeAsync());

    const children = async (space: string): Promise<readonly string[]> => {
      const { rooms } = await user.sdk.getRoomHierarchy(space, 50, 1);
      return rooms.slice(1).map((room) => room.room_id);
    };

    it('are offered to the user, hold direct chats and groups in order, and follow what is opened and left', async () => {
      const direct = linkIn(await alice.ask('start loopback bob', 'matrix.to'));
      await user.join(direct);
      const invite = await user.waitForInvite(({ roomId }) => roomId !== direct, 15_000);
      const space = invite.roomId;
      await user.join(space);
      assert.equal((await user.sdk.getStateEvent(space, 'm.room.create', ''))['type'], 'm.space');
      assert.equal((await user.sdk.getStateEvent(space, 'm.room.name', ''))['name'], 'Loopback');
      await becomes(() => children(space), [direct]);
      const group = linkIn(await alice.ask('join loopback #salon', '#salon'));
      await user.join(group);
      await becomes(() => children(space), [group, direct]);
      await alice.ask('leave #salon', '#salon');
      await becomes(() => children(space), [direct]);
      await bridged.restart(() => user.leave(direct));
      await becomes(() => children(space), []);
      await assert.rejects(user.sdk.sendStateEvent(space, 'm.room.name' as never, { name: 'mine' } as never));

      await alice.ask('space off', 'space on');
      await eventually(
        'that the user is out',
        async () => !(await user.sdk.getJoinedRooms()).joined_rooms.includes(space) || undefined,
      );
      const again = linkIn(await alice.ask('start loopback bob', 'matrix.to'));
      await user.join(again);
      await alice.ask('space on', 'space off');
      const second = await user.waitForInvite(
        ({ roomId }) => ![direct, space, group, again].includes(roomId),
        15_000,
      );
      await user.join(second.roomId);
      await becomes(() => children(second.roomId), [again]);
    });
  });
}

function linkIn(answer: string): string {
  const [, link] = /matrix\.to\/#\/([^"'\s<?]+)/.exec(answer) ?? [];
  return decodeURIComponent(link ?? assert.fail(answer));
}

async function becomes(probe: () => Promise<readonly string[]>, wanted: readonly string[]): Promise<void> {
  let last: readonly string[] = [];
  await eventually(
    wanted.join(),
    async () => {
      last = await probe();
      if (last.join() === wanted.join()) return true;
      // Homeservers let nobody look at hierarchies more than a few times a second.
      await sleep(400);
      return undefined;
    },
    15_000,
    () => `It was ${last.join()}.`,
  );
}
