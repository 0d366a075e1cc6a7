import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { matrixUserId, remoteUserId, roomId } from '../../../../src/core/ids.ts';
import type { GroupMember, GroupPerson } from '../../../../src/core/stores.ts';
import { openStorage, type Storage } from '../../../../src/storage/storage.ts';
import { RecordingLog } from '../../../support/recording-log.ts';
import { aGroup, alice, aPortal, type Backend, juliet, open, xmpp } from '../../../support/storage.ts';

const bob = matrixUserId('@bob:example.org');

export function groupsSuite(backend: Backend): void {
  describe('groups', () => {
    let storage: Storage;
    before(async () => {
      storage = await open(await backend.config());
    });
    after(() => storage[Symbol.asyncDispose]());

    it('remembers who of the Matrix users is in a group, and says how many are left', async () => {
      const { id } = aGroup();
      const { groups } = storage;
      assert.equal(await groups.member(id, alice), undefined);
      await groups.putMember(id, aMember({ nick: 'Al' }));
      await groups.putMember(id, aMember({ user: bob, state: 'invited' }));
      assert.deepEqual(await groups.member(id, alice), aMember({ nick: 'Al' }));
      await groups.putMember(id, aMember({ nick: 'Alice', role: 'owner' }));
      assert.deepEqual(await groups.members(id), [
        aMember({ nick: 'Alice', role: 'owner' }),
        aMember({ user: bob, state: 'invited' }),
      ]);
      assert.equal(await groups.removeMember(id, alice), 1);
      assert.equal(await groups.member(id, alice), undefined);
      assert.equal(await groups.removeMember(id, alice), 1);
      assert.equal(await groups.removeMember(id, bob), 0);
    });

    it('keeps what a group asks for encrypted, and opens it with new keys once it was opened with both', async () => {
      const config = await backend.config();
      const password = 'of the salon, and long enough to be looked for';
      const group = aGroup();
      const member = aMember({ password });
      const first = await open(config);
      await first.portals.adopted(group);
      await first.groups.putMember(group.id, member);
      assert.deepEqual(await first.groups.members(group.id), [member]);
      await first[Symbol.asyncDispose]();
      if (config.url === undefined) assert.ok(!readFileSync(config.file).includes(password));
      const key = Buffer.alloc(32, 9);
      const log = new RecordingLog();
      await (await openStorage({ ...config, key, oldKeys: [config.key] }, { log }))[Symbol.asyncDispose]();
      await using last = await openStorage({ ...config, key, oldKeys: [] }, { log });
      assert.deepEqual(await last.groups.member(group.id, alice), member);
      const [joined] = await last.groups.joined(xmpp);
      assert.deepEqual(joined?.members, [{ user: alice, nick: member.nick, password }]);
      await last.groups.putMember(group.id, aMember({}));
      assert.deepEqual(await last.groups.member(group.id, alice), aMember({}));
    });

    it('lists the groups that are joined, with how far their archives were read', async () => {
      const group = aGroup();
      const { groups, portals } = storage;
      await portals.adopted(group);
      await groups.putMember(group.id, aMember({ user: bob, state: 'invited' }));
      assert.deepEqual(await ofChat(storage, group.key.chat), []);
      await groups.putMember(group.id, aMember({}));
      const members = [{ user: alice, nick: 'alice' }];
      const expected = { portal: group.id, chat: group.key.chat, members, position: undefined };
      assert.deepEqual(await ofChat(storage, group.key.chat), [expected]);
      await groups.putMark(group.id, 'position', 'first');
      await groups.putMark(group.id, 'position', 'second');
      await groups.putMark(group.id, 'info', 'digest');
      assert.deepEqual(await ofChat(storage, group.key.chat), [{ ...expected, position: 'second' }]);
      assert.equal(await groups.mark(group.id, 'info'), 'digest');
      assert.deepEqual(await portals.ofUser(bob), [group]);
    });

    it('lists the portals that have a mark, until it is dropped', async () => {
      const [one, two] = [aGroup(), aGroup()];
      const { groups, portals } = storage;
      for (const { id } of [one, two]) {
        await portals.adopted(id === one.id ? one : two);
        await groups.putMark(id, 'bot-out', `of ${id}`);
      }
      const marked = async (): Promise<readonly string[]> =>
        (await groups.marked('bot-out')).map(({ portal, value }) => `${portal} ${value}`);
      const expected = [one.id, two.id].map((id) => `${id} of ${id}`).toSorted();
      assert.deepEqual((await marked()).toSorted(), expected);
      await groups.dropMark(one.id, 'bot-out');
      await groups.dropMark(one.id, 'bot-out');
      assert.deepEqual(await marked(), [`${two.id} of ${two.id}`]);
      await portals.closed(two.id);
      assert.deepEqual(await marked(), []);
    });

    it('remembers people by where their ghosts are, the first to come first', async () => {
      const { id } = aGroup();
      const { groups } = storage;
      const long = remoteUserId('l'.repeat(3_000));
      assert.equal(await groups.person(id, long), undefined);
      await groups.putPerson(id, aPerson({}));
      await new Promise((resolve) => setTimeout(resolve, 3));
      await groups.putPerson(id, aPerson({ remote: long, likeness: 'long' }));
      assert.deepEqual(await groups.people(id, 'in', 10), [
        aPerson({}),
        aPerson({ remote: long, likeness: 'long' }),
      ]);
      assert.deepEqual(await groups.people(id, 'in', 1), [aPerson({})]);
      assert.deepEqual(await groups.alike(id, 'long'), [long]);
      await groups.putPerson(id, aPerson({ remote: long, state: 'out', role: 'visitor', likeness: 'long' }));
      assert.equal((await groups.person(id, long))?.role, 'visitor');
      assert.equal(await groups.countPeople(id, 'in'), 1);
      assert.deepEqual(await groups.alike(id, 'long'), []);
    });

    it('finds the portals that have a mark, until it is emptied or the portal is closed', async () => {
      const { groups, portals } = storage;
      const all = [aGroup(), aGroup(), aGroup()];
      for (const group of all) {
        await portals.adopted(group);
        await groups.putMark(group.id, 'alias', 'put !a');
        await groups.putMark(group.id, 'unjoined', '5');
      }
      const found = async (): Promise<readonly string[]> => {
        const marked = await groups.marked('unjoined', 1_000);
        assert.ok(marked.every(({ value }) => value === '5'));
        return marked.map(({ portal }) => portal).filter((id) => all.some((group) => group.id === id));
      };
      const ids = all.map(({ id }) => id);
      assert.deepEqual([...(await found())].sort(), [...ids].sort());
      assert.equal((await groups.marked('unjoined', 2)).length, 2);
      const [first, second, third] = all;
      assert.ok(first !== undefined && second !== undefined && third !== undefined);
      await groups.putMark(first.id, 'unjoined', '');
      await portals.closed(second.id);
      assert.deepEqual(await found(), [third.id]);
      await portals.closed(third.id);
    });

    it('moves a portal to another room, and closes it with all that was known of it', async () => {
      const group = aGroup();
      const { groups, portals } = storage;
      await portals.adopted(group);
      await groups.putMember(group.id, aMember({}));
      await groups.putPerson(group.id, aPerson({}));
      await groups.putMark(group.id, 'info', 'digest');
      await portals.byRoom(group.room);
      const room = roomId('!moved:example.org');
      const moved = { ...group, room };
      assert.deepEqual(await portals.moved(group.id, room), moved);
      assert.equal(await portals.byRoom(group.room), undefined);
      assert.deepEqual(await portals.byRoom(room), moved);
      assert.deepEqual(await portals.byKey(group.key), moved);
      assert.deepEqual(await groups.member(group.id, alice), aMember({}));
      assert.deepEqual(await groups.person(group.id, juliet), aPerson({ state: 'absent' }));

      await portals.closed(group.id);
      assert.equal(await groups.member(group.id, alice), undefined);
      assert.equal(await groups.person(group.id, juliet), undefined);
      assert.equal(await groups.mark(group.id, 'info'), undefined);
      const direct = aPortal();
      await portals.adopted(direct);
      await assert.rejects(portals.moved((await portals.adopted(aGroup())).id, direct.room), {
        code: 'conflict',
      });
    });
  });
}

async function ofChat(storage: Storage, chat: string): Promise<unknown> {
  return (await storage.groups.joined(xmpp)).filter((group) => group.chat === chat);
}

function aMember(over: Partial<GroupMember>): GroupMember {
  return { user: alice, nick: 'alice', state: 'joined', role: 'member', ...over };
}

function aPerson(over: Partial<GroupPerson>): GroupPerson {
  return { remote: juliet, state: 'in', role: 'member', likeness: 'juliet', ...over };
}
